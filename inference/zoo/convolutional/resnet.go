// Package convolutional holds the families of convolutional networks: from VGG and ResNet to
// EfficientNet and ConvNeXt, one file a family, and the small networks that training begins
// from nothing. It imports inference/zoo/family for what all of them are written with.
package convolutional

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
)

// ResNet is ResNet, ResNeXt and Wide ResNet in torchvision's form.
func ResNet() family.Family {
	return family.Family{
		Name: "ResNet", Signature: []string{"conv1.weight", "layer1.0.conv1.weight", "layer4.0.conv1.weight"},
		Stem: "conv1.weight", Build: resNet,
	}
}

// ResNetD is timm's ResNet-D (He et al. 2019): three convolutions of 3 x 3 at the
// beginning, and a mean in front of the convolution that skips a block.
func ResNetD() family.Family {
	return family.Family{
		Name: "ResNet-D", Signature: []string{"layer1.0.conv1.weight", "layer4.0.conv1.weight", "conv1.6.weight",
			"conv1.0.weight"},
		Stem: "conv1.0.weight", Build: resNet,
	}
}

// resNet builds ResNet, ResNeXt and Wide ResNet in torchvision's form, and timm's ResNet-D
// and SE-ResNet: the stride of a bottleneck is on its 3x3 convolution (He et al. 2016,
// "v1.5").
func resNet(n *family.Net) string {
	const eps = 1e-5
	var x string
	if n.Has("conv1.0.weight") {
		x = n.Conv("image", "conv1.0", family.Window{Kernel: 3, Stride: 2, Pad: 1})
		x = n.Relu(n.BatchNorm(x, "conv1.1", eps), "conv1.2")
		x = n.Conv(x, "conv1.3", family.Window{Kernel: 3, Stride: 1, Pad: 1})
		x = n.Relu(n.BatchNorm(x, "conv1.4", eps), "conv1.5")
		x = n.Conv(x, "conv1.6", family.Window{Kernel: 3, Stride: 1, Pad: 1})
	} else {
		x = n.Conv("image", "conv1", family.Window{Kernel: 7, Stride: 2, Pad: 3})
	}
	x = n.Relu(n.BatchNorm(x, "bn1", eps), "relu")
	x = n.MaxPool(x, "maxpool", 3, family.Window{Stride: 2, Pad: 1})
	bottleneck := n.Has("layer1.0.conv3.weight")
	var depth []int
	for l := 1; l <= 4; l++ {
		blocks := n.Count(fmt.Sprintf("layer%d.%%d.", l), 0)
		depth = append(depth, blocks)
		for i := range blocks {
			stride := int64(1)
			if i == 0 && l > 1 {
				stride = 2
			}
			x = resBlock(n, x, fmt.Sprintf("layer%d.%d", l, i), stride)
		}
	}
	n.Head(x, "fc")
	return resNetName(n, bottleneck, depth)
}

// excited weights channels by what two layers make of their means (Hu et al. 2018), where
// the weights under prefix are there.
func excited(n *family.Net, x, p string) string {
	if !n.Has(p + ".fc1.weight") {
		return x
	}
	y := n.Conv(n.GlobalPool(x, p+".pool"), p+".fc1", family.Window{Kernel: 1, Stride: 1})
	y = n.Conv(n.Relu(y, p+".relu"), p+".fc2", family.Window{Kernel: 1, Stride: 1})
	return n.Op("Mul", p, []string{x, n.Op("Sigmoid", p+".gate", []string{y})})
}

func resNetName(n *family.Net, bottleneck bool, depth []int) string {
	sum := 2
	for _, d := range depth {
		if bottleneck {
			d *= 3
		} else {
			d *= 2
		}
		sum += d
	}
	name := fmt.Sprintf("resnet%d", sum)
	if n.Has("conv1.0.weight") {
		name += "d"
	}
	if n.Has("layer1.0.se.fc1.weight") {
		name = "se" + name
	}
	if !bottleneck {
		return name
	}
	s := n.Shape("layer1.0.conv2.weight", 4)
	groups := int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	switch {
	case groups > 1:
		return fmt.Sprintf("resnext%d_%dx%dd", sum, groups, s[1])
	case s[0] == 128:
		return fmt.Sprintf("wide_resnet%d_2", sum)
	}
	return name
}

// resBlock is two convolutions of 3 x 3, or the three of a bottleneck, beside a skip.
func resBlock(n *family.Net, x, p string, stride int64) string {
	const eps = 1e-5
	skip := x
	switch {
	case n.Has(p + ".downsample.0.weight"):
		skip = n.BatchNorm(n.Conv(x, p+".downsample.0", family.Window{Kernel: 1, Stride: stride}), p+".downsample.1", eps)
	case n.Has(p + ".downsample.1.weight"): // ResNet-D
		if stride > 1 {
			skip = n.Op("AveragePool", p+".downsample.0", []string{x}, graph.IntsAttr("kernel_shape", 2, 2),
				graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1))
		}
		skip = n.BatchNorm(n.Conv(skip, p+".downsample.1", family.Window{Kernel: 1, Stride: 1}), p+".downsample.2", eps)
	}
	if !n.Has(p + ".conv3.weight") {
		y := n.Relu(n.BatchNorm(n.Conv(x, p+".conv1", family.Window{Kernel: 3, Stride: stride, Pad: 1}), p+".bn1", eps),
			p+".relu1")
		y = n.BatchNorm(n.Conv(y, p+".conv2", family.Window{Kernel: 3, Stride: 1, Pad: 1}), p+".bn2", eps)
		y = excited(n, y, p+".se")
		return n.Relu(n.Add(y, skip, p+".add"), p)
	}
	y := n.Relu(n.BatchNorm(n.Conv(x, p+".conv1", family.Window{Kernel: 1, Stride: 1}), p+".bn1", eps), p+".relu1")
	s := n.Shape(p+".conv2.weight", 4)
	groups := int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	y = n.Relu(n.BatchNorm(n.Conv(y, p+".conv2", family.Window{Kernel: 3, Stride: stride, Pad: 1, Groups: groups}), p+".bn2",
		eps), p+".relu2")
	y = n.BatchNorm(n.Conv(y, p+".conv3", family.Window{Kernel: 1, Stride: 1}), p+".bn3", eps)
	y = excited(n, y, p+".se")
	return n.Relu(n.Add(y, skip, p+".add"), p)
}
