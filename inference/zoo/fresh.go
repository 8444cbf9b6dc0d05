package zoo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// FreshOptions say how a network with drawn weights begins.
type FreshOptions struct {
	Arch    string // one of Architectures
	Classes int
	Input   int // edge of the square picture; 0 means 224
	Seed    uint64
}

// architecture lists the layers of a network that can be trained from nothing.
type architecture struct {
	name   string
	layers func(b *blueprint)
}

// architectures are torchvision's residual networks and three small ones whose map
// keeps a sixteenth of the picture's edge, so that small findings stay in it.
// resnet_fine sees finer detail than resnet_small and takes longer.
func architectures() []architecture {
	return []architecture{
		{"resnet18", func(b *blueprint) { b.resNet([]int{2, 2, 2, 2}, false) }},
		{"resnet34", func(b *blueprint) { b.resNet([]int{3, 4, 6, 3}, false) }},
		{"resnet50", func(b *blueprint) { b.resNet([]int{3, 4, 6, 3}, true) }},
		{"resnet_small", func(b *blueprint) { b.small(stem{32, 7}, []int64{64, 64, 128, 128, 192}) }},
		{"resnet_fine", func(b *blueprint) { b.small(stem{24, 5}, []int64{32, 64, 64, 128, 128, 192}) }},
		{"resnet_tiny", func(b *blueprint) { b.small(stem{8, 5}, []int64{8, 16, 32}) }},
	}
}

// Architectures lists the networks that Fresh makes.
func Architectures() []string {
	var names []string
	for _, a := range architectures() {
		names = append(names, a.name)
	}
	return names
}

// Fresh makes a network with drawn weights, the same for the same seed:
// convolutions after He et al. 2015 by their outputs, as torchvision draws them,
// the linear layer as PyTorch does but with no bias.
func Fresh(o FreshOptions) (*Result, error) {
	all := architectures()
	i := slices.IndexFunc(all, func(a architecture) bool { return a.name == o.Arch })
	if i < 0 {
		return nil, message.Errorf("%w: no weights are drawn for %q; networks are %s", ErrRefused, o.Arch, strings.Join(Architectures(), ", "))
	}
	if o.Classes < 1 {
		return nil, message.Errorf("%w: a network of %d classes", ErrRefused, o.Classes)
	}
	b := &blueprint{rng: rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15)), classes: int64(o.Classes)}
	all[i].layers(b)
	r, err := fromCheckpoint(&Checkpoint{Format: "drawn weights", Tensors: b.tensors}, Options{Input: o.Input})
	if err != nil {
		return nil, message.Errorf("draw %s: %w", o.Arch, err)
	}
	return r, nil
}

// blueprint draws the tensors of a checkpoint.
type blueprint struct {
	rng     *rand.Rand
	classes int64
	tensors []*Tensor
}

func (b *blueprint) add(name string, shape []int64, value func() float64) {
	t := &Tensor{Name: name, Shape: shape, Elem: graph.Float, stride: rowMajor(shape)}
	t.size = t.Len()
	raw := make([]byte, 0, 4*t.size)
	for range t.size {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(value())))
	}
	t.file = bytes.NewReader(raw)
	b.tensors = append(b.tensors, t)
}

func (b *blueprint) conv(name string, in, out, k int64) {
	sd := math.Sqrt(2 / float64(out*k*k))
	b.add(name+".weight", []int64{out, in, k, k}, func() float64 { return sd * b.rng.NormFloat64() })
}

func (b *blueprint) norm(name string, c int64) {
	one, zero := func() float64 { return 1 }, func() float64 { return 0 }
	b.add(name+".weight", []int64{c}, one)
	b.add(name+".bias", []int64{c}, zero)
	b.add(name+".running_mean", []int64{c}, zero)
	b.add(name+".running_var", []int64{c}, one)
}

func (b *blueprint) linear(name string, in int64) {
	most := 1 / math.Sqrt(float64(in))
	b.add(name+".weight", []int64{b.classes, in}, func() float64 { return most * (2*b.rng.Float64() - 1) })
	b.add(name+".bias", []int64{b.classes}, func() float64 { return 0 })
}

// resNet draws He et al. 2016 in torchvision's names.
func (b *blueprint) resNet(depth []int, bottleneck bool) {
	b.conv("conv1", 3, 64, 7)
	b.norm("bn1", 64)
	in, grow := int64(64), int64(1)
	if bottleneck {
		grow = 4
	}
	for l, blocks := range depth {
		width := int64(64) << l
		for i := range blocks {
			p := fmt.Sprintf("layer%d.%d", l+1, i)
			if bottleneck {
				b.chain(p, []int64{in, width, width, width * grow}, []int64{1, 3, 1})
			} else {
				b.chain(p, []int64{in, width, width}, []int64{3, 3})
			}
			if i == 0 && in != width*grow {
				b.conv(p+".downsample.0", in, width*grow, 1)
				b.norm(p+".downsample.1", width*grow)
			}
			in = width * grow
		}
	}
	b.linear("fc", in)
}

// chain draws convolutions with normalisations, numbered from 1.
func (b *blueprint) chain(p string, channels, kernels []int64) {
	for i, k := range kernels {
		b.conv(fmt.Sprintf("%s.conv%d", p, i+1), channels[i], channels[i+1], k)
		b.norm(fmt.Sprintf("%s.bn%d", p, i+1), channels[i+1])
	}
}

// stem is the first convolution of a small network.
type stem struct{ channels, kernel int64 }

// small draws the family that smallNet builds.
func (b *blueprint) small(s stem, widths []int64) {
	b.conv("stem.0", 3, s.channels, s.kernel)
	b.norm("stem.1", s.channels)
	in := s.channels
	for i, out := range widths {
		p := fmt.Sprintf("body.%d", i)
		b.conv(p+".a.0", in, out, 3)
		b.norm(p+".a.1", out)
		b.conv(p+".b.0", out, out, 3)
		b.norm(p+".b.1", out)
		if in != out {
			b.conv(p+".short.0", in, out, 1)
			b.norm(p+".short.1", out)
		}
		in = out
	}
	b.linear("head", in)
}

// smallNet builds a small residual network: a stem that keeps a quarter of the
// edge, then blocks of two 3x3 convolutions. A 5x5 stem has stride 2 and a pooling
// of stride 2 behind it, a 7x7 stem has stride 4, which is quicker to train. The
// stride of a block is 2 where it doubles the channels, else 1: weights do not
// tell.
func smallNet(n *net) string {
	const eps = 1e-5
	var x string
	coarse := n.shape("stem.0.weight", 4)[2] == 7
	if coarse {
		x = n.conv("image", "stem.0", window{stride: 4, pad: 3})
		x = n.relu(n.batchNorm(x, "stem.1", eps), "stem")
	} else {
		x = n.conv("image", "stem.0", window{kernel: 5, stride: 2, pad: 2})
		x = n.maxPool(n.relu(n.batchNorm(x, "stem.1", eps), "stem"), "pool", 3, window{stride: 2, pad: 1})
	}
	blocks := n.count("body.%d.", 0)
	for i := range blocks {
		p := fmt.Sprintf("body.%d", i)
		s := n.shape(p+".a.0.weight", 4)
		stride := int64(1)
		if s[0] == 2*s[1] {
			stride = 2
		}
		skip := x
		if n.has(p + ".short.0.weight") {
			skip = n.batchNorm(n.conv(x, p+".short.0", window{kernel: 1, stride: stride}), p+".short.1", eps)
		}
		y := n.relu(n.batchNorm(n.conv(x, p+".a.0", window{kernel: 3, stride: stride, pad: 1}), p+".a.1", eps), p+".relu")
		y = n.batchNorm(n.conv(y, p+".b.0", window{kernel: 3, stride: 1, pad: 1}), p+".b.1", eps)
		x = n.relu(n.add2(y, skip, p+".add"), p)
	}
	n.head(x, "head")
	switch {
	case blocks == 3:
		return "resnet_tiny"
	case coarse:
		return "resnet_small"
	}
	return "resnet_fine"
}
