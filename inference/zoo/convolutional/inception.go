package convolutional

import (
	"hilum/inference/graph"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// Inception is torchvision's and timm's Inception v3 (Szegedy et al. 2016).
func Inception() family.Family {
	return family.Family{
		Name: "Inception", Signature: []string{"Mixed_5b.branch1x1.conv.weight", "Mixed_7c.branch1x1.conv.weight",
			"Conv2d_1a_3x3.conv.weight"},
		Stem: "Conv2d_1a_3x3.conv.weight", Build: inception,
	}
}

// inceptionNormalise is what torchvision's trained network makes of its pictures itself,
// by a flag that is not among its weights, and what timm feeds.
const inceptionNormalise = "0.5,0.5,0.5,0.5,0.5,0.5"

func inception(n *family.Net) string {
	c := inceptionNet{n}
	x := c.unit("image", "Conv2d_1a_3x3", 2, false)
	x = c.unit(x, "Conv2d_2a_3x3", 1, false)
	x = c.unit(x, "Conv2d_2b_3x3", 1, true)
	x = c.unit(n.MaxPool(x, "maxpool1", 3, family.Window{Stride: 2}), "Conv2d_3b_1x1", 1, true)
	x = n.MaxPool(c.unit(x, "Conv2d_4a_3x3", 1, false), "maxpool2", 3, family.Window{Stride: 2})
	for _, p := range []string{"Mixed_5b", "Mixed_5c", "Mixed_5d"} {
		x = c.join(p, c.unit(x, p+".branch1x1", 1, true), c.chain(x, p+".branch5x5_1", p+".branch5x5_2"),
			c.chain(x, p+".branch3x3dbl_1", p+".branch3x3dbl_2", p+".branch3x3dbl_3"), c.pooled(x, p))
	}
	x = c.smaller(x, "Mixed_6a", c.unit(x, "Mixed_6a.branch3x3", 2, false), "Mixed_6a.branch3x3dbl_1",
		"Mixed_6a.branch3x3dbl_2", "Mixed_6a.branch3x3dbl_3")
	for _, p := range []string{"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"} {
		x = c.join(p, c.unit(x, p+".branch1x1", 1, true), c.chain(x, p+".branch7x7_1", p+".branch7x7_2", p+".branch7x7_3"),
			c.chain(x, p+".branch7x7dbl_1", p+".branch7x7dbl_2", p+".branch7x7dbl_3", p+".branch7x7dbl_4",
				p+".branch7x7dbl_5"), c.pooled(x, p))
	}
	first := c.unit(c.unit(x, "Mixed_7a.branch3x3_1", 1, true), "Mixed_7a.branch3x3_2", 2, false)
	x = c.smaller(x, "Mixed_7a", first, "Mixed_7a.branch7x7x3_1", "Mixed_7a.branch7x7x3_2", "Mixed_7a.branch7x7x3_3",
		"Mixed_7a.branch7x7x3_4")
	for _, p := range []string{"Mixed_7b", "Mixed_7c"} {
		a := c.unit(x, p+".branch3x3_1", 1, true)
		b := c.chain(x, p+".branch3x3dbl_1", p+".branch3x3dbl_2")
		x = c.join(p, c.unit(x, p+".branch1x1", 1, true), c.unit(a, p+".branch3x3_2a", 1, true),
			c.unit(a, p+".branch3x3_2b", 1, true), c.unit(b, p+".branch3x3dbl_3a", 1, true),
			c.unit(b, p+".branch3x3dbl_3b", 1, true), c.pooled(x, p))
	}
	n.Head(x, "fc")
	if n.Config.Normalise() == "" {
		n.Stated = inceptionNormalise
		n.Notes = append(n.Notes, message.Of("Pictures are normalised with 0.5 and 0.5, as Inception's trained weights want it; give --normalise for a network that was trained from nothing with others."))
	}
	return "inception_v3"
}

// inceptionNet writes units whose kernels may be oblong.
type inceptionNet struct{ *family.Net }

// unit is a convolution, padded to keep the size or not at all, its normalisation, ReLU.
func (c inceptionNet) unit(x, p string, stride int64, same bool) string {
	s := c.Shape(p+".conv.weight", 4)
	var pads []int64
	if pads = []int64{0, 0, 0, 0}; same {
		pads = []int64{s[2] / 2, s[3] / 2, s[2] / 2, s[3] / 2}
	}
	y := c.Op("Conv", p+".conv", []string{x, c.Weight(p+".conv.weight", s...)}, graph.IntsAttr("kernel_shape", s[2:]...),
		graph.IntsAttr("strides", stride, stride), graph.IntsAttr("pads", pads...))
	return c.Relu(c.BatchNorm(y, p+".bn", 1e-3), p)
}

// chain is one unit after the other.
func (c inceptionNet) chain(x string, units ...string) string {
	for _, p := range units {
		x = c.unit(x, p, 1, true)
	}
	return x
}

// pooled is the mean over 3 x 3 with the border's zeros, and a unit.
func (c inceptionNet) pooled(x, p string) string {
	y := c.Op("AveragePool", p+".pool", []string{x}, graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 1, 1),
		graph.IntsAttr("pads", 1, 1, 1, 1), graph.IntAttr("count_include_pad", 1))
	return c.unit(y, p+".branch_pool", 1, true)
}

// smaller halves the map: a branch that is there, a chain whose last unit strides, the
// largest.
func (c inceptionNet) smaller(x, p, first string, units ...string) string {
	last := len(units) - 1
	y := c.unit(c.chain(x, units[:last]...), units[last], 2, false)
	return c.join(p, first, y, c.MaxPool(x, p+".pool", 3, family.Window{Stride: 2}))
}

func (c inceptionNet) join(p string, parts ...string) string {
	return c.Op("Concat", p, parts, graph.IntAttr("axis", 1))
}
