package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// RegNet is RegNet X and Y (Radosavovic et al. 2020) of timm and torchvision.
func RegNet() family.Family {
	return family.Family{
		Name: "RegNet", Signature: []string{"s1.b1.conv1.conv.weight", "s1.b1.conv2.conv.weight", "stem.conv.weight"},
		Stem: "stem.conv.weight", Build: regNet, Rename: func(name string) string { return family.Renamed(name, regNetNames) },
	}
}

// regNetNames turn torchvision's keys into timm's, whose blocks count from one.
var regNetNames = append(family.Renamings(
	`(^|\.)stem\.0\.`, `${1}stem.conv.`,
	`(^|\.)stem\.1\.`, `${1}stem.bn.`,
	`\.proj\.0\.`, `.downsample.conv.`,
	`\.proj\.1\.`, `.downsample.bn.`,
	`\.f\.a\.0\.`, `.conv1.conv.`,
	`\.f\.a\.1\.`, `.conv1.bn.`,
	`\.f\.b\.0\.`, `.conv2.conv.`,
	`\.f\.b\.1\.`, `.conv2.bn.`,
	`\.f\.c\.0\.`, `.conv3.conv.`,
	`\.f\.c\.1\.`, `.conv3.bn.`,
	`\.f\.se\.`, `.se.`,
	`(^|\.)fc\.(weight|bias)$`, `${1}head.fc.$2`,
	`head\.head\.fc\.`, `head.fc.`,
), regNetBlocks()...)

// mostBlocks is more than any stage has.
const mostBlocks = 40

func regNetBlocks() (out []family.Renaming) {
	for i := range mostBlocks {
		out = append(out, family.Renamings(fmt.Sprintf(`(^|\.)trunk_output\.block(\d)\.block\d-%d\.`, i),
			fmt.Sprintf(`${1}s$2.b%d.`, i+1))...)
	}
	return out
}

const regNetEps = 1e-5

func regNet(n *family.Net) string {
	if n.Shape("s1.b1.conv1.conv.weight", 4)[0] > n.Shape("s1.b1.conv3.conv.weight", 4)[0] {
		n.Refuse(message.Of("a RegNet Z, whose activations are not in its weights"))
		return "regnet_z"
	}
	x := n.Relu(convNorm(n, "image", "stem", family.Window{Kernel: 3, Stride: 2, Pad: 1}), "stem.act")
	blocks := 0
	for s := 1; n.Count(fmt.Sprintf("s%d.b%%d.", s), 1) > 0; s++ {
		for b := range n.Count(fmt.Sprintf("s%d.b%%d.", s), 1) {
			x = regNetBlock(n, x, fmt.Sprintf("s%d.b%d", s, b+1), b == 0)
			blocks++
		}
	}
	n.Head(x, "head.fc")
	kind := "x"
	if n.Has("s1.b1.se.fc1.weight") {
		kind = "y"
	}
	return fmt.Sprintf("regnet_%s_%dblocks", kind, blocks)
}

// convNorm is the convolution and the normalisation under a prefix.
func convNorm(n *family.Net, x, p string, w family.Window) string {
	return n.BatchNorm(n.Conv(x, p+".conv", w), p+".bn", regNetEps)
}

func regNetBlock(n *family.Net, x, p string, first bool) string {
	stride, skip := int64(1), x
	if first {
		stride = 2
	}
	if n.Has(p + ".downsample.conv.weight") {
		skip = convNorm(n, x, p+".downsample", family.Window{Kernel: 1, Stride: stride})
	}
	y := n.Relu(convNorm(n, x, p+".conv1", family.Window{Kernel: 1, Stride: 1}), p+".conv1.act")
	s, groups := n.Shape(p+".conv2.conv.weight", 4), int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	y = n.Relu(convNorm(n, y, p+".conv2", family.Window{Kernel: 3, Stride: stride, Pad: 1, Groups: groups}), p+".conv2.act")
	y = convNorm(n, excited(n, y, p+".se"), p+".conv3", family.Window{Kernel: 1, Stride: 1})
	return n.Relu(n.Add(y, skip, p+".add"), p)
}
