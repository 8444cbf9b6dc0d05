package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
)

// SmallResNet is the small residual networks that this package draws.
func SmallResNet() family.Family {
	return family.Family{
		Name: "ResNet (small)", Signature: []string{"stem.0.weight", "body.0.a.0.weight", "body.0.b.0.weight"},
		Stem: "stem.0.weight", Build: smallNet,
	}
}

// smallNet builds a small residual network: a stem that keeps a quarter of the
// edge, then blocks of two 3x3 convolutions. A 5x5 stem has stride 2 and a pooling
// of stride 2 behind it, a 7x7 stem has stride 4, which is quicker to train. The
// stride of a block is 2 where it doubles the channels, else 1: weights do not
// tell.
func smallNet(n *family.Net) string {
	const eps = 1e-5
	var x string
	coarse := n.Shape("stem.0.weight", 4)[2] == 7
	if coarse {
		x = n.Conv("image", "stem.0", family.Window{Stride: 4, Pad: 3})
		x = n.Relu(n.BatchNorm(x, "stem.1", eps), "stem")
	} else {
		x = n.Conv("image", "stem.0", family.Window{Kernel: 5, Stride: 2, Pad: 2})
		x = n.MaxPool(n.Relu(n.BatchNorm(x, "stem.1", eps), "stem"), "pool", 3, family.Window{Stride: 2, Pad: 1})
	}
	blocks := n.Count("body.%d.", 0)
	for i := range blocks {
		p := fmt.Sprintf("body.%d", i)
		s := n.Shape(p+".a.0.weight", 4)
		stride := int64(1)
		if s[0] == 2*s[1] {
			stride = 2
		}
		skip := x
		if n.Has(p + ".short.0.weight") {
			skip = n.BatchNorm(n.Conv(x, p+".short.0", family.Window{Kernel: 1, Stride: stride}), p+".short.1", eps)
		}
		y := n.Relu(n.BatchNorm(n.Conv(x, p+".a.0", family.Window{Kernel: 3, Stride: stride, Pad: 1}), p+".a.1", eps),
			p+".relu")
		y = n.BatchNorm(n.Conv(y, p+".b.0", family.Window{Kernel: 3, Stride: 1, Pad: 1}), p+".b.1", eps)
		x = n.Relu(n.Add(y, skip, p+".add"), p)
	}
	n.Head(x, "head")
	switch {
	case blocks == 3:
		return "resnet_tiny"
	case coarse:
		return "resnet_small"
	}
	return "resnet_fine"
}
