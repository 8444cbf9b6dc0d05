package zoo

import (
	"fmt"
	"regexp"
	"slices"

	"hilum/inference/graph"
)

// family is a kind of network whose layers follow from its weights.
type family struct {
	name      string
	signature []string            // weights that every member has and no other family
	stem      string              // the first convolution's weight
	build     func(n *net) string // adds the nodes from "image" to "logits" and names the member
	alias     func(string) string // renames old keys; nil for none
}

func (f *family) rename(name string) string {
	if f.alias == nil {
		return name
	}
	return f.alias(name)
}

// families lists what the zoo can build.
func families() []*family {
	return []*family{
		{name: "ResNet", signature: []string{"conv1.weight", "layer1.0.conv1.weight", "layer4.0.conv1.weight"}, stem: "conv1.weight", build: resNet},
		{name: "DenseNet", signature: []string{"features.conv0.weight", "features.denseblock1.denselayer1.conv1.weight", "features.norm5.weight"},
			stem: "features.conv0.weight", build: denseNet, alias: denseNetAlias},
		{name: "EfficientNet", signature: []string{"features.0.0.weight", "features.1.0.block.0.0.weight"}, stem: "features.0.0.weight", build: efficientNet},
		{name: "EfficientNet (lukemelas)", signature: []string{"_conv_stem.weight", "_blocks.0._depthwise_conv.weight"}, stem: "_conv_stem.weight", build: efficientNetTF},
		{name: "MobileNetV2", signature: []string{"features.0.0.weight", "features.1.conv.0.0.weight"}, stem: "features.0.0.weight", build: mobileNetV2},
		{name: "MobileNetV3", signature: []string{"features.0.0.weight", "features.1.block.0.0.weight"}, stem: "features.0.0.weight", build: mobileNetV3},
		{name: "ResNet (small)", signature: []string{"stem.0.weight", "body.0.a.0.weight", "body.0.b.0.weight"}, stem: "stem.0.weight", build: smallNet},
		{name: "VGG", signature: []string{"features.0.weight", "classifier.0.weight", "classifier.3.weight", "classifier.6.weight"}, stem: "features.0.weight", build: vgg},
	}
}

// Families lists the names of the families that Import recognises.
func Families() []string {
	var names []string
	for _, f := range families() {
		names = append(names, f.name)
	}
	return names
}

// resNet builds ResNet, ResNeXt and Wide ResNet in torchvision's form: the
// stride of a bottleneck is on its 3x3 convolution (He et al. 2016, "v1.5").
func resNet(n *net) string {
	const eps = 1e-5
	x := n.conv("image", "conv1", window{kernel: 7, stride: 2, pad: 3})
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

func resNetName(n *net, bottleneck bool, depth []int) string {
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

func (n *net) resBlock(x, p string, stride int64) string {
	const eps = 1e-5
	skip := x
	if n.has(p + ".downsample.0.weight") {
		skip = n.batchNorm(n.conv(x, p+".downsample.0", window{kernel: 1, stride: stride}), p+".downsample.1", eps)
	}
	if !n.has(p + ".conv3.weight") {
		y := n.relu(n.batchNorm(n.conv(x, p+".conv1", window{kernel: 3, stride: stride, pad: 1}), p+".bn1", eps), p+".relu1")
		y = n.batchNorm(n.conv(y, p+".conv2", window{kernel: 3, stride: 1, pad: 1}), p+".bn2", eps)
		return n.relu(n.add2(y, skip, p+".add"), p)
	}
	y := n.relu(n.batchNorm(n.conv(x, p+".conv1", window{kernel: 1, stride: 1}), p+".bn1", eps), p+".relu1")
	s := n.shape(p+".conv2.weight", 4)
	groups := int64(1)
	if s[1] > 0 {
		groups = s[0] / s[1]
	}
	y = n.relu(n.batchNorm(n.conv(y, p+".conv2", window{kernel: 3, stride: stride, pad: 1, groups: groups}), p+".bn2", eps), p+".relu2")
	y = n.batchNorm(n.conv(y, p+".conv3", window{kernel: 1, stride: 1}), p+".bn3", eps)
	return n.relu(n.add2(y, skip, p+".add"), p)
}

// oldDenseNet matches the keys of checkpoints before torchvision 0.2.
var oldDenseNet = regexp.MustCompile(`^(.*denselayer\d+\.(?:norm|conv))\.([12]\.)`)

func denseNetAlias(name string) string { return oldDenseNet.ReplaceAllString(name, "$1$2") }

// denseNet builds DenseNet (Huang et al. 2017) and TorchXRayVision's, which
// differs in its stem's channels only.
func denseNet(n *net) string {
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
			y = n.conv(n.relu(n.batchNorm(y, p+".norm2", eps), p+".relu2"), p+".conv2", window{kernel: 3, stride: 1, pad: 1})
			parts = append(parts, y)
			layers += 2
		}
		x = n.concat(parts, block)
		layers++
		if b < 4 {
			t := fmt.Sprintf("features.transition%d", b)
			x = n.conv(n.relu(n.batchNorm(x, t+".norm", eps), t+".relu"), t+".conv", window{kernel: 1, stride: 1})
			x = n.op("AveragePool", t+".pool", []string{x}, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2))
		}
	}
	x = n.relu(n.batchNorm(x, "features.norm5", eps), "features.relu5")
	n.head(x, "classifier")
	return fmt.Sprintf("densenet%d", layers)
}

func (n *net) concat(parts []string, name string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return n.op("Concat", name, slices.Clone(parts), graph.IntAttr("axis", 1))
}
