package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// EfficientNetLukemelas is EfficientNet and EfficientNet-Lite as lukemelas's package has them.
func EfficientNetLukemelas() family.Family {
	return family.Family{
		Name: "EfficientNet (lukemelas)", Signature: []string{"_conv_stem.weight", "_blocks.0._depthwise_conv.weight"},
		Stem: "_conv_stem.weight", Build: efficientNetTF,
	}
}

// liteNets are EfficientNet-Lite's members: first and last stage are not repeated.
func liteNets() map[[7]int]string {
	return map[[7]int]string{
		{1, 2, 2, 3, 3, 4, 1}: "efficientnet_lite0", {1, 3, 3, 4, 4, 5, 1}: "efficientnet_lite1",
		{1, 3, 3, 5, 5, 6, 1}: "efficientnet_lite3",
		{1, 4, 4, 6, 6, 8, 1}: "efficientnet_lite4",
	}
}

// efficientNetTF builds EfficientNet as converted from TensorFlow by Luke
// Melas-Kyriazi, and its Lite form (no squeeze, ReLU6): padding as TensorFlow
// has it, epsilon 1e-3.
func efficientNetTF(net *family.Net) string {
	n := mobileNet{net}
	const eps = 1e-3
	lite := !n.Has("_blocks.0._se_reduce.weight")
	act, members := n.Silu, efficientNets()
	if lite {
		act, members = n.Relu6, liteNets()
	}
	count := n.Count("_blocks.%d.", 0)
	table, name := memberOf(members, count)
	if name == "" {
		n.Refuse(message.Of("an EfficientNet of %d blocks, which is none of B0 to B7 or Lite 0 to 4", count))
		return "efficientnet"
	}
	x := act(n.BatchNorm(n.Conv("image", "_conv_stem", family.Window{Kernel: 3, Stride: 2, Same: true}), "_bn0", eps), "_stem")
	of, first := blockStages(table)
	channels := n.Shape("_conv_stem.weight", 4)[0]
	for i, s := range of {
		p := fmt.Sprintf("_blocks.%d.", i)
		out, stride := n.Shape(p+"_project_conv.weight", 4)[0], int64(1)
		if first[i] {
			stride = table[s].stride
		}
		y := x
		if n.Has(p + "_expand_conv.weight") {
			y = act(n.BatchNorm(n.Conv(y, p+"_expand_conv", family.Window{Kernel: 1, Stride: 1, Same: true}), p+"_bn0", eps),
				p+"_act0")
		}
		w := family.Window{Kernel: table[s].kernel, Stride: stride, Same: true,
			Groups: n.Shape(p+"_depthwise_conv.weight", 4)[0]}
		y = act(n.BatchNorm(n.Conv(y, p+"_depthwise_conv", w), p+"_bn1", eps), p+"_act1")
		if n.Has(p + "_se_reduce.weight") {
			y = n.squeeze(y, p+"_se_reduce", p+"_se_expand", n.Silu, n.Sigmoid)
		}
		y = n.BatchNorm(n.Conv(y, p+"_project_conv", family.Window{Kernel: 1, Stride: 1, Same: true}), p+"_bn2", eps)
		if stride == 1 && out == channels {
			y = n.Add(y, x, p+"add")
		}
		x, channels = y, out
	}
	x = act(n.BatchNorm(n.Conv(x, "_conv_head", family.Window{Kernel: 1, Stride: 1, Same: true}), "_bn1", eps), "_head")
	n.Head(x, "_fc")
	switch last := n.Shape("_conv_head.weight", 4)[0]; {
	case name == "efficientnet_b1" && last > 1280:
		return "efficientnet_b2"
	case name == "efficientnet_lite1" && n.Shape("_blocks.20._project_conv.weight", 4)[0] > 320:
		return "efficientnet_lite2"
	}
	return name
}

// memberOf finds the member of a family with that many blocks.
func memberOf(members map[[7]int]string, count int) ([]stage, string) {
	for blocks, name := range members { // each has another number of blocks
		sum := 0
		for _, b := range blocks {
			sum += b
		}
		if sum == count {
			return efficientStages(blocks), name
		}
	}
	return nil, ""
}
