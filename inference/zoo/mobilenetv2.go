package zoo

import (
	"fmt"

	"hilum/internal/message"
)

// MobileNetV2 is torchvision's MobileNetV2.
func MobileNetV2() Family {
	return Family{
		Name: "MobileNetV2", Signature: []string{"features.0.0.weight", "features.1.conv.0.0.weight"},
		Stem: "features.0.0.weight", Build: mobileNetV2,
	}
}

// mobileNetV2 builds torchvision's network (Sandler et al. 2018, table 2), of any width.
func mobileNetV2(n *Net) string {
	u := unitOptions{eps: 1e-5, act: n.relu6}
	table := efficientStages([7]int{1, 2, 3, 4, 3, 3, 1}) // the same strides
	of, first := blockStages(table)
	last := n.count("features.%d.", 0) - 1
	if last-1 != len(of) {
		n.unknown = message.Of("a MobileNetV2 of %d blocks; it has %d", last-1, len(of))
		return "mobilenet_v2"
	}
	x := n.unit("image", "features.0", window{kernel: 3, stride: 2}, u)
	channels := n.shape("features.0.0.weight", 4)[0]
	for i := 1; i < last; i++ {
		p := fmt.Sprintf("features.%d.conv", i)
		y, in, project, stride := x, channels, 1, int64(1)
		if n.has(p + ".3.weight") {
			y, project = n.unit(y, p+".0", window{kernel: 1, stride: 1}, u), 2
		}
		channels = n.shape(fmt.Sprintf("%s.%d.weight", p, project), 4)[0]
		if first[i-1] {
			stride = table[of[i-1]].stride
		}
		deep := u
		deep.depthwise = true
		y = n.unit(y, fmt.Sprintf("%s.%d", p, project-1), window{kernel: 3, stride: stride}, deep)
		y = n.batchNorm(n.conv(y, fmt.Sprintf("%s.%d", p, project), window{kernel: 1, stride: 1}),
			fmt.Sprintf("%s.%d", p, project+1), u.eps)
		if stride == 1 && in == channels {
			y = n.add2(x, y, fmt.Sprintf("features.%d", i))
		}
		x = y
	}
	x = n.unit(x, fmt.Sprintf("features.%d", last), window{kernel: 1, stride: 1}, u)
	n.head(x, "classifier")
	return "mobilenet_v2"
}
