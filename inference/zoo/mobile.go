package zoo

import (
	"fmt"
	"strings"
)

// stageStrides are the strides of the seven stages of EfficientNet (Tan and Le
// 2019, table 1) and of MobileNetV2 (Sandler et al. 2018, table 2). Within a
// stage only the first block has one. Weights do not tell strides.
func stageStrides(stage int) int64 {
	s := []int64{1, 2, 2, 2, 1, 2, 1}
	if stage < len(s) {
		return s[stage]
	}
	return 1
}

// activation is an elementwise layer.
type activation func(x, name string) string

// unit adds convolution, normalisation and, unless act is nil, activation,
// from torchvision's Conv2dNormActivation under prefix: 0 and 1.
func (n *net) unit(x, prefix string, w window, u unitOptions) string {
	s := n.shape(prefix+".0.weight", 4)
	w.pad = (s[2] - 1) / 2
	if s[1] == 1 && s[0] > 1 && u.depthwise {
		w.groups = s[0]
	}
	y := n.batchNorm(n.conv(x, prefix+".0", w), prefix+".1", u.eps)
	if u.act == nil {
		return y
	}
	return u.act(y, prefix+".2")
}

type unitOptions struct {
	eps       float32
	act       activation
	depthwise bool
}

// squeeze adds a squeeze-and-excitation block (Hu et al. 2018) whose two 1x1
// convolutions have the names given.
func (n *net) squeeze(x, down, up string, inner, gate activation) string {
	y := n.globalPool(x, down+".pool")
	y = inner(n.conv(y, down, window{stride: 1}), down+".act")
	return n.op("Mul", up+".scale", []string{x, gate(n.conv(y, up, window{stride: 1}), up+".gate")})
}

func (n *net) sigmoid(x, name string) string { return n.op("Sigmoid", name, []string{x}) }

// efficientNet builds torchvision's EfficientNet B0 to B7.
func efficientNet(n *net) string {
	u := unitOptions{eps: 1e-5, act: n.silu}
	if n.has("features.1.2.block.0.0.weight") { // torchvision sets 1e-3 from B5 on, whose first stage has three blocks
		u.eps = 1e-3
	}
	stages := n.count("features.%d.", 0) - 2
	x := n.unit("image", "features.0", window{stride: 2}, u)
	blocks := 0
	for s := range stages {
		for i := range n.count(fmt.Sprintf("features.%d.%%d.block.", s+1), 0) {
			stride := int64(1)
			if i == 0 {
				stride = stageStrides(s)
			}
			x = n.inverted(x, fmt.Sprintf("features.%d.%d.block", s+1, i), stride, invertedOptions{unitOptions: u, gate: n.sigmoid, inner: n.silu})
			blocks++
		}
	}
	x = n.unit(x, fmt.Sprintf("features.%d", stages+1), window{stride: 1}, u)
	n.head(x, "classifier")
	names := map[int]string{16: "efficientnet_b0", 23: "efficientnet_b1 or b2", 26: "efficientnet_b3", 32: "efficientnet_b4", 39: "efficientnet_b5"}
	if name := names[blocks]; name != "" {
		return name
	}
	return fmt.Sprintf("efficientnet with %d blocks", blocks)
}

type invertedOptions struct {
	unitOptions
	inner, gate activation // of squeeze and excitation
}

// inverted builds an inverted residual whose layers are numbered under prefix:
// units and, where it has fc1, squeeze and excitation; the last unit has no
// activation. The skip is there where it can be.
func (n *net) inverted(x, prefix string, stride int64, o invertedOptions) string {
	layers := n.count(prefix+".%d.", 0)
	y := x
	for j := range layers {
		p := fmt.Sprintf("%s.%d", prefix, j)
		if n.has(p + ".fc1.weight") {
			y = n.squeeze(y, p+".fc1", p+".fc2", o.inner, o.gate)
			continue
		}
		u, w := o.unitOptions, window{stride: 1}
		s := n.shape(p+".0.weight", 4)
		if u.depthwise = s[1] == 1; u.depthwise {
			w.stride = stride
		}
		if j == layers-1 {
			u.act = nil
		}
		y = n.unit(y, p, w, u)
	}
	first, last := n.shape(prefix+".0.0.weight", 4), n.shape(fmt.Sprintf("%s.%d.0.weight", prefix, layers-1), 4)
	in := first[1]
	if in == 1 { // no expansion: the depthwise convolution comes first
		in = first[0]
	}
	if stride == 1 && in == last[0] {
		return n.add2(x, y, strings.TrimSuffix(prefix, ".block")+".add")
	}
	return y
}

// mobileNetV3 builds torchvision's large and small networks (Howard et al.
// 2019, tables 1 and 2). Which it is follows from the number of blocks.
func mobileNetV3(n *net) string {
	blocks := n.count("features.%d.", 0) - 2
	strides, hard, name := []int64{1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}, 6, "mobilenet_v3_large"
	if blocks == 11 {
		strides, hard, name = []int64{2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1}, 3, "mobilenet_v3_small"
	}
	if blocks != len(strides) {
		n.wrong = append(n.wrong, fmt.Sprintf("%d blocks; MobileNetV3 has 15 or 11", blocks))
		return "mobilenet_v3"
	}
	u := unitOptions{eps: 1e-3, act: n.hardSwish}
	x := n.unit("image", "features.0", window{stride: 2}, u)
	for i, stride := range strides {
		o := invertedOptions{unitOptions: u, inner: n.relu, gate: n.hardSigmoid}
		if i < hard {
			o.act = n.relu
		}
		x = n.inverted(x, fmt.Sprintf("features.%d.block", i+1), stride, o)
	}
	x = n.unit(x, fmt.Sprintf("features.%d", blocks+1), window{stride: 1}, u)
	x = n.flatten(n.globalPool(x, "pool"), "flatten")
	x = n.hardSwish(n.linear(x, "classifier.0", "classifier.0"), "classifier.1")
	n.linear(x, "classifier.3", "logits")
	return name
}

// mobileNetV2 builds torchvision's network. A stage begins where the number of
// channels changes.
func mobileNetV2(n *net) string {
	u := unitOptions{eps: 1e-5, act: n.relu6}
	last := n.count("features.%d.", 0) - 1
	x := n.unit("image", "features.0", window{stride: 2}, u)
	stage, channels := -1, int64(0)
	for i := 1; i < last; i++ {
		p := fmt.Sprintf("features.%d.conv", i)
		y, in := x, channels
		project := 1
		if n.has(p + ".3.weight") {
			y, project = n.unit(y, p+".0", window{stride: 1}, u), 2
		}
		out := n.shape(fmt.Sprintf("%s.%d.weight", p, project), 4)[0]
		stride := int64(1)
		if out != channels {
			stage, channels = stage+1, out
			stride = stageStrides(stage)
		}
		deep := u
		deep.depthwise = true
		y = n.unit(y, fmt.Sprintf("%s.%d", p, project-1), window{stride: stride}, deep)
		y = n.batchNorm(n.conv(y, fmt.Sprintf("%s.%d", p, project), window{stride: 1}), fmt.Sprintf("%s.%d", p, project+1), u.eps)
		if stride == 1 && in == out {
			y = n.add2(x, y, fmt.Sprintf("features.%d", i))
		}
		x = y
	}
	x = n.unit(x, fmt.Sprintf("features.%d", last), window{stride: 1}, u)
	n.head(x, "classifier")
	return "mobilenet_v2"
}

// efficientNetTF builds EfficientNet as converted from TensorFlow by Luke
// Melas-Kyriazi, and its Lite form (no squeeze, ReLU6): padding as TensorFlow
// has it, epsilon 1e-3. A stage begins where the number of channels changes.
func efficientNetTF(n *net) string {
	const eps = 1e-3
	lite := !n.has("_blocks.0._se_reduce.weight")
	act := n.silu
	if lite {
		act = n.relu6
	}
	x := act(n.batchNorm(n.conv("image", "_conv_stem", window{stride: 2, same: true}), "_bn0", eps), "_stem")
	stage, channels := -1, int64(0)
	blocks := n.count("_blocks.%d.", 0)
	for i := range blocks {
		p := fmt.Sprintf("_blocks.%d.", i)
		out, stride := n.shape(p+"_project_conv.weight", 4)[0], int64(1)
		same := out == channels
		if !same {
			stage, channels = stage+1, out
			stride = stageStrides(stage)
		}
		y := x
		if n.has(p + "_expand_conv.weight") {
			y = act(n.batchNorm(n.conv(y, p+"_expand_conv", window{stride: 1, same: true}), p+"_bn0", eps), p+"_act0")
		}
		w := window{stride: stride, same: true, groups: n.shape(p+"_depthwise_conv.weight", 4)[0]}
		y = act(n.batchNorm(n.conv(y, p+"_depthwise_conv", w), p+"_bn1", eps), p+"_act1")
		if n.has(p + "_se_reduce.weight") {
			y = n.squeeze(y, p+"_se_reduce", p+"_se_expand", n.silu, n.sigmoid)
		}
		y = n.batchNorm(n.conv(y, p+"_project_conv", window{stride: 1, same: true}), p+"_bn2", eps)
		if same {
			y = n.add2(y, x, p+"add")
		}
		x = y
	}
	x = act(n.batchNorm(n.conv(x, "_conv_head", window{stride: 1, same: true}), "_bn1", eps), "_head")
	n.head(x, "_fc")
	if lite && blocks == 16 {
		return "efficientnet_lite0"
	}
	return fmt.Sprintf("efficientnet with %d blocks", blocks)
}

// vgg builds torchvision's VGG with or without normalisation. Layers are
// numbered through; a gap in the numbers is where a pooling stands.
func vgg(n *net) string {
	norm := n.has("features.1.running_mean")
	step := 2 // convolution, ReLU
	if norm {
		step = 3
	}
	x, convs := "image", 0
	for at := 0; n.has(fmt.Sprintf("features.%d.weight", at)); {
		p := fmt.Sprintf("features.%d", at)
		x = n.conv(x, p, window{stride: 1, pad: 1})
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
