package convolutional

import (
	"fmt"

	"hilum/inference/zoo/family"
)

// VGG is torchvision's VGG.
func VGG() family.Family {
	return family.Family{
		Name: "VGG", Signature: []string{"features.0.weight", "classifier.0.weight", "classifier.3.weight",
			"classifier.6.weight"},
		Stem: "features.0.weight", Build: vgg,
	}
}

// vgg builds torchvision's VGG with or without normalisation. Layers are
// numbered through; a gap in the numbers is where a pooling stands.
func vgg(n *family.Net) string {
	norm := n.Has("features.1.running_mean")
	step := 2 // convolution, ReLU
	if norm {
		step = 3
	}
	x, convs := "image", 0
	for at := 0; n.Has(fmt.Sprintf("features.%d.weight", at)); {
		p := fmt.Sprintf("features.%d", at)
		x = n.Conv(x, p, family.Window{Kernel: 3, Stride: 1, Pad: 1})
		if norm {
			x = n.BatchNorm(x, fmt.Sprintf("features.%d", at+1), 1e-5)
		}
		x = n.Relu(x, fmt.Sprintf("features.%d", at+step-1))
		convs++
		if at += step; !n.Has(fmt.Sprintf("features.%d.weight", at)) {
			x = n.MaxPool(x, fmt.Sprintf("features.%d", at), 2, family.Window{Stride: 2})
			at++
		}
	}
	x = n.Flatten(x, "flatten")
	x = n.Relu(n.Linear(x, "classifier.0", "classifier.0"), "classifier.1")
	x = n.Relu(n.Linear(x, "classifier.3", "classifier.3"), "classifier.4")
	n.Linear(x, "classifier.6", "logits")
	name := fmt.Sprintf("vgg%d", convs+3)
	if norm {
		name += "_bn"
	}
	return name
}
