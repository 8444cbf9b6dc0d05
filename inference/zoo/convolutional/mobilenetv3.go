package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// MobileNetV3 is torchvision's MobileNetV3.
func MobileNetV3() family.Family {
	return family.Family{
		Name: "MobileNetV3", Signature: []string{"features.0.0.weight", "features.1.block.0.0.weight"},
		Stem: "features.0.0.weight", Build: mobileNetV3,
	}
}

// mobileNetV3 builds torchvision's large and small networks (Howard et al.
// 2019, tables 1 and 2). Which it is follows from the number of blocks.
func mobileNetV3(net *family.Net) string {
	n := mobileNet{net}
	blocks := n.Count("features.%d.", 0) - 2
	strides, hard, name := []int64{1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}, 6, "mobilenet_v3_large"
	kernels := []int64{3, 3, 3, 5, 5, 5, 3, 3, 3, 3, 3, 3, 5, 5, 5}
	if blocks == 11 {
		strides, hard, name = []int64{2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1}, 3, "mobilenet_v3_small"
		kernels = []int64{3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5}
	}
	if blocks != len(strides) {
		n.Refuse(message.Of("a MobileNetV3 of %d blocks; it has 15 or 11", blocks))
		return "mobilenet_v3"
	}
	u := unitOptions{eps: 1e-3, act: n.HardSwish}
	x := n.unit("image", "features.0", family.Window{Kernel: 3, Stride: 2}, u)
	for i, stride := range strides {
		o := invertedOptions{unitOptions: u, inner: n.Relu, gate: n.HardSigmoid, kernel: kernels[i]}
		if i < hard {
			o.act = n.Relu
		}
		x = n.inverted(x, fmt.Sprintf("features.%d.block", i+1), stride, o)
	}
	x = n.unit(x, fmt.Sprintf("features.%d", blocks+1), family.Window{Kernel: 1, Stride: 1}, u)
	x = n.Flatten(n.GlobalPool(x, "pool"), "flatten")
	x = n.HardSwish(n.Linear(x, "classifier.0", "classifier.0"), "classifier.1")
	n.Linear(x, "classifier.3", "logits")
	return name
}
