package zoo

import (
	"fmt"
)

// VGG is torchvision's VGG.
func VGG() Family {
	return Family{
		Name: "VGG", Signature: []string{"features.0.weight", "classifier.0.weight", "classifier.3.weight",
			"classifier.6.weight"},
		Stem: "features.0.weight", Build: vgg,
	}
}

// vgg builds torchvision's VGG with or without normalisation. Layers are
// numbered through; a gap in the numbers is where a pooling stands.
func vgg(n *Net) string {
	norm := n.has("features.1.running_mean")
	step := 2 // convolution, ReLU
	if norm {
		step = 3
	}
	x, convs := "image", 0
	for at := 0; n.has(fmt.Sprintf("features.%d.weight", at)); {
		p := fmt.Sprintf("features.%d", at)
		x = n.conv(x, p, window{kernel: 3, stride: 1, pad: 1})
		if norm {
			x = n.batchNorm(x, fmt.Sprintf("features.%d", at+1), 1e-5)
		}
		x = n.relu(x, fmt.Sprintf("features.%d", at+step-1))
		convs++
		if at += step; !n.has(fmt.Sprintf("features.%d.weight", at)) {
			x = n.maxPool(x, fmt.Sprintf("features.%d", at), 2, window{stride: 2})
			at++
		}
	}
	x = n.flatten(x, "flatten")
	x = n.relu(n.linear(x, "classifier.0", "classifier.0"), "classifier.1")
	x = n.relu(n.linear(x, "classifier.3", "classifier.3"), "classifier.4")
	n.linear(x, "classifier.6", "logits")
	name := fmt.Sprintf("vgg%d", convs+3)
	if norm {
		name += "_bn"
	}
	return name
}
