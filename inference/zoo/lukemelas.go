package zoo

import (
	"fmt"

	"hilum/internal/message"
)

// efficientNetLukemelas is EfficientNet and EfficientNet-Lite as lukemelas's package has them.
func efficientNetLukemelas() Family {
	return Family{
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
func efficientNetTF(n *Net) string {
	const eps = 1e-3
	lite := !n.has("_blocks.0._se_reduce.weight")
	act, members := n.silu, efficientNets()
	if lite {
		act, members = n.relu6, liteNets()
	}
	count := n.count("_blocks.%d.", 0)
	table, name := memberOf(members, count)
	if name == "" {
		n.unknown = message.Of("an EfficientNet of %d blocks, which is none of B0 to B7 or Lite 0 to 4", count)
		return "efficientnet"
	}
	x := act(n.batchNorm(n.conv("image", "_conv_stem", window{kernel: 3, stride: 2, same: true}), "_bn0", eps), "_stem")
	of, first := blockStages(table)
	channels := n.shape("_conv_stem.weight", 4)[0]
	for i, s := range of {
		p := fmt.Sprintf("_blocks.%d.", i)
		out, stride := n.shape(p+"_project_conv.weight", 4)[0], int64(1)
		if first[i] {
			stride = table[s].stride
		}
		y := x
		if n.has(p + "_expand_conv.weight") {
			y = act(n.batchNorm(n.conv(y, p+"_expand_conv", window{kernel: 1, stride: 1, same: true}), p+"_bn0", eps),
				p+"_act0")
		}
		w := window{kernel: table[s].kernel, stride: stride, same: true,
			groups: n.shape(p+"_depthwise_conv.weight", 4)[0]}
		y = act(n.batchNorm(n.conv(y, p+"_depthwise_conv", w), p+"_bn1", eps), p+"_act1")
		if n.has(p + "_se_reduce.weight") {
			y = n.squeeze(y, p+"_se_reduce", p+"_se_expand", n.silu, n.sigmoid)
		}
		y = n.batchNorm(n.conv(y, p+"_project_conv", window{kernel: 1, stride: 1, same: true}), p+"_bn2", eps)
		if stride == 1 && out == channels {
			y = n.add2(y, x, p+"add")
		}
		x, channels = y, out
	}
	x = act(n.batchNorm(n.conv(x, "_conv_head", window{kernel: 1, stride: 1, same: true}), "_bn1", eps), "_head")
	n.head(x, "_fc")
	switch last := n.shape("_conv_head.weight", 4)[0]; {
	case name == "efficientnet_b1" && last > 1280:
		return "efficientnet_b2"
	case name == "efficientnet_lite1" && n.shape("_blocks.20._project_conv.weight", 4)[0] > 320:
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
