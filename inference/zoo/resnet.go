package zoo

import (
	"fmt"

	"hilum/inference/graph"
)

// ResNet is ResNet, ResNeXt and Wide ResNet in torchvision's form.
func ResNet() Family {
	return Family{
		Name: "ResNet", Signature: []string{"conv1.weight", "layer1.0.conv1.weight", "layer4.0.conv1.weight"},
		Stem: "conv1.weight", Build: resNet,
	}
}

// ResNetD is timm's ResNet-D (He et al. 2019): three convolutions of 3 x 3 at the
// beginning, and a mean in front of the convolution that skips a block.
func ResNetD() Family {
	return Family{
		Name: "ResNet-D", Signature: []string{"layer1.0.conv1.weight", "layer4.0.conv1.weight", "conv1.6.weight",
			"conv1.0.weight"},
		Stem: "conv1.0.weight", Build: resNet,
	}
}

// resNet builds ResNet, ResNeXt and Wide ResNet in torchvision's form, and timm's ResNet-D
// and SE-ResNet: the stride of a bottleneck is on its 3x3 convolution (He et al. 2016,
// "v1.5").
func resNet(n *Net) string {
	const eps = 1e-5
	var x string
	if n.has("conv1.0.weight") {
		x = n.conv("image", "conv1.0", window{kernel: 3, stride: 2, pad: 1})
		x = n.relu(n.batchNorm(x, "conv1.1", eps), "conv1.2")
		x = n.conv(x, "conv1.3", window{kernel: 3, stride: 1, pad: 1})
		x = n.relu(n.batchNorm(x, "conv1.4", eps), "conv1.5")
		x = n.conv(x, "conv1.6", window{kernel: 3, stride: 1, pad: 1})
	} else {
		x = n.conv("image", "conv1", window{kernel: 7, stride: 2, pad: 3})
	}
	x = n.relu(n.batchNorm(x, "bn1", eps), "relu")
	x = n.maxPool(x, "maxpool", 3, window{stride: 2, pad: 1})
	bottleneck := n.has("layer1.0.conv3.weight")
	var depth []int
	for l := 1; l <= 4; l++ {
		blocks := n.count(fmt.Sprintf("layer%d.%%d.", l), 0)
		depth = append(depth, blocks)
		for i := range blocks {
			stride := int64(1)
			if i == 0 && l > 1 {
				stride = 2
			}
			x = n.resBlock(x, fmt.Sprintf("layer%d.%d", l, i), stride)
		}
	}
	n.head(x, "fc")
	return resNetName(n, bottleneck, depth)
}

// excited weights channels by what two layers make of their means (Hu et al. 2018), where
// the weights under prefix are there.
func (n *Net) excited(x, p string) string {
	if !n.has(p + ".fc1.weight") {
		return x
	}
	y := n.conv(n.globalPool(x, p+".pool"), p+".fc1", window{kernel: 1, stride: 1})
	y = n.conv(n.relu(y, p+".relu"), p+".fc2", window{kernel: 1, stride: 1})
	return n.op("Mul", p, []string{x, n.op("Sigmoid", p+".gate", []string{y})})
}

func resNetName(n *Net, bottleneck bool, depth []int) string {
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
	if n.has("conv1.0.weight") {
		name += "d"
	}
	if n.has("layer1.0.se.fc1.weight") {
		name = "se" + name
	}
	if !bottleneck {
		return name
	}
	s := n.shape("layer1.0.conv2.weight", 4)
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

func (n *Net) resBlock(x, p string, stride int64) string {
	const eps = 1e-5
	skip := x
	switch {
	case n.has(p + ".downsample.0.weight"):
		skip = n.batchNorm(n.conv(x, p+".downsample.0", window{kernel: 1, stride: stride}), p+".downsample.1", eps)
	case n.has(p + ".downsample.1.weight"): // ResNet-D
		if stride > 1 {
			skip = n.op("AveragePool", p+".downsample.0", []string{x}, graph.IntsAttr("kernel_shape", 2, 2),
				graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1))
		}
		skip = n.batchNorm(n.conv(skip, p+".downsample.1", window{kernel: 1, stride: 1}), p+".downsample.2", eps)
	}
	if !n.has(p + ".conv3.weight") {
		y := n.relu(n.batchNorm(n.conv(x, p+".conv1", window{kernel: 3, stride: stride, pad: 1}), p+".bn1", eps),
			p+".relu1")
		y = n.batchNorm(n.conv(y, p+".conv2", window{kernel: 3, stride: 1, pad: 1}), p+".bn2", eps)
		y = n.excited(y, p+".se")
		return n.relu(n.add2(y, skip, p+".add"), p)
	}
	y := n.relu(n.batchNorm(n.conv(x, p+".conv1", window{kernel: 1, stride: 1}), p+".bn1", eps), p+".relu1")
	s := n.shape(p+".conv2.weight", 4)
	groups := int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	y = n.relu(n.batchNorm(n.conv(y, p+".conv2", window{kernel: 3, stride: stride, pad: 1, groups: groups}), p+".bn2",
		eps), p+".relu2")
	y = n.batchNorm(n.conv(y, p+".conv3", window{kernel: 1, stride: 1}), p+".bn3", eps)
	y = n.excited(y, p+".se")
	return n.relu(n.add2(y, skip, p+".add"), p)
}
