package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// EfficientNet is torchvision's EfficientNet and EfficientNetV2.
func EfficientNet() family.Family {
	return family.Family{
		Name: "EfficientNet", Signature: []string{"features.0.0.weight", "features.1.0.block.0.0.weight"},
		Stem: "features.0.0.weight", Build: efficientNet,
	}
}

// efficientStages are the seven stages of EfficientNet (Tan and Le 2019, table 1) with
// their blocks: weights tell neither strides nor where a stage begins.
func efficientStages(blocks [7]int) []stage {
	strides, kernels := [7]int64{1, 2, 2, 2, 1, 2, 1}, [7]int64{3, 3, 5, 3, 5, 5, 3}
	table := make([]stage, 7)
	for i := range table {
		table[i] = stage{blocks[i], strides[i], kernels[i]}
	}
	return table
}

// efficientNets are the members of the family: blocks of each stage, by the factors of
// depth of the paper (table 2 of the code's README).
func efficientNets() map[[7]int]string {
	return map[[7]int]string{
		{1, 2, 2, 3, 3, 4, 1}: "efficientnet_b0", {2, 3, 3, 4, 4, 5, 2}: "efficientnet_b1",
		{2, 3, 3, 5, 5, 6, 2}: "efficientnet_b3",
		{2, 4, 4, 6, 6, 8, 2}: "efficientnet_b4", {3, 5, 5, 7, 7, 9, 3}: "efficientnet_b5",
		{3, 6, 6, 8, 8, 11, 3}:   "efficientnet_b6",
		{4, 7, 7, 10, 10, 13, 4}: "efficientnet_b7",
	}
}

// efficientNet builds torchvision's EfficientNet B0 to B7; networks with fused blocks
// are EfficientNetV2.
func efficientNet(net *family.Net) string {
	n := mobileNet{net}
	if s := n.Shape("features.1.0.block.0.0.weight", 4); s[1] > 1 && s[2] > 1 {
		return efficientNetV2(n)
	}
	u := unitOptions{eps: 1e-5, act: n.Silu}
	stages, blocks := n.Count("features.%d.", 0)-2, [7]int{}
	for s := range min(stages, 7) {
		blocks[s] = n.Count(fmt.Sprintf("features.%d.%%d.block.", s+1), 0)
	}
	name := efficientNets()[blocks]
	if name == "" || stages != 7 {
		n.Refuse(message.Of("an EfficientNet of %d stages with %v blocks, which is none of B0 to B7", stages,
			blocks[:min(max(stages, 0), 7)]))
		return "efficientnet"
	}
	if name >= "efficientnet_b5" { // torchvision sets 1e-3 from B5 on
		u.eps = 1e-3
	}
	if last := n.Shape("features.8.0.weight", 4)[0]; name == "efficientnet_b1" && last > 1280 {
		name = "efficientnet_b2"
	}
	x := n.unit("image", "features.0", family.Window{Kernel: 3, Stride: 2}, u)
	for s, t := range efficientStages(blocks) {
		for i := range t.blocks {
			o := invertedOptions{unitOptions: u, gate: n.Sigmoid, inner: n.Silu, kernel: t.kernel}
			stride := int64(1)
			if i == 0 {
				stride = t.stride
			}
			x = n.inverted(x, fmt.Sprintf("features.%d.%d.block", s+1, i), stride, o)
		}
	}
	x = n.unit(x, "features.8", family.Window{Kernel: 1, Stride: 1}, u)
	n.Head(x, "classifier")
	return name
}
