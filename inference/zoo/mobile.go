package zoo

import (
	"fmt"
	"strings"
)

// stage is a row of a table of layers: blocks that begin with a stride.
type stage struct {
	blocks         int
	stride, kernel int64
}

// blockStages says of each block of a table which stage it is of and whether it is the
// first there.
func blockStages(table []stage) (of []int, first []bool) {
	for i, s := range table {
		for k := range s.blocks {
			of, first = append(of, i), append(first, k == 0)
		}
	}
	return of, first
}

// efficientStages are the seven stages of EfficientNet (Tan and Le 2019, table 1) with
// their blocks: weights tell neither strides nor where a stage begins.
func efficientStages(blocks [7]int) []stage {
	strides, kernels := [7]int64{1, 2, 2, 2, 1, 2, 1}, [7]int64{3, 3, 5, 3, 5, 5, 3}
	table := make([]stage, 7)
	for i := range table {
		table[i] = stage{blocks[i], strides[i], kernels[i]}
	}
	return table
}

// efficientNets are the members of the family: blocks of each stage, by the factors of
// depth of the paper (table 2 of the code's README).
func efficientNets() map[[7]int]string {
	return map[[7]int]string{
		{1, 2, 2, 3, 3, 4, 1}: "efficientnet_b0", {2, 3, 3, 4, 4, 5, 2}: "efficientnet_b1", {2, 3, 3, 5, 5, 6, 2}: "efficientnet_b3",
		{2, 4, 4, 6, 6, 8, 2}: "efficientnet_b4", {3, 5, 5, 7, 7, 9, 3}: "efficientnet_b5", {3, 6, 6, 8, 8, 11, 3}: "efficientnet_b6",
		{4, 7, 7, 10, 10, 13, 4}: "efficientnet_b7",
	}
}

// liteNets are EfficientNet-Lite's members: first and last stage are not repeated.
func liteNets() map[[7]int]string {
	return map[[7]int]string{
		{1, 2, 2, 3, 3, 4, 1}: "efficientnet_lite0", {1, 3, 3, 4, 4, 5, 1}: "efficientnet_lite1", {1, 3, 3, 5, 5, 6, 1}: "efficientnet_lite3",
		{1, 4, 4, 6, 6, 8, 1}: "efficientnet_lite4",
	}
}

// activation is an elementwise layer.
type activation func(x, name string) string

// unit adds convolution, normalisation and, unless act is nil, activation,
// from torchvision's Conv2dNormActivation under prefix: 0 and 1.
func (n *net) unit(x, prefix string, w window, u unitOptions) string {
	s := n.shape(prefix+".0.weight", 4)
	w.pad = (s[2] - 1) / 2
	if w.kernel > 0 {
		w.pad = (w.kernel - 1) / 2
	}
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

// efficientNet builds torchvision's EfficientNet B0 to B7; networks with fused blocks
// are EfficientNetV2.
func efficientNet(n *net) string {
	if s := n.shape("features.1.0.block.0.0.weight", 4); s[1] > 1 && s[2] > 1 {
		return efficientNetV2(n)
	}
	u := unitOptions{eps: 1e-5, act: n.silu}
	stages, blocks := n.count("features.%d.", 0)-2, [7]int{}
	for s := range min(stages, 7) {
		blocks[s] = n.count(fmt.Sprintf("features.%d.%%d.block.", s+1), 0)
	}
	name := efficientNets()[blocks]
	if name == "" || stages != 7 {
		n.unknown = fmt.Sprintf("an EfficientNet of %d stages with %v blocks, which is none of B0 to B7", stages, blocks[:min(max(stages, 0), 7)])
		return "efficientnet"
	}
	if name >= "efficientnet_b5" { // torchvision sets 1e-3 from B5 on
		u.eps = 1e-3
	}
	if last := n.shape("features.8.0.weight", 4)[0]; name == "efficientnet_b1" && last > 1280 {
		name = "efficientnet_b2"
	}
	x := n.unit("image", "features.0", window{kernel: 3, stride: 2}, u)
	for s, t := range efficientStages(blocks) {
		for i := range t.blocks {
			o := invertedOptions{unitOptions: u, gate: n.sigmoid, inner: n.silu, kernel: t.kernel}
			stride := int64(1)
			if i == 0 {
				stride = t.stride
			}
			x = n.inverted(x, fmt.Sprintf("features.%d.%d.block", s+1, i), stride, o)
		}
	}
	x = n.unit(x, "features.8", window{kernel: 1, stride: 1}, u)
	n.head(x, "classifier")
	return name
}

type invertedOptions struct {
	unitOptions
	inner, gate activation // of squeeze and excitation
	kernel      int64      // of the depthwise convolution; 0 for any
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
		u, w := o.unitOptions, window{kernel: 1, stride: 1}
		s := n.shape(p+".0.weight", 4)
		if u.depthwise = s[1] == 1; u.depthwise {
			w.stride, w.kernel = stride, o.kernel
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
	kernels := []int64{3, 3, 3, 5, 5, 5, 3, 3, 3, 3, 3, 3, 5, 5, 5}
	if blocks == 11 {
		strides, hard, name = []int64{2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1}, 3, "mobilenet_v3_small"
		kernels = []int64{3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5}
	}
	if blocks != len(strides) {
		n.unknown = fmt.Sprintf("a MobileNetV3 of %d blocks; it has 15 or 11", blocks)
		return "mobilenet_v3"
	}
	u := unitOptions{eps: 1e-3, act: n.hardSwish}
	x := n.unit("image", "features.0", window{kernel: 3, stride: 2}, u)
	for i, stride := range strides {
		o := invertedOptions{unitOptions: u, inner: n.relu, gate: n.hardSigmoid, kernel: kernels[i]}
		if i < hard {
			o.act = n.relu
		}
		x = n.inverted(x, fmt.Sprintf("features.%d.block", i+1), stride, o)
	}
	x = n.unit(x, fmt.Sprintf("features.%d", blocks+1), window{kernel: 1, stride: 1}, u)
	x = n.flatten(n.globalPool(x, "pool"), "flatten")
	x = n.hardSwish(n.linear(x, "classifier.0", "classifier.0"), "classifier.1")
	n.linear(x, "classifier.3", "logits")
	return name
}

// mobileNetV2 builds torchvision's network (Sandler et al. 2018, table 2), of any width.
func mobileNetV2(n *net) string {
	u := unitOptions{eps: 1e-5, act: n.relu6}
	table := efficientStages([7]int{1, 2, 3, 4, 3, 3, 1}) // the same strides
	of, first := blockStages(table)
	last := n.count("features.%d.", 0) - 1
	if last-1 != len(of) {
		n.unknown = fmt.Sprintf("a MobileNetV2 of %d blocks; it has %d", last-1, len(of))
		return "mobilenet_v2"
	}
	x := n.unit("image", "features.0", window{kernel: 3, stride: 2}, u)
	channels := n.shape("features.0.0.weight", 4)[0]
	for i := 1; i < last; i++ {
		p := fmt.Sprintf("features.%d.conv", i)
		y, in, project, stride := x, channels, 1, int64(1)
		if n.has(p + ".3.weight") {
			y, project = n.unit(y, p+".0", window{kernel: 1, stride: 1}, u), 2
		}
		channels = n.shape(fmt.Sprintf("%s.%d.weight", p, project), 4)[0]
		if first[i-1] {
			stride = table[of[i-1]].stride
		}
		deep := u
		deep.depthwise = true
		y = n.unit(y, fmt.Sprintf("%s.%d", p, project-1), window{kernel: 3, stride: stride}, deep)
		y = n.batchNorm(n.conv(y, fmt.Sprintf("%s.%d", p, project), window{kernel: 1, stride: 1}), fmt.Sprintf("%s.%d", p, project+1), u.eps)
		if stride == 1 && in == channels {
			y = n.add2(x, y, fmt.Sprintf("features.%d", i))
		}
		x = y
	}
	x = n.unit(x, fmt.Sprintf("features.%d", last), window{kernel: 1, stride: 1}, u)
	n.head(x, "classifier")
	return "mobilenet_v2"
}

// efficientNetTF builds EfficientNet as converted from TensorFlow by Luke
// Melas-Kyriazi, and its Lite form (no squeeze, ReLU6): padding as TensorFlow
// has it, epsilon 1e-3.
func efficientNetTF(n *net) string {
	const eps = 1e-3
	lite := !n.has("_blocks.0._se_reduce.weight")
	act, members := n.silu, efficientNets()
	if lite {
		act, members = n.relu6, liteNets()
	}
	count := n.count("_blocks.%d.", 0)
	table, name := memberOf(members, count)
	if name == "" {
		n.unknown = fmt.Sprintf("an EfficientNet of %d blocks, which is none of B0 to B7 or Lite 0 to 4", count)
		return "efficientnet"
	}
	x := act(n.batchNorm(n.conv("image", "_conv_stem", window{kernel: 3, stride: 2, same: true}), "_bn0", eps), "_stem")
	of, first := blockStages(table)
	channels := n.shape("_conv_stem.weight", 4)[0]
	for i, s := range of {
		p := fmt.Sprintf("_blocks.%d.", i)
		out, stride := n.shape(p+"_project_conv.weight", 4)[0], int64(1)
		if first[i] {
			stride = table[s].stride
		}
		y := x
		if n.has(p + "_expand_conv.weight") {
			y = act(n.batchNorm(n.conv(y, p+"_expand_conv", window{kernel: 1, stride: 1, same: true}), p+"_bn0", eps), p+"_act0")
		}
		w := window{kernel: table[s].kernel, stride: stride, same: true, groups: n.shape(p+"_depthwise_conv.weight", 4)[0]}
		y = act(n.batchNorm(n.conv(y, p+"_depthwise_conv", w), p+"_bn1", eps), p+"_act1")
		if n.has(p + "_se_reduce.weight") {
			y = n.squeeze(y, p+"_se_reduce", p+"_se_expand", n.silu, n.sigmoid)
		}
		y = n.batchNorm(n.conv(y, p+"_project_conv", window{kernel: 1, stride: 1, same: true}), p+"_bn2", eps)
		if stride == 1 && out == channels {
			y = n.add2(y, x, p+"add")
		}
		x, channels = y, out
	}
	x = act(n.batchNorm(n.conv(x, "_conv_head", window{kernel: 1, stride: 1, same: true}), "_bn1", eps), "_head")
	n.head(x, "_fc")
	switch last := n.shape("_conv_head.weight", 4)[0]; {
	case name == "efficientnet_b1" && last > 1280:
		return "efficientnet_b2"
	case name == "efficientnet_lite1" && n.shape("_blocks.20._project_conv.weight", 4)[0] > 320:
		return "efficientnet_lite2"
	}
	return name
}

// memberOf finds the member of a family with that many blocks.
func memberOf(members map[[7]int]string, count int) ([]stage, string) {
	for blocks, name := range members { // each has another number of blocks
		sum := 0
		for _, b := range blocks {
			sum += b
		}
		if sum == count {
			return efficientStages(blocks), name
		}
	}
	return nil, ""
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
