package zoo

import (
	"fmt"
	"regexp"
	"slices"

	"hilum/inference/graph"
)

// DenseNet is torchvision's DenseNet and TorchXRayVision's.
func DenseNet() Family {
	return Family{
		Name: "DenseNet", Signature: []string{"features.conv0.weight", "features.denseblock1.denselayer1.conv1.weight",
			"features.norm5.weight"},
		Stem: "features.conv0.weight", Build: denseNet, Rename: denseNetAlias,
	}
}

// oldDenseNet matches the keys of checkpoints before torchvision 0.2.
var oldDenseNet = regexp.MustCompile(`^(.*denselayer\d+\.(?:norm|conv))\.([12]\.)`)

func denseNetAlias(name string) string { return oldDenseNet.ReplaceAllString(name, "$1$2") }

// denseNet builds DenseNet (Huang et al. 2017) and TorchXRayVision's, which
// differs in its stem's channels only.
func denseNet(n *Net) string {
	const eps = 1e-5
	x := n.conv("image", "features.conv0", window{kernel: 7, stride: 2, pad: 3})
	x = n.relu(n.batchNorm(x, "features.norm0", eps), "features.relu0")
	x = n.maxPool(x, "features.pool0", 3, window{stride: 2, pad: 1})
	layers := 1
	for b := 1; b <= 4; b++ {
		block := fmt.Sprintf("features.denseblock%d", b)
		parts := []string{x}
		for i := range n.count(block+".denselayer%d.", 1) {
			p := fmt.Sprintf("%s.denselayer%d", block, i+1)
			y := n.concat(parts, p+".input")
			y = n.conv(n.relu(n.batchNorm(y, p+".norm1", eps), p+".relu1"), p+".conv1", window{kernel: 1, stride: 1})
			y = n.conv(n.relu(n.batchNorm(y, p+".norm2", eps), p+".relu2"), p+".conv2",
				window{kernel: 3, stride: 1, pad: 1})
			parts = append(parts, y)
			layers += 2
		}
		x = n.concat(parts, block)
		layers++
		if b < 4 {
			t := fmt.Sprintf("features.transition%d", b)
			x = n.conv(n.relu(n.batchNorm(x, t+".norm", eps), t+".relu"), t+".conv", window{kernel: 1, stride: 1})
			x = n.op("AveragePool", t+".pool", []string{x}, graph.IntsAttr("kernel_shape", 2, 2),
				graph.IntsAttr("strides", 2, 2))
		}
	}
	x = n.relu(n.batchNorm(x, "features.norm5", eps), "features.relu5")
	n.head(x, "classifier")
	return fmt.Sprintf("densenet%d", layers)
}

func (n *Net) concat(parts []string, name string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return n.op("Concat", name, slices.Clone(parts), graph.IntAttr("axis", 1))
}
