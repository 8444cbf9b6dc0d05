package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// MobileNetV2 is torchvision's MobileNetV2.
func MobileNetV2() family.Family {
	return family.Family{
		Name: "MobileNetV2", Signature: []string{"features.0.0.weight", "features.1.conv.0.0.weight"},
		Stem: "features.0.0.weight", Build: mobileNetV2,
	}
}

// mobileNetV2 builds torchvision's network (Sandler et al. 2018, table 2), of any width.
func mobileNetV2(net *family.Net) string {
	n := mobileNet{net}
	u := unitOptions{eps: 1e-5, act: n.Relu6}
	table := efficientStages([7]int{1, 2, 3, 4, 3, 3, 1}) // the same strides
	of, first := blockStages(table)
	last := n.Count("features.%d.", 0) - 1
	if last-1 != len(of) {
		n.Refuse(message.Of("a MobileNetV2 of %d blocks; it has %d", last-1, len(of)))
		return "mobilenet_v2"
	}
	x := n.unit("image", "features.0", family.Window{Kernel: 3, Stride: 2}, u)
	channels := n.Shape("features.0.0.weight", 4)[0]
	for i := 1; i < last; i++ {
		p := fmt.Sprintf("features.%d.conv", i)
		y, in, project, stride := x, channels, 1, int64(1)
		if n.Has(p + ".3.weight") {
			y, project = n.unit(y, p+".0", family.Window{Kernel: 1, Stride: 1}, u), 2
		}
		channels = n.Shape(fmt.Sprintf("%s.%d.weight", p, project), 4)[0]
		if first[i-1] {
			stride = table[of[i-1]].stride
		}
		deep := u
		deep.depthwise = true
		y = n.unit(y, fmt.Sprintf("%s.%d", p, project-1), family.Window{Kernel: 3, Stride: stride}, deep)
		y = n.BatchNorm(n.Conv(y, fmt.Sprintf("%s.%d", p, project), family.Window{Kernel: 1, Stride: 1}),
			fmt.Sprintf("%s.%d", p, project+1), u.eps)
		if stride == 1 && in == channels {
			y = n.Add(x, y, fmt.Sprintf("features.%d", i))
		}
		x = y
	}
	x = n.unit(x, fmt.Sprintf("features.%d", last), family.Window{Kernel: 1, Stride: 1}, u)
	n.Head(x, "classifier")
	return "mobilenet_v2"
}
