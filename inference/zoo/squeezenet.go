package zoo

import (
	"fmt"

	"hilum/inference/graph"
)

// SqueezeNet is torchvision's SqueezeNet 1.0 and 1.1 (Iandola et al. 2016).
func SqueezeNet() Family {
	return Family{
		Name: "SqueezeNet", Signature: []string{"features.3.squeeze.weight", "features.3.expand3x3.weight",
			"features.0.weight"},
		Stem: "features.0.weight", Build: squeezeNet,
	}
}

// squeezeNet builds the layers by their numbers; a gap in them is where a pooling stands.
func squeezeNet(n *Net) string {
	edge := n.shape("features.0.weight", 4)[2]
	x := n.relu(n.conv("image", "features.0", window{stride: 2}), "features.1")
	const last = 12
	for at := 2; at <= last; at++ {
		p := fmt.Sprintf("features.%d", at)
		if n.has(p + ".squeeze.weight") {
			x = n.fire(x, p)
			continue
		}
		x = n.op("MaxPool", p, []string{x}, graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 2, 2),
			graph.IntAttr("ceil_mode", 1))
	}
	x = n.relu(n.conv(x, "classifier.1", window{kernel: 1, stride: 1}), "classifier.2")
	n.op("Flatten", "logits", []string{n.globalPool(x, "pool")}, graph.IntAttr("axis", 1))
	if edge == 7 {
		return "squeezenet1_0"
	}
	return "squeezenet1_1"
}

// fire squeezes channels and expands them two ways.
func (n *Net) fire(x, p string) string {
	x = n.relu(n.conv(x, p+".squeeze", window{kernel: 1, stride: 1}), p+".squeezed")
	a := n.relu(n.conv(x, p+".expand1x1", window{kernel: 1, stride: 1}), p+".expanded1")
	b := n.relu(n.conv(x, p+".expand3x3", window{kernel: 3, stride: 1, pad: 1}), p+".expanded3")
	return n.op("Concat", p, []string{a, b}, graph.IntAttr("axis", 1))
}
