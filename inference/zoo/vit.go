package zoo

import (
	"fmt"
	"regexp"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// ViT is the vision transformer (Dosovitskiy et al. 2021) of timm, torchvision,
// transformers and DINOv2, with class, distillation and register tokens (Darcet et al.
// 2024), and the towers of CLIP and SigLIP.
func ViT() Family {
	return Family{
		Name: "ViT", Signature: []string{"blocks.0.norm1.weight", "blocks.0.attn.proj.weight", "patch_embed.proj.weight"},
		Stem: "patch_embed.proj.weight", Build: vit, Rename: vitName,
	}
}

// renaming turns a part of a key into another.
type renaming struct {
	from *regexp.Regexp
	to   string
}

func renamings(pairs ...string) []renaming {
	var out []renaming
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, renaming{regexp.MustCompile(pairs[i]), pairs[i+1]})
	}
	return out
}

func renamed(name string, list []renaming) string {
	for _, r := range list {
		name = r.from.ReplaceAllString(name, r.to)
	}
	return name
}

// vitNames turn the keys of transformers and torchvision into timm's.
var vitNames = renamings(
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

func vitName(name string) string { return renamed(name, vitNames) }

// vitForm is in whose form a transformer's weights are.
type vitForm int

const (
	timmForm vitForm = iota
	huggingForm
	clipForm // CLIP and SigLIP in transformers
)

// form is told from the key of the first convolution.
func (n *Net) form() vitForm {
	t := n.tensors["patch_embed.proj.weight"]
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
	*Net
	form   vitForm
	width  int64
	grid   int64 // edge, in patches
	prefix int64 // tokens before those of the patches
	eps    float32
	act    string
}

func vit(n *Net) string {
	s := n.shape("patch_embed.proj.weight", 4)
	v := &transformer{Net: n, form: n.form(), width: s[0]}
	v.custom()
	x := v.embed(s[2])
	if n.has("norm_pre.weight") {
		x = n.layerNorm(x, "norm_pre", v.eps)
	}
	depth := n.count("blocks.%d.", 0)
	for i := range depth {
		x = v.block(x, fmt.Sprintf("blocks.%d", i))
	}
	n.width = v.width
	v.head(x)
	return v.name(depth, s[2])
}

// custom sets what weights do not tell: epsilon and activation, by the configuration or
// by the form's custom.
func (v *transformer) custom() {
	cls := v.has("cls_token")
	eps, act := 1e-6, gelu
	switch {
	case v.form == huggingForm && !v.has("blocks.0.ls1.gamma"):
		eps = 1e-12
	case v.form == clipForm && cls:
		eps, act = 1e-5, quickGelu
	case v.form == clipForm:
		act = geluTanh
	case v.has("norm_pre.weight"): // timm's CLIP
		eps = 1e-5
	}
	if strings.Contains(v.config.Arch, "quickgelu") {
		act = quickGelu
	}
	if v.form == timmForm && v.has("attn_pool.latent") && v.width == 1152 {
		act = geluTanh
	}
	if v.config.Activation != "" {
		act = v.config.Activation
	}
	v.eps, v.act = v.config.eps(eps), act
}

// embed makes tokens of patches, puts those before them that are no places, and adds
// positions.
func (v *transformer) embed(patch int64) string {
	const conv = "patch_embed.proj"
	x := v.patches("image", conv)
	x = v.transpose(v.reshape(x, "patch_embed.flat", 0, v.width, -1), "patch_embed", 0, 2, 1)
	var first []string
	for _, t := range []string{"cls_token", "dist_token"} {
		if v.has(t) {
			first = append(first, t)
		}
	}
	positions, w := v.tensors["pos_embed"], int64(0)
	if positions == nil || len(positions.Shape) < 2 {
		v.missing = append(v.missing, "pos_embed")
		return x
	}
	w = positions.Shape[len(positions.Shape)-2]
	pos := v.reshape(v.weight("pos_embed", positions.Shape...), "positions", 1, w, v.width)
	alone := w - int64(len(first))
	v.grid = edgeOf(alone)
	late := v.grid == 0 // positions are those of the patches alone
	if late {
		v.grid = edgeOf(w)
	}
	if v.grid == 0 {
		v.unknown = message.Of("a transformer of %d positions, which are no square", w)
	}
	v.edge = v.grid * patch
	if late {
		x = v.add2(x, pos, "embedded")
	}
	if !v.has("reg_token") || late {
		if v.has("reg_token") {
			first = append(first, "reg_token")
		}
		x = v.prepend(x, first)
		if !late {
			x = v.add2(x, pos, "embedded")
		}
		return x
	}
	// registers have no positions and stand between the class token and the patches
	x = v.add2(v.prepend(x, first), pos, "embedded")
	k := v.prefix
	head, tail := v.slice(x, "class_token", 1, 0, k, 1), v.slice(x, "patches", 1, k, k+v.grid*v.grid, 1)
	return v.op("Concat", "tokens", []string{head, v.prepend(tail, []string{"reg_token"})}, graph.IntAttr("axis", 1))
}

// patches is a convolution whose stride is its kernel.
func (n *Net) patches(x, prefix string) string {
	s := n.shape(prefix+".weight", 4)
	in := []string{x, n.weight(prefix+".weight", s[0], s[1], s[2], s[2])}
	if n.has(prefix + ".bias") {
		in = append(in, n.weight(prefix+".bias", s[0]))
	}
	return n.op("Conv", prefix, in, graph.IntsAttr("kernel_shape", s[2:]...), graph.IntsAttr("strides", s[2:]...))
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
		t := v.tensors[name]
		k := t.Len() / max(v.width, 1)
		w := v.reshape(v.weight(name, t.Shape...), name+".token", 1, k, v.width)
		parts = append(parts, v.forEach(w, name, x, k, v.width))
		v.prefix += k
	}
	return v.op("Concat", names[0]+".joined", append(parts, x), graph.IntAttr("axis", 1))
}

// block is attention and a perceptron, each behind a normalisation.
func (v *transformer) block(x, p string) string {
	y := v.attention(v.layerNorm(x, p+".norm1", v.eps), p+".attn", v.width)
	x = v.add2(x, v.scaledBy(y, p+".ls1.gamma"), p+".attended")
	y = v.mlp(v.layerNorm(x, p+".norm2", v.eps), p+".mlp", v.act)
	return v.add2(x, v.scaledBy(y, p+".ls2.gamma"), p)
}

// token is one of the tokens before the patches.
func (v *transformer) token(x string, i int64) string {
	at := v.constant(graph.NewInts("token", []int64{i}))
	return v.op("Gather", fmt.Sprintf("token_%d", i), []string{x, at}, graph.IntAttr("axis", 1))
}

// meanPatch is the mean of the patches' tokens.
func (v *transformer) meanPatch(x string) string {
	if v.prefix > 0 {
		x = v.slice(x, "places", 1, v.prefix, v.prefix+v.grid*v.grid, 1)
	}
	return v.meanOf(x, "mean", 1)
}

// head gathers the tokens into one value of each picture, as each library does, and
// applies the last layer.
func (v *transformer) head(x string) {
	v.ignore("pooler")     // of ViTModel: what no classifier reads
	v.ignore("mask_token") // of pretraining
	classifies := v.has("head.weight")
	if v.form == clipForm && classifies && v.has("cls_token") { // CLIPForImageClassification
		v.ignore("norm")
		v.ignore("projection")
		v.classify(v.meanPatch(x), "head")
		return
	}
	if v.has("fc_norm.weight") {
		v.classify(v.layerNorm(v.meanPatch(x), "fc_norm", v.eps), "head")
		return
	}
	if v.has("norm.weight") {
		x = v.layerNorm(x, "norm", v.eps)
	}
	switch {
	case v.form == clipForm && classifies: // SiglipForImageClassification
		v.ignore("attn_pool")
		v.classify(v.meanPatch(x), "head")
	case v.has("attn_pool.latent"):
		v.classify(v.attentionPool(x), "head")
	case !v.has("cls_token"):
		v.classify(v.meanPatch(x), "head")
	case v.has("head_dist.weight"):
		a := v.linear(v.token(x, 0), "head", "logits_class")
		b := v.linear(v.token(x, 1), "head_dist", "logits_distilled")
		v.op("Mul", "logits", []string{v.add2(a, b, "logits_sum"), v.number("half", .5)})
	case v.sizes("head.weight")[1] == 2*v.width && v.width > 0: // Dinov2ForImageClassification
		v.classify(v.op("Concat", "both", []string{v.token(x, 0), v.meanPatch(x)}, graph.IntAttr("axis", 1)), "head")
	case v.has("projection.weight"): // CLIP's tower with what takes it to the texts
		v.Net.width = v.sizes("projection.weight")[0]
		v.embedding = v.linear(v.token(x, 0), "projection", "features")
	default:
		v.classify(v.token(x, 0), "head")
	}
}

// attentionPool asks all tokens with one learnt query, SigLIP's way.
func (v *transformer) attentionPool(x string) string {
	const p = "attn_pool"
	t := v.tensors[p+".latent"]
	q := v.forEach(v.weight(p+".latent", t.Shape...), p, x, 1, v.width)
	var k, val string
	if v.has(p + ".in_proj.weight") {
		for i, name := range []string{".q", ".k", ".v"} {
			v.part(p, name, int64(i))
		}
		q, k, val = v.dense(q, p+".q"), v.dense(x, p+".k"), v.dense(x, p+".v")
	} else {
		q = v.dense(q, p+".q")
		both := v.dense(x, p+".kv")
		k, val = v.slice(both, p+".k", -1, 0, v.width, 1), v.slice(both, p+".v", -1, v.width, 2*v.width, 1)
	}
	y := v.dense(v.attend(q, k, val, p, v.width), p+".proj")
	y = v.add2(y, v.mlp(v.layerNorm(y, p+".norm", v.eps), p+".mlp", v.act), p+".pooled")
	return v.reshape(y, p+".feature", 0, v.width)
}

// part makes a third of a joined projection a tensor of its own.
func (v *transformer) part(p, name string, i int64) {
	for _, kind := range []string{"weight", "bias"} {
		t := v.tensors[p+".in_proj."+kind]
		if t == nil {
			v.missing = append(v.missing, p+".in_proj."+kind)
			continue
		}
		third := *t
		third.Shape = append([]int64{t.Shape[0] / 3}, t.Shape[1:]...)
		third.offset += i * third.Shape[0] * t.stride[0]
		v.tensors[p+name+"."+kind] = &third
		v.used[p+".in_proj."+kind] = true
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
