package zoo

import (
	"fmt"

	"hilum/internal/message"
)

// RegNet is RegNet X and Y (Radosavovic et al. 2020) of timm and torchvision.
func RegNet() Family {
	return Family{
		Name: "RegNet", Signature: []string{"s1.b1.conv1.conv.weight", "s1.b1.conv2.conv.weight", "stem.conv.weight"},
		Stem: "stem.conv.weight", Build: regNet, Rename: func(name string) string { return renamed(name, regNetNames) },
	}
}

// regNetNames turn torchvision's keys into timm's, whose blocks count from one.
var regNetNames = append(renamings(
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

func regNetBlocks() (out []renaming) {
	for i := range mostBlocks {
		out = append(out, renamings(fmt.Sprintf(`(^|\.)trunk_output\.block(\d)\.block\d-%d\.`, i),
			fmt.Sprintf(`${1}s$2.b%d.`, i+1))...)
	}
	return out
}

const regNetEps = 1e-5

func regNet(n *Net) string {
	if n.shape("s1.b1.conv1.conv.weight", 4)[0] > n.shape("s1.b1.conv3.conv.weight", 4)[0] {
		n.unknown = message.Of("a RegNet Z, whose activations are not in its weights")
		return "regnet_z"
	}
	x := n.relu(n.convNorm("image", "stem", window{kernel: 3, stride: 2, pad: 1}), "stem.act")
	blocks := 0
	for s := 1; n.count(fmt.Sprintf("s%d.b%%d.", s), 1) > 0; s++ {
		for b := range n.count(fmt.Sprintf("s%d.b%%d.", s), 1) {
			x = n.regNetBlock(x, fmt.Sprintf("s%d.b%d", s, b+1), b == 0)
			blocks++
		}
	}
	n.head(x, "head.fc")
	kind := "x"
	if n.has("s1.b1.se.fc1.weight") {
		kind = "y"
	}
	return fmt.Sprintf("regnet_%s_%dblocks", kind, blocks)
}

// convNorm is the convolution and the normalisation under a prefix.
func (n *Net) convNorm(x, p string, w window) string {
	return n.batchNorm(n.conv(x, p+".conv", w), p+".bn", regNetEps)
}

func (n *Net) regNetBlock(x, p string, first bool) string {
	stride, skip := int64(1), x
	if first {
		stride = 2
	}
	if n.has(p + ".downsample.conv.weight") {
		skip = n.convNorm(x, p+".downsample", window{kernel: 1, stride: stride})
	}
	y := n.relu(n.convNorm(x, p+".conv1", window{kernel: 1, stride: 1}), p+".conv1.act")
	s, groups := n.shape(p+".conv2.conv.weight", 4), int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	y = n.relu(n.convNorm(y, p+".conv2", window{kernel: 3, stride: stride, pad: 1, groups: groups}), p+".conv2.act")
	y = n.convNorm(n.excited(y, p+".se"), p+".conv3", window{kernel: 1, stride: 1})
	return n.relu(n.add2(y, skip, p+".add"), p)
}
