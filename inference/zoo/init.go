package zoo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"hilum/inference/zoo/checkpoint"
	"hilum/internal/message"
)

// InitOptions say how a network with drawn weights begins.
type InitOptions struct {
	Arch     string // one of Architectures
	Classes  int
	Input    int // edge of the square picture; 0 means 224
	Seed     uint64
	Networks Networks // that there are to draw; nil is Architectures
}

// Init makes a network with drawn weights, the same for the same seed:
// convolutions after He et al. 2015 by their outputs, as torchvision draws them,
// the linear layer as PyTorch does but with no bias.
func Init(o InitOptions) (*Result, error) {
	all := o.Networks
	if all == nil {
		all = Architectures()
	}
	a, ok := all.Find(o.Arch)
	if !ok {
		return nil, message.Errorf("%w: no weights are drawn for %q; networks are %s", ErrRefused, o.Arch,
			strings.Join(all.Names(), ", "))
	}
	if o.Classes < 1 {
		return nil, message.Errorf("%w: a network of %d classes", ErrRefused, o.Classes)
	}
	b := &Blueprint{rng: rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15)), classes: int64(o.Classes)}
	a.Draw(b)
	r, err := fromCheckpoint(&checkpoint.File{Format: "drawn weights", Tensors: b.tensors}, checkpoint.Config{}, Options{Input: o.Input})
	if err != nil {
		return nil, message.Errorf("draw %s: %w", o.Arch, err)
	}
	return r, nil
}

// Blueprint draws the tensors of a checkpoint.
type Blueprint struct {
	rng     *rand.Rand
	classes int64
	tensors []*checkpoint.Tensor
}

func (b *Blueprint) add(name string, shape []int64, value func() float64) {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(value())
	}
	b.tensors = append(b.tensors, checkpoint.FromFloats(name, v, shape...))
}

func (b *Blueprint) conv(name string, in, out, k int64) {
	sd := math.Sqrt(2 / float64(out*k*k))
	b.add(name+".weight", []int64{out, in, k, k}, func() float64 { return sd * b.rng.NormFloat64() })
}

func (b *Blueprint) norm(name string, c int64) {
	one, zero := func() float64 { return 1 }, func() float64 { return 0 }
	b.add(name+".weight", []int64{c}, one)
	b.add(name+".bias", []int64{c}, zero)
	b.add(name+".running_mean", []int64{c}, zero)
	b.add(name+".running_var", []int64{c}, one)
}

func (b *Blueprint) linear(name string, in int64) {
	most := 1 / math.Sqrt(float64(in))
	b.add(name+".weight", []int64{b.classes, in}, func() float64 { return most * (2*b.rng.Float64() - 1) })
	b.add(name+".bias", []int64{b.classes}, func() float64 { return 0 })
}

// resNet draws He et al. 2016 in torchvision's names.
func (b *Blueprint) resNet(depth []int, bottleneck bool) {
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
func (b *Blueprint) chain(p string, channels, kernels []int64) {
	for i, k := range kernels {
		b.conv(fmt.Sprintf("%s.conv%d", p, i+1), channels[i], channels[i+1], k)
		b.norm(fmt.Sprintf("%s.bn%d", p, i+1), channels[i+1])
	}
}

// stem is the first convolution of a small network.
type stem struct{ channels, kernel int64 }

// small draws the family that smallNet builds.
func (b *Blueprint) small(s stem, widths []int64) {
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
