package convolutional

import (
	"fmt"
	"strings"

	"hilum/inference/zoo/family"
)

// mobileNet is a network of inverted residuals (Sandler et al. 2018) under construction:
// MobileNet and EfficientNet are.
type mobileNet struct{ *family.Net }

// stage is a row of a table of layers: blocks that begin with a stride.
type stage struct {
	blocks         int
	stride, kernel int64
}

// blockStages says of each block of a table which stage it is of and whether it is the
// first there.
func blockStages(table []stage) (of []int, first []bool) {
	for i, s := range table {
		for k := range s.blocks {
			of, first = append(of, i), append(first, k == 0)
		}
	}
	return of, first
}

// activation is an elementwise layer.
type activation func(x, name string) string

// unit adds convolution, normalisation and, unless act is nil, activation,
// from torchvision's Conv2dNormActivation under prefix: 0 and 1.
func (n mobileNet) unit(x, prefix string, w family.Window, u unitOptions) string {
	s := n.Shape(prefix+".0.weight", 4)
	w.Pad = (s[2] - 1) / 2
	if w.Kernel > 0 {
		w.Pad = (w.Kernel - 1) / 2
	}
	if s[1] == 1 && s[0] > 1 && u.depthwise {
		w.Groups = s[0]
	}
	y := n.BatchNorm(n.Conv(x, prefix+".0", w), prefix+".1", u.eps)
	if u.act == nil {
		return y
	}
	return u.act(y, prefix+".2")
}

type unitOptions struct {
	eps       float32
	act       activation
	depthwise bool
}

// squeeze adds a squeeze-and-excitation block (Hu et al. 2018) whose two 1x1
// convolutions have the names given.
func (n mobileNet) squeeze(x, down, up string, inner, gate activation) string {
	y := n.GlobalPool(x, down+".pool")
	y = inner(n.Conv(y, down, family.Window{Stride: 1}), down+".act")
	return n.Op("Mul", up+".scale", []string{x, gate(n.Conv(y, up, family.Window{Stride: 1}), up+".gate")})
}

type invertedOptions struct {
	unitOptions
	inner, gate activation // of squeeze and excitation
	kernel      int64      // of the depthwise convolution; 0 for any
}

// inverted builds an inverted residual whose layers are numbered under prefix:
// units and, where it has fc1, squeeze and excitation; the last unit has no
// activation. The skip is there where it can be.
func (n mobileNet) inverted(x, prefix string, stride int64, o invertedOptions) string {
	layers := n.Count(prefix+".%d.", 0)
	y := x
	for j := range layers {
		p := fmt.Sprintf("%s.%d", prefix, j)
		if n.Has(p + ".fc1.weight") {
			y = n.squeeze(y, p+".fc1", p+".fc2", o.inner, o.gate)
			continue
		}
		u, w := o.unitOptions, family.Window{Kernel: 1, Stride: 1}
		s := n.Shape(p+".0.weight", 4)
		if u.depthwise = s[1] == 1; u.depthwise {
			w.Stride, w.Kernel = stride, o.kernel
		}
		if j == layers-1 {
			u.act = nil
		}
		y = n.unit(y, p, w, u)
	}
	first, last := n.Shape(prefix+".0.0.weight", 4), n.Shape(fmt.Sprintf("%s.%d.0.weight", prefix, layers-1), 4)
	in := first[1]
	if in == 1 { // no expansion: the depthwise convolution comes first
		in = first[0]
	}
	if stride == 1 && in == last[0] {
		return n.Add(x, y, strings.TrimSuffix(prefix, ".block")+".add")
	}
	return y
}
