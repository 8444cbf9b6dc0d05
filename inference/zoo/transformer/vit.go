// Package transformer holds the families of networks that look at a picture as tokens: the
// vision transformers with the towers of CLIP and SigLIP ([ViT]), and those of shifted windows
// ([Swin]). It imports inference/zoo/family for what all of them are written with.
package transformer

import (
	"fmt"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// ViT is the vision transformer (Dosovitskiy et al. 2021) of timm, torchvision,
// transformers and DINOv2, with class, distillation and register tokens (Darcet et al.
// 2024), and the towers of CLIP and SigLIP.
func ViT() family.Family {
	return family.Family{
		Name: "ViT", Signature: []string{"blocks.0.norm1.weight", "blocks.0.attn.proj.weight", "patch_embed.proj.weight"},
		Stem: "patch_embed.proj.weight", Build: vit, Rename: vitName,
	}
}

// vitNames turn the keys of transformers and torchvision into timm's.
var vitNames = family.Renamings(
	// the tower's own name goes, so that the last layer stands beside it
	`(^|\.)(vit|deit|dinov2|dinov2_with_registers|vision_model)\.(embeddings|encoder|layernorm|layers|pooler|pre_layrnorm|post_layernorm|head)\b`, `$1$3`,
	`(^|\.)head\.probe$`, `${1}attn_pool.latent`,
	`(^|\.)head\.attention\.in_proj_`, `${1}attn_pool.in_proj.`,
	`(^|\.)head\.attention\.out_proj\.`, `${1}attn_pool.proj.`,
	`(^|\.)head\.(layer)?norm\.`, `${1}attn_pool.norm.`,
	`(^|\.)head\.mlp\.`, `${1}attn_pool.mlp.`,
	`(^|\.)embeddings\.(cls_token|mask_token)$`, `$1$2`,
	`(^|\.)embeddings\.class_embedding$`, `${1}cls_token`,
	`(^|\.)embeddings\.distillation_token$`, `${1}dist_token`,
	`(^|\.)(embeddings\.)?register_tokens$`, `${1}reg_token`,
	`(^|\.)embeddings\.position_embeddings$`, `${1}pos_embed`,
	`(^|\.)embeddings\.position_embedding\.weight$`, `${1}pos_embed`,
	`(^|\.)embeddings\.(patch_embeddings\.projection|patch_embedding)\.`, `${1}patch_embed.proj.`,
	`(^|\.)encoder\.layers\.encoder_layer_(\d+)\.`, `${1}blocks.$2.`,
	`(^|\.)(encoder\.layers?|layers)\.(\d+)\.`, `${1}blocks.$3.`,
	`\.(attention(\.attention)?|self_attn)\.(q|k|v)(uery|ey|alue|_proj)\.`, `.attn.$3.`,
	`\.(attention\.output\.dense|attention\.o_proj|self_attn\.out_proj|self_attention\.out_proj)\.`, `.attn.proj.`,
	`\.self_attention\.in_proj_`, `.attn.qkv.`,
	`\.(layernorm_before|layer_norm1|ln_1)\.`, `.norm1.`,
	`\.(layernorm_after|layer_norm2|ln_2)\.`, `.norm2.`,
	`(blocks\.\d+)\.intermediate\.dense\.`, `$1.mlp.fc1.`,
	`(blocks\.\d+)\.output\.dense\.`, `$1.mlp.fc2.`,
	`(blocks\.\d+)\.mlp\.(0|linear_1)\.`, `$1.mlp.fc1.`,
	`(blocks\.\d+)\.mlp\.(3|linear_2)\.`, `$1.mlp.fc2.`,
	`\.layer_scale(\d)\.lambda1$`, `.ls$1.gamma`,
	`(^|\.)(layernorm|post_layernorm|encoder\.ln)\.`, `${1}norm.`,
	`(^|\.)pre_layrnorm\.`, `${1}norm_pre.`,
	`(^|\.)class_token$`, `${1}cls_token`,
	`(^|\.)conv_proj\.`, `${1}patch_embed.proj.`,
	`(^|\.)encoder\.pos_embedding$`, `${1}pos_embed`,
	`(^|\.)visual_projection\.`, `${1}projection.`,
	`(^|\.)(classifier|cls_classifier|heads\.head)\.`, `${1}head.`,
	`(^|\.)distillation_classifier\.`, `${1}head_dist.`,
)

func vitName(name string) string { return family.Renamed(name, vitNames) }

// vitForm is in whose form a transformer's weights are.
type vitForm int

const (
	timmForm vitForm = iota
	huggingForm
	clipForm // CLIP and SigLIP in transformers
)

// formOf is told from the key of the first convolution.
func formOf(n *family.Net) vitForm {
	t := n.Tensor("patch_embed.proj.weight")
	switch {
	case t == nil:
	case strings.HasSuffix(t.Name, "patch_embeddings.projection.weight"):
		return huggingForm
	case strings.HasSuffix(t.Name, "patch_embedding.weight"):
		return clipForm
	}
	return timmForm
}

// transformer is a ViT under construction.
type transformer struct {
	*family.Net
	form   vitForm
	width  int64
	grid   int64 // edge, in patches
	prefix int64 // tokens before those of the patches
	eps    float32
	act    string
}

func vit(n *family.Net) string {
	s := n.Shape("patch_embed.proj.weight", 4)
	v := &transformer{Net: n, form: formOf(n), width: s[0]}
	v.custom()
	x := v.embed(s[2])
	if n.Has("norm_pre.weight") {
		x = n.LayerNorm(x, "norm_pre", v.eps)
	}
	depth := n.Count("blocks.%d.", 0)
	for i := range depth {
		x = v.block(x, fmt.Sprintf("blocks.%d", i))
	}
	n.Width = v.width
	v.head(x)
	return v.name(depth, s[2])
}

// custom sets what weights do not tell: epsilon and activation, by the configuration or
// by the form's custom.
func (v *transformer) custom() {
	cls := v.Has("cls_token")
	eps, act := 1e-6, family.Gelu
	switch {
	case v.form == huggingForm && !v.Has("blocks.0.ls1.gamma"):
		eps = 1e-12
	case v.form == clipForm && cls:
		eps, act = 1e-5, family.QuickGelu
	case v.form == clipForm:
		act = family.GeluTanh
	case v.Has("norm_pre.weight"): // timm's CLIP
		eps = 1e-5
	}
	if strings.Contains(v.Config.Arch, "quickgelu") {
		act = family.QuickGelu
	}
	if v.form == timmForm && v.Has("attn_pool.latent") && v.width == 1152 {
		act = family.GeluTanh
	}
	if v.Config.Activation != "" {
		act = v.Config.Activation
	}
	v.eps, v.act = v.Config.Epsilon(eps), act
}

// embed makes tokens of patches, puts those before them that are no places, and adds
// positions.
func (v *transformer) embed(patch int64) string {
	const conv = "patch_embed.proj"
	x := v.Patches("image", conv)
	x = v.Transpose(v.Reshape(x, "patch_embed.flat", 0, v.width, -1), "patch_embed", 0, 2, 1)
	var first []string
	for _, t := range []string{"cls_token", "dist_token"} {
		if v.Has(t) {
			first = append(first, t)
		}
	}
	positions, w := v.Tensor("pos_embed"), int64(0)
	if positions == nil || len(positions.Shape) < 2 {
		v.Lacks("pos_embed")
		return x
	}
	w = positions.Shape[len(positions.Shape)-2]
	pos := v.Reshape(v.Weight("pos_embed", positions.Shape...), "positions", 1, w, v.width)
	alone := w - int64(len(first))
	v.grid = edgeOf(alone)
	late := v.grid == 0 // positions are those of the patches alone
	if late {
		v.grid = edgeOf(w)
	}
	if v.grid == 0 {
		v.Refuse(message.Of("a transformer of %d positions, which are no square", w))
	}
	v.Edge = v.grid * patch
	if late {
		x = v.Add(x, pos, "embedded")
	}
	if !v.Has("reg_token") || late {
		if v.Has("reg_token") {
			first = append(first, "reg_token")
		}
		x = v.prepend(x, first)
		if !late {
			x = v.Add(x, pos, "embedded")
		}
		return x
	}
	// registers have no positions and stand between the class token and the patches
	x = v.Add(v.prepend(x, first), pos, "embedded")
	k := v.prefix
	head, tail := v.Slice(x, "class_token", 1, 0, k, 1), v.Slice(x, "patches", 1, k, k+v.grid*v.grid, 1)
	return v.Op("Concat", "tokens", []string{head, v.prepend(tail, []string{"reg_token"})}, graph.IntAttr("axis", 1))
}

// edgeOf is the square root of a square, 0 of others.
func edgeOf(n int64) int64 {
	for e := int64(1); e*e <= n; e++ {
		if e*e == n {
			return e
		}
	}
	return 0
}

// prepend puts learnt tokens before others.
func (v *transformer) prepend(x string, names []string) string {
	if len(names) == 0 {
		return x
	}
	var parts []string
	for _, name := range names {
		t := v.Tensor(name)
		k := t.Len() / max(v.width, 1)
		w := v.Reshape(v.Weight(name, t.Shape...), name+".token", 1, k, v.width)
		parts = append(parts, v.ForEach(w, name, x, k, v.width))
		v.prefix += k
	}
	return v.Op("Concat", names[0]+".joined", append(parts, x), graph.IntAttr("axis", 1))
}

// block is attention and a perceptron, each behind a normalisation.
func (v *transformer) block(x, p string) string {
	y := v.Attention(v.LayerNorm(x, p+".norm1", v.eps), p+".attn", v.width)
	x = v.Add(x, v.ScaledBy(y, p+".ls1.gamma"), p+".attended")
	y = v.Mlp(v.LayerNorm(x, p+".norm2", v.eps), p+".mlp", v.act)
	return v.Add(x, v.ScaledBy(y, p+".ls2.gamma"), p)
}

// token is one of the tokens before the patches.
func (v *transformer) token(x string, i int64) string {
	at := v.Constant(graph.NewInts("token", []int64{i}))
	return v.Op("Gather", fmt.Sprintf("token_%d", i), []string{x, at}, graph.IntAttr("axis", 1))
}

// meanPatch is the mean of the patches' tokens.
func (v *transformer) meanPatch(x string) string {
	if v.prefix > 0 {
		x = v.Slice(x, "places", 1, v.prefix, v.prefix+v.grid*v.grid, 1)
	}
	return v.MeanOf(x, "mean", 1)
}

// head gathers the tokens into one value of each picture, as each library does, and
// applies the last layer.
func (v *transformer) head(x string) {
	v.Ignore("pooler")     // of ViTModel: what no classifier reads
	v.Ignore("mask_token") // of pretraining
	classifies := v.Has("head.weight")
	if v.form == clipForm && classifies && v.Has("cls_token") { // CLIPForImageClassification
		v.Ignore("norm")
		v.Ignore("projection")
		v.Classify(v.meanPatch(x), "head")
		return
	}
	if v.Has("fc_norm.weight") {
		v.Classify(v.LayerNorm(v.meanPatch(x), "fc_norm", v.eps), "head")
		return
	}
	if v.Has("norm.weight") {
		x = v.LayerNorm(x, "norm", v.eps)
	}
	switch {
	case v.form == clipForm && classifies: // SiglipForImageClassification
		v.Ignore("attn_pool")
		v.Classify(v.meanPatch(x), "head")
	case v.Has("attn_pool.latent"):
		v.Classify(v.attentionPool(x), "head")
	case !v.Has("cls_token"):
		v.Classify(v.meanPatch(x), "head")
	case v.Has("head_dist.weight"):
		a := v.Linear(v.token(x, 0), "head", "logits_class")
		b := v.Linear(v.token(x, 1), "head_dist", "logits_distilled")
		v.Op("Mul", "logits", []string{v.Add(a, b, "logits_sum"), v.Number("half", .5)})
	case v.Sizes("head.weight")[1] == 2*v.width && v.width > 0: // Dinov2ForImageClassification
		v.Classify(v.Op("Concat", "both", []string{v.token(x, 0), v.meanPatch(x)}, graph.IntAttr("axis", 1)), "head")
	case v.Has("projection.weight"): // CLIP's tower with what takes it to the texts
		v.Width = v.Sizes("projection.weight")[0]
		v.Embedding = v.Linear(v.token(x, 0), "projection", "features")
	default:
		v.Classify(v.token(x, 0), "head")
	}
}

// attentionPool asks all tokens with one learnt query, SigLIP's way.
func (v *transformer) attentionPool(x string) string {
	const p = "attn_pool"
	t := v.Tensor(p + ".latent")
	q := v.ForEach(v.Weight(p+".latent", t.Shape...), p, x, 1, v.width)
	var k, val string
	if v.Has(p + ".in_proj.weight") {
		for i, name := range []string{".q", ".k", ".v"} {
			v.part(p, name, int64(i))
		}
		q, k, val = v.Dense(q, p+".q"), v.Dense(x, p+".k"), v.Dense(x, p+".v")
	} else {
		q = v.Dense(q, p+".q")
		both := v.Dense(x, p+".kv")
		k, val = v.Slice(both, p+".k", -1, 0, v.width, 1), v.Slice(both, p+".v", -1, v.width, 2*v.width, 1)
	}
	y := v.Dense(v.Attend(q, k, val, p, v.width), p+".proj")
	y = v.Add(y, v.Mlp(v.LayerNorm(y, p+".norm", v.eps), p+".mlp", v.act), p+".pooled")
	return v.Reshape(y, p+".feature", 0, v.width)
}

// part makes a third of a joined projection a layer of its own.
func (v *transformer) part(p, name string, i int64) {
	for _, kind := range []string{"weight", "bias"} {
		v.Third(p+".in_proj."+kind, p+name+"."+kind, i)
	}
}

// name is that of timm and torchvision without the size of the picture.
func (v *transformer) name(depth int, patch int64) string {
	size := map[int64]string{192: "tiny", 384: "small", 768: "base", 1024: "large", 1152: "so400m", 1280: "huge",
		1408: "giant", 1536: "giant2"}[v.width]
	if size == "" {
		size = fmt.Sprint(v.width)
	}
	name := fmt.Sprintf("vit_%s_patch%d", size, patch)
	if usual := map[int64]int{192: 12, 384: 12, 768: 12, 1024: 24, 1152: 27, 1280: 32, 1408: 40, 1536: 40}; usual[v.width] != depth {
		name += fmt.Sprintf("_depth%d", depth)
	}
	return name
}
