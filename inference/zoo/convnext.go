package zoo

import (
	"fmt"

	"hilum/inference/graph"
)

// ConvNeXt is ConvNeXt (Liu et al. 2022) and ConvNeXt V2 (Woo et al. 2023) of timm,
// torchvision, transformers and the authors.
func ConvNeXt() Family {
	return Family{
		Name: "ConvNeXt", Signature: []string{"stages.0.blocks.0.conv_dw.weight", "stages.0.blocks.0.mlp.fc1.weight",
			"stem.1.weight", "stem.0.weight"},
		Stem: "stem.0.weight", Build: convNeXt, Rename: func(name string) string { return renamed(name, convNeXtNames) },
	}
}

// convNeXtNames turn the keys of the others into timm's.
var convNeXtNames = renamings(
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

func convNeXt(n *Net) string {
	x := n.normOfMaps(n.patches("image", "stem.0"), "stem.1", convNeXtEps)
	var depth []int
	for s := 0; n.count("stages.%d.", s) > 0; s++ {
		p := fmt.Sprintf("stages.%d", s)
		if n.has(p + ".downsample.1.weight") {
			x = n.patches(n.normOfMaps(x, p+".downsample.0", convNeXtEps), p+".downsample.1")
		}
		blocks := n.count(p+".blocks.%d.", 0)
		depth = append(depth, blocks)
		for b := range blocks {
			x = n.convNeXtBlock(x, fmt.Sprintf("%s.blocks.%d", p, b))
		}
		n.width = n.sizes(fmt.Sprintf("%s.blocks.0.mlp.fc2.weight", p))[0]
	}
	pooled := n.flatten(n.globalPool(x, "pool"), "flatten")
	if n.has("head.norm.weight") {
		pooled = n.layerNorm(pooled, "head.norm", n.config.eps(convNeXtEps))
	}
	n.classify(pooled, "head.fc")
	return convNeXtName(n, depth)
}

func convNeXtName(n *Net, depth []int) string {
	name := "convnext"
	if n.has("stages.0.blocks.0.mlp.grn.weight") {
		name += "v2"
	}
	for _, d := range depth {
		name += fmt.Sprintf("_%d", d)
	}
	return fmt.Sprintf("%s_width%d", name, n.shape("stem.0.weight", 4)[0])
}

// normOfMaps normalises the channels of maps [N, C, h, w].
func (n *Net) normOfMaps(x, prefix string, eps float32) string {
	y := n.layerNorm(n.transpose(x, prefix+".last", 0, 2, 3, 1), prefix, eps)
	return n.transpose(y, prefix+".first", 0, 3, 1, 2)
}

// convNeXtBlock mixes places by channel, then channels by place.
func (n *Net) convNeXtBlock(x, p string) string {
	s := n.shape(p+".conv_dw.weight", 4)
	y := n.conv(x, p+".conv_dw", window{stride: 1, pad: s[2] / 2, groups: s[0]})
	y = n.layerNorm(n.transpose(y, p+".last", 0, 2, 3, 1), p+".norm", convNeXtEps)
	y = n.activate(n.dense(y, p+".mlp.fc1"), p+".mlp.act", gelu)
	if n.has(p + ".mlp.grn.weight") {
		y = n.responseNorm(y, p+".mlp.grn")
	}
	y = n.scaledBy(n.dense(y, p+".mlp.fc2"), p+".gamma")
	return n.add2(x, n.transpose(y, p+".first", 0, 3, 1, 2), p)
}

// responseNorm weights each channel of [N, h, w, C] by its norm over the places, relative
// to that of the others (Woo et al. 2023).
func (n *Net) responseNorm(x, p string) string {
	norm := n.op("ReduceL2", p+".norm", []string{x}, graph.IntsAttr("axes", 1, 2), graph.IntAttr("keepdims", 1))
	mean := n.op("ReduceMean", p+".mean", []string{norm}, graph.IntsAttr("axes", -1), graph.IntAttr("keepdims", 1))
	y := n.op("Div", p+".relative", []string{norm, n.add2(mean, n.number("small", 1e-6), p+".mean.above")})
	y = n.add2(n.scaledBy(n.op("Mul", p+".product", []string{x, y}), p+".weight"), n.row(p+".bias"), p+".shifted")
	return n.add2(x, y, p)
}

// row adds a tensor as one of a single axis.
func (n *Net) row(name string) string {
	t := n.tensors[name]
	if t == nil {
		n.missing = append(n.missing, name)
		return name
	}
	if len(t.Shape) == 1 {
		return n.weight(name, t.Shape...)
	}
	return n.reshape(n.weight(name, t.Shape...), name+".row", -1)
}
