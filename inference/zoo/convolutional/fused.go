package convolutional

import (
	"fmt"
	"slices"

	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// stageV2 is a row of EfficientNetV2's tables (Tan and Le 2021, table 4).
type stageV2 struct {
	stage
	expand, out int64
	fused       bool
}

// membersV2 are torchvision's EfficientNetV2 networks.
func membersV2() map[string][]stageV2 {
	row := func(fused bool, expand, stride, out int64, blocks int) stageV2 {
		return stageV2{stage{blocks, stride, 3}, expand, out, fused}
	}
	return map[string][]stageV2{
		"efficientnet_v2_s": {row(true, 1, 1, 24, 2), row(true, 4, 2, 48, 4), row(true, 4, 2, 64, 4),
			row(false, 4, 2, 128, 6),
			row(false, 6, 1, 160, 9), row(false, 6, 2, 256, 15)},
		"efficientnet_v2_m": {row(true, 1, 1, 24, 3), row(true, 4, 2, 48, 5), row(true, 4, 2, 80, 5),
			row(false, 4, 2, 160, 7),
			row(false, 6, 1, 176, 14), row(false, 6, 2, 304, 18), row(false, 6, 1, 512, 5)},
		"efficientnet_v2_l": {row(true, 1, 1, 32, 4), row(true, 4, 2, 64, 7), row(true, 4, 2, 96, 7),
			row(false, 4, 2, 192, 10),
			row(false, 6, 1, 224, 19), row(false, 6, 2, 384, 25), row(false, 6, 1, 640, 7)},
	}
}

// efficientNetV2 builds torchvision's EfficientNetV2 S, M and L. Where a stage strides
// cannot be read from weights, so only networks of these very shapes are built.
func efficientNetV2(n mobileNet) string {
	stages, name := n.Count("features.%d.", 0)-2, ""
	for _, member := range []string{"efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"} {
		if n.isV2(membersV2()[member], stages) {
			name = member
		}
	}
	if name == "" {
		n.Refuse(message.Of("an EfficientNetV2 (it has fused blocks) of %d stages that is none of S, M and L: its strides are not known", stages))
		return "efficientnet_v2"
	}
	u := unitOptions{eps: 1e-3, act: n.Silu}
	x := n.unit("image", "features.0", family.Window{Kernel: 3, Stride: 2}, u)
	in := n.Shape("features.0.0.weight", 4)[0]
	for s, t := range membersV2()[name] {
		for i := range t.blocks {
			p, stride := fmt.Sprintf("features.%d.%d.block", s+1, i), int64(1)
			if i == 0 {
				stride = t.stride
			}
			if t.fused {
				x = n.fused(x, p, fusedOptions{u, stride, t.expand, in == t.out})
			} else {
				x = n.inverted(x, p, stride, invertedOptions{unitOptions: u, gate: n.Sigmoid, inner: n.Silu,
					kernel: t.kernel})
			}
			in = t.out
		}
	}
	x = n.unit(x, fmt.Sprintf("features.%d", stages+1), family.Window{Kernel: 1, Stride: 1}, u)
	n.Head(x, "classifier")
	return name
}

// isV2 compares blocks and channels with a table.
func (n mobileNet) isV2(table []stageV2, stages int) bool {
	if len(table) != stages {
		return false
	}
	in := n.Shape("features.0.0.weight", 4)[0]
	for s, t := range table {
		if n.Count(fmt.Sprintf("features.%d.%%d.block.", s+1), 0) != t.blocks {
			return false
		}
		for i := range t.blocks {
			p := fmt.Sprintf("features.%d.%d.block.", s+1, i)
			first, want := n.Shape(p+"0.0.weight", 4), []int64{in * t.expand, in, 3, 3}
			if !t.fused {
				want[2], want[3] = 1, 1
			}
			if t.fused && t.expand == 1 {
				want[0] = t.out
			}
			if !slices.Equal(first, want) {
				return false
			}
			in = t.out
		}
	}
	return true
}

type fusedOptions struct {
	unitOptions
	stride, expand int64
	same           bool // input and output have as many channels
}

// fused builds a fused block: the 3 x 3 convolution expands and strides, a 1 x 1 one
// projects; without expansion there is only the first.
func (n mobileNet) fused(x, p string, o fusedOptions) string {
	y := n.unit(x, p+".0", family.Window{Kernel: 3, Stride: o.stride}, o.unitOptions)
	if o.expand != 1 {
		last := o.unitOptions
		last.act = nil
		y = n.unit(y, p+".1", family.Window{Kernel: 1, Stride: 1}, last)
	}
	if o.stride == 1 && o.same {
		return n.Add(x, y, p+".add")
	}
	return y
}
