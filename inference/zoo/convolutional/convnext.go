package convolutional

import (
	"fmt"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
)

// ConvNeXt is ConvNeXt (Liu et al. 2022) and ConvNeXt V2 (Woo et al. 2023) of timm,
// torchvision, transformers and the authors.
func ConvNeXt() family.Family {
	return family.Family{
		Name: "ConvNeXt", Signature: []string{"stages.0.blocks.0.conv_dw.weight", "stages.0.blocks.0.mlp.fc1.weight",
			"stem.1.weight", "stem.0.weight"},
		Stem: "stem.0.weight", Build: convNeXt, Rename: func(name string) string { return family.Renamed(name, convNeXtNames) },
	}
}

// convNeXtNames turn the keys of the others into timm's.
var convNeXtNames = family.Renamings(
	// transformers
	`(^|\.)(convnext|convnextv2)\.(embeddings|encoder|layernorm)\.`, `$1$3.`,
	`(^|\.)embeddings\.patch_embeddings\.`, `${1}stem.0.`,
	`(^|\.)embeddings\.layernorm\.`, `${1}stem.1.`,
	`(^|\.)encoder\.stages\.`, `${1}stages.`,
	`(^|\.)stages\.(\d+)\.layers\.`, `${1}stages.$2.blocks.`,
	`(stages\.\d+)\.downsampling_layer\.`, `$1.downsample.`,
	`(stages\.\d+\.blocks\.\d+)\.layernorm\.`, `$1.norm.`,
	`\.layer_scale_parameter$`, `.gamma`,
	`(^|\.)(layernorm|norm)\.(weight|bias)$`, `${1}head.norm.$3`,
	`head\.head\.norm\.`, `head.norm.`,
	`(stages\.\d+\.blocks\.\d+)\.head\.norm\.`, `$1.norm.`,
	// the authors
	`(^|\.)downsample_layers\.0\.`, `${1}stem.`,
	`(^|\.)downsample_layers\.([1-3])\.`, `${1}stages.$2.downsample.`,
	`(^|\.)stages\.(\d+)\.(\d+)\.`, `${1}stages.$2.blocks.$3.`,
	`(stages\.\d+\.blocks\.\d+)\.head\.norm\.`, `$1.norm.`,
	`\.dwconv\.`, `.conv_dw.`,
	`\.pwconv([12])\.`, `.mlp.fc$1.`,
	`(blocks\.\d+)\.grn\.(weight|gamma)$`, `$1.mlp.grn.weight`,
	`(blocks\.\d+)\.grn\.(bias|beta)$`, `$1.mlp.grn.bias`,
	`(^|\.)head\.(weight|bias)$`, `${1}head.fc.$2`,
	// torchvision
	`(^|\.)features\.0\.([01])\.(weight|bias)$`, `${1}stem.$2.$3`,
	`(^|\.)features\.2\.([01])\.(weight|bias)$`, `${1}stages.1.downsample.$2.$3`,
	`(^|\.)features\.4\.([01])\.(weight|bias)$`, `${1}stages.2.downsample.$2.$3`,
	`(^|\.)features\.6\.([01])\.(weight|bias)$`, `${1}stages.3.downsample.$2.$3`,
	`(^|\.)features\.1\.(\d+)\.`, `${1}stages.0.blocks.$2.`,
	`(^|\.)features\.3\.(\d+)\.`, `${1}stages.1.blocks.$2.`,
	`(^|\.)features\.5\.(\d+)\.`, `${1}stages.2.blocks.$2.`,
	`(^|\.)features\.7\.(\d+)\.`, `${1}stages.3.blocks.$2.`,
	`\.layer_scale$`, `.gamma`,
	`\.block\.0\.(weight|bias)$`, `.conv_dw.$1`,
	`\.block\.2\.(weight|bias)$`, `.norm.$1`,
	`\.block\.3\.(weight|bias)$`, `.mlp.fc1.$1`,
	`\.block\.5\.(weight|bias)$`, `.mlp.fc2.$1`,
	`(^|\.)classifier\.0\.(weight|bias)$`, `${1}head.norm.$2`,
	`(^|\.)classifier(\.2)?\.(weight|bias)$`, `${1}head.fc.$3`,
)

// convNeXtEps is what all of them add to variances, but transformers before the last layer.
const convNeXtEps = 1e-6

// convNeXtNet is a ConvNeXt under construction.
type convNeXtNet struct{ *family.Net }

func convNeXt(net *family.Net) string {
	n := convNeXtNet{net}
	x := n.normOfMaps(n.Patches("image", "stem.0"), "stem.1", convNeXtEps)
	var depth []int
	for s := 0; n.Count("stages.%d.", s) > 0; s++ {
		p := fmt.Sprintf("stages.%d", s)
		if n.Has(p + ".downsample.1.weight") {
			x = n.Patches(n.normOfMaps(x, p+".downsample.0", convNeXtEps), p+".downsample.1")
		}
		blocks := n.Count(p+".blocks.%d.", 0)
		depth = append(depth, blocks)
		for b := range blocks {
			x = n.block(x, fmt.Sprintf("%s.blocks.%d", p, b))
		}
		n.Width = n.Sizes(fmt.Sprintf("%s.blocks.0.mlp.fc2.weight", p))[0]
	}
	pooled := n.Flatten(n.GlobalPool(x, "pool"), "flatten")
	if n.Has("head.norm.weight") {
		pooled = n.LayerNorm(pooled, "head.norm", n.Config.Epsilon(convNeXtEps))
	}
	n.Classify(pooled, "head.fc")
	return convNeXtName(n, depth)
}

func convNeXtName(n convNeXtNet, depth []int) string {
	name := "convnext"
	if n.Has("stages.0.blocks.0.mlp.grn.weight") {
		name += "v2"
	}
	for _, d := range depth {
		name += fmt.Sprintf("_%d", d)
	}
	return fmt.Sprintf("%s_width%d", name, n.Shape("stem.0.weight", 4)[0])
}

// normOfMaps normalises the channels of maps [N, C, h, w].
func (n convNeXtNet) normOfMaps(x, prefix string, eps float32) string {
	y := n.LayerNorm(n.Transpose(x, prefix+".last", 0, 2, 3, 1), prefix, eps)
	return n.Transpose(y, prefix+".first", 0, 3, 1, 2)
}

// block mixes places by channel, then channels by place.
func (n convNeXtNet) block(x, p string) string {
	s := n.Shape(p+".conv_dw.weight", 4)
	y := n.Conv(x, p+".conv_dw", family.Window{Stride: 1, Pad: s[2] / 2, Groups: s[0]})
	y = n.LayerNorm(n.Transpose(y, p+".last", 0, 2, 3, 1), p+".norm", convNeXtEps)
	y = n.Activate(n.Dense(y, p+".mlp.fc1"), p+".mlp.act", family.Gelu)
	if n.Has(p + ".mlp.grn.weight") {
		y = n.responseNorm(y, p+".mlp.grn")
	}
	y = n.ScaledBy(n.Dense(y, p+".mlp.fc2"), p+".gamma")
	return n.Add(x, n.Transpose(y, p+".first", 0, 3, 1, 2), p)
}

// responseNorm weights each channel of [N, h, w, C] by its norm over the places, relative
// to that of the others (Woo et al. 2023).
func (n convNeXtNet) responseNorm(x, p string) string {
	norm := n.Op("ReduceL2", p+".norm", []string{x}, graph.IntsAttr("axes", 1, 2), graph.IntAttr("keepdims", 1))
	mean := n.Op("ReduceMean", p+".mean", []string{norm}, graph.IntsAttr("axes", -1), graph.IntAttr("keepdims", 1))
	y := n.Op("Div", p+".relative", []string{norm, n.Add(mean, n.Number("small", 1e-6), p+".mean.above")})
	y = n.Add(n.ScaledBy(n.Op("Mul", p+".product", []string{x, y}), p+".weight"), n.row(p+".bias"), p+".shifted")
	return n.Add(x, y, p)
}

// row adds a tensor as one of a single axis.
func (n convNeXtNet) row(name string) string {
	t := n.Tensor(name)
	if t == nil {
		n.Lacks(name)
		return name
	}
	if len(t.Shape) == 1 {
		return n.Weight(name, t.Shape...)
	}
	return n.Reshape(n.Weight(name, t.Shape...), name+".row", -1)
}
