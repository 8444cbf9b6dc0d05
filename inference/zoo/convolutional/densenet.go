package convolutional

import (
	"fmt"
	"regexp"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
)

// DenseNet is torchvision's DenseNet and TorchXRayVision's.
func DenseNet() family.Family {
	return family.Family{
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
func denseNet(n *family.Net) string {
	const eps = 1e-5
	x := n.Conv("image", "features.conv0", family.Window{Kernel: 7, Stride: 2, Pad: 3})
	x = n.Relu(n.BatchNorm(x, "features.norm0", eps), "features.relu0")
	x = n.MaxPool(x, "features.pool0", 3, family.Window{Stride: 2, Pad: 1})
	layers := 1
	for b := 1; b <= 4; b++ {
		block := fmt.Sprintf("features.denseblock%d", b)
		parts := []string{x}
		for i := range n.Count(block+".denselayer%d.", 1) {
			p := fmt.Sprintf("%s.denselayer%d", block, i+1)
			y := n.Concat(parts, p+".input")
			y = n.Conv(n.Relu(n.BatchNorm(y, p+".norm1", eps), p+".relu1"), p+".conv1", family.Window{Kernel: 1, Stride: 1})
			y = n.Conv(n.Relu(n.BatchNorm(y, p+".norm2", eps), p+".relu2"), p+".conv2",
				family.Window{Kernel: 3, Stride: 1, Pad: 1})
			parts = append(parts, y)
			layers += 2
		}
		x = n.Concat(parts, block)
		layers++
		if b < 4 {
			t := fmt.Sprintf("features.transition%d", b)
			x = n.Conv(n.Relu(n.BatchNorm(x, t+".norm", eps), t+".relu"), t+".conv", family.Window{Kernel: 1, Stride: 1})
			x = n.Op("AveragePool", t+".pool", []string{x}, graph.IntsAttr("kernel_shape", 2, 2),
				graph.IntsAttr("strides", 2, 2))
		}
	}
	x = n.Relu(n.BatchNorm(x, "features.norm5", eps), "features.relu5")
	n.Head(x, "classifier")
	return fmt.Sprintf("densenet%d", layers)
}
