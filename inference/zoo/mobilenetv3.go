package zoo

import (
	"fmt"

	"hilum/internal/message"
)

// MobileNetV3 is torchvision's MobileNetV3.
func MobileNetV3() Family {
	return Family{
		Name: "MobileNetV3", Signature: []string{"features.0.0.weight", "features.1.block.0.0.weight"},
		Stem: "features.0.0.weight", Build: mobileNetV3,
	}
}

// mobileNetV3 builds torchvision's large and small networks (Howard et al.
// 2019, tables 1 and 2). Which it is follows from the number of blocks.
func mobileNetV3(n *Net) string {
	blocks := n.count("features.%d.", 0) - 2
	strides, hard, name := []int64{1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}, 6, "mobilenet_v3_large"
	kernels := []int64{3, 3, 3, 5, 5, 5, 3, 3, 3, 3, 3, 3, 5, 5, 5}
	if blocks == 11 {
		strides, hard, name = []int64{2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1}, 3, "mobilenet_v3_small"
		kernels = []int64{3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5}
	}
	if blocks != len(strides) {
		n.unknown = message.Of("a MobileNetV3 of %d blocks; it has 15 or 11", blocks)
		return "mobilenet_v3"
	}
	u := unitOptions{eps: 1e-3, act: n.hardSwish}
	x := n.unit("image", "features.0", window{kernel: 3, stride: 2}, u)
	for i, stride := range strides {
		o := invertedOptions{unitOptions: u, inner: n.relu, gate: n.hardSigmoid, kernel: kernels[i]}
		if i < hard {
			o.act = n.relu
		}
		x = n.inverted(x, fmt.Sprintf("features.%d.block", i+1), stride, o)
	}
	x = n.unit(x, fmt.Sprintf("features.%d", blocks+1), window{kernel: 1, stride: 1}, u)
	x = n.flatten(n.globalPool(x, "pool"), "flatten")
	x = n.hardSwish(n.linear(x, "classifier.0", "classifier.0"), "classifier.1")
	n.linear(x, "classifier.3", "logits")
	return name
}
