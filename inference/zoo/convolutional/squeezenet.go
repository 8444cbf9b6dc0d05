package convolutional

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
)

// SqueezeNet is torchvision's SqueezeNet 1.0 and 1.1 (Iandola et al. 2016).
func SqueezeNet() family.Family {
	return family.Family{
		Name: "SqueezeNet", Signature: []string{"features.3.squeeze.weight", "features.3.expand3x3.weight",
			"features.0.weight"},
		Stem: "features.0.weight", Build: squeezeNet,
	}
}

// squeezeNet builds the layers by their numbers; a gap in them is where a pooling stands.
func squeezeNet(n *family.Net) string {
	edge := n.Shape("features.0.weight", 4)[2]
	x := n.Relu(n.Conv("image", "features.0", family.Window{Stride: 2}), "features.1")
	const last = 12
	for at := 2; at <= last; at++ {
		p := fmt.Sprintf("features.%d", at)
		if n.Has(p + ".squeeze.weight") {
			x = fire(n, x, p)
			continue
		}
		x = n.Op("MaxPool", p, []string{x}, graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 2, 2),
			graph.IntAttr("ceil_mode", 1))
	}
	x = n.Relu(n.Conv(x, "classifier.1", family.Window{Kernel: 1, Stride: 1}), "classifier.2")
	n.Op("Flatten", "logits", []string{n.GlobalPool(x, "pool")}, graph.IntAttr("axis", 1))
	if edge == 7 {
		return "squeezenet1_0"
	}
	return "squeezenet1_1"
}

// fire squeezes channels and expands them two ways.
func fire(n *family.Net, x, p string) string {
	x = n.Relu(n.Conv(x, p+".squeeze", family.Window{Kernel: 1, Stride: 1}), p+".squeezed")
	a := n.Relu(n.Conv(x, p+".expand1x1", family.Window{Kernel: 1, Stride: 1}), p+".expanded1")
	b := n.Relu(n.Conv(x, p+".expand3x3", family.Window{Kernel: 3, Stride: 1, Pad: 1}), p+".expanded3")
	return n.Op("Concat", p, []string{a, b}, graph.IntAttr("axis", 1))
}
