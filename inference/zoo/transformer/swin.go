package transformer

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"hilum/inference/graph"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// Swin is the transformer of shifted windows (Liu et al. 2021) and its second version
// (Liu et al. 2022), of timm, torchvision, transformers and the authors.
func Swin() family.Family {
	return family.Family{
		Name: "Swin", Signature: []string{"layers.0.blocks.0.norm1.weight", "layers.0.blocks.0.attn.proj.weight",
			"patch_embed.norm.weight", "patch_embed.proj.weight"},
		Stem: "patch_embed.proj.weight", Build: swin, Rename: func(name string) string { return family.Renamed(name, swinNames) },
	}
}

// swinNames turn the keys of the others into timm's.
var swinNames = family.Renamings(
	`(^|\.)(swin|swinv2)\.(embeddings|encoder|layernorm)\.`, `$1$3.`,
	`(^|\.)embeddings\.patch_embeddings\.projection\.`, `${1}patch_embed.proj.`,
	`(^|\.)embeddings\.norm\.`, `${1}patch_embed.norm.`,
	`(^|\.)encoder\.layers\.`, `${1}layers.`,
	`\.attention\.(self\.)?(q|k|v)(uery|ey|alue|_proj)\.`, `.attn.$2.`,
	`\.attention\.(output\.dense|o_proj)\.`, `.attn.proj.`,
	`\.attention\.self\.continuous_position_bias_mlp\.`, `.attn.cpb_mlp.`,
	`\.attention\.(self\.|relative_position_bias\.)?(relative_position_bias_table|relative_position_index|relative_coords_table|logit_scale)$`, `.attn.$2`,
	`\.layernorm_before\.`, `.norm1.`,
	`\.layernorm_after\.`, `.norm2.`,
	`(blocks\.\d+)\.intermediate\.dense\.`, `$1.mlp.fc1.`,
	`(blocks\.\d+)\.output\.dense\.`, `$1.mlp.fc2.`,
	`(^|\.)layernorm\.`, `${1}norm.`,
	`(^|\.)(classifier|head)\.(weight|bias)$`, `${1}head.fc.$3`,
	`(^|\.)features\.0\.0\.`, `${1}patch_embed.proj.`,
	`(^|\.)features\.0\.2\.`, `${1}patch_embed.norm.`,
	`(^|\.)features\.2\.(reduction|norm)\.`, `${1}layers.1.downsample.$2.`,
	`(^|\.)features\.4\.(reduction|norm)\.`, `${1}layers.2.downsample.$2.`,
	`(^|\.)features\.6\.(reduction|norm)\.`, `${1}layers.3.downsample.$2.`,
	`(^|\.)features\.1\.`, `${1}layers.0.blocks.`,
	`(^|\.)features\.3\.`, `${1}layers.1.blocks.`,
	`(^|\.)features\.5\.`, `${1}layers.2.blocks.`,
	`(^|\.)features\.7\.`, `${1}layers.3.blocks.`,
	`(blocks\.\d+)\.mlp\.0\.`, `$1.mlp.fc1.`,
	`(blocks\.\d+)\.mlp\.3\.`, `$1.mlp.fc2.`,
)

// swinEps is what all of them add to variances.
const swinEps = 1e-5

// windows is a Swin under construction.
type windows struct {
	*family.Net
	second bool // Swin V2: cosines, normalisation behind
	edge   int64
	width  int64
	eps    float32
}

func swin(n *family.Net) string {
	s := n.Shape("patch_embed.proj.weight", 4)
	w := &windows{Net: n, second: n.Has("layers.0.blocks.0.attn.logit_scale"), width: s[0], eps: n.Config.Epsilon(swinEps)}
	if s[2] == 0 {
		n.Lacks("patch_embed.proj.weight")
		return "swin"
	}
	w.edge = n.Edge / s[2]
	x := n.Transpose(n.Patches("image", "patch_embed.proj"), "patch_embed.last", 0, 2, 3, 1)
	x = n.LayerNorm(x, "patch_embed.norm", w.eps)
	behind := n.Has("layers.0.downsample.reduction.weight") // the authors merge behind a stage, timm before the next
	stages := n.Count("layers.%d.", 0)
	for i := range stages {
		p := fmt.Sprintf("layers.%d", i)
		if !behind {
			x = w.merge(x, p+".downsample")
		}
		for b := range n.Count(p+".blocks.%d.", 0) {
			x = w.block(x, fmt.Sprintf("%s.blocks.%d", p, b), b%2 == 1)
		}
		if behind {
			x = w.merge(x, p+".downsample")
		}
	}
	x = n.LayerNorm(x, "norm", w.eps)
	n.Width = w.width
	n.Classify(n.MeanOf(x, "mean", 1, 2), "head.fc")
	name := "swin"
	if w.second {
		name = "swinv2"
	}
	return fmt.Sprintf("%s_width%d_stages%d", name, s[0], stages)
}

// merge makes one place of four.
func (w *windows) merge(x, p string) string {
	if !w.Has(p + ".reduction.weight") {
		return x
	}
	if w.edge%2 != 0 {
		w.Refuse(message.Of("a Swin whose %d places cannot be halved; give another --input", w.edge))
		return x
	}
	half := w.edge / 2
	y := w.Reshape(x, p+".split", -1, half, 2, half, 2, w.width)
	y = w.Reshape(w.Transpose(y, p+".turned", 0, 1, 3, 4, 2, 5), p+".joined", -1, half, half, 4*w.width)
	w.edge = half
	w.width = w.Sizes(p + ".reduction.weight")[0]
	if w.second {
		return w.LayerNorm(w.Dense(y, p+".reduction"), p+".norm", w.eps)
	}
	return w.Dense(w.LayerNorm(y, p+".norm", w.eps), p+".reduction")
}

func (w *windows) block(x, p string, shifted bool) string {
	if w.second {
		y := w.LayerNorm(w.windowed(x, p+".attn", shifted), p+".norm1", w.eps)
		x = w.Add(x, y, p+".attended")
		return w.Add(x, w.LayerNorm(w.Mlp(x, p+".mlp", family.Gelu), p+".norm2", w.eps), p)
	}
	y := w.windowed(w.LayerNorm(x, p+".norm1", w.eps), p+".attn", shifted)
	x = w.Add(x, y, p+".attended")
	return w.Add(x, w.Mlp(w.LayerNorm(x, p+".norm2", w.eps), p+".mlp", family.Gelu), p)
}

// windowed is attention within windows of the places, shifted by half a window in every
// other block.
func (w *windows) windowed(x, p string, shifted bool) string {
	side := w.side(p)
	w.Ignore(p + ".relative_position_index") // both follow from the window
	w.Ignore(p + ".relative_coords_table")
	if side == 0 || w.edge%side != 0 {
		w.Refuse(message.Of("a Swin with windows of %d, which do not fit the %d places of an edge; give the --input that it was trained for", side, w.edge))
		return x
	}
	shift := int64(0)
	if shifted && w.edge > side {
		shift = side / 2
	}
	each, heads := w.edge/side, w.headsOf(p)
	x = w.roll(x, p+".rolled", shift)
	x = w.Reshape(x, p+".split", -1, each, side, each, side, w.width)
	x = w.Reshape(w.Transpose(x, p+".windows", 0, 1, 3, 2, 4, 5), p+".tokens", -1, side*side, w.width)
	q, k, v := w.projections(x, p)
	q, k, v = w.ByHeads(q, p+".q", heads), w.ByHeads(k, p+".k", heads), w.ByHeads(v, p+".v", heads)
	a := w.Add(w.fit(q, k, p, heads), w.positions(p, side, heads), p+".biased")
	if shift > 0 {
		a = w.Reshape(a, p+".pictures", -1, each*each, heads, side*side, side*side)
		a = w.Add(a, w.mask(side, shift), p+".masked")
		a = w.Reshape(a, p+".unmasked", -1, heads, side*side, side*side)
	}
	a = w.Op("Softmax", p+".weights", []string{a}, graph.IntAttr("axis", -1))
	y := w.Op("MatMul", p+".sum", []string{a, v})
	y = w.Dense(w.Reshape(w.Transpose(y, p+".turned", 0, 2, 1, 3), p+".joined", 0, 0, w.width), p+".proj")
	y = w.Reshape(y, p+".places", -1, each, each, side, side, w.width)
	y = w.Reshape(w.Transpose(y, p+".rows", 0, 1, 3, 2, 4, 5), p+".map", -1, w.edge, w.edge, w.width)
	return w.roll(y, p+".back", -shift)
}

// windowName is how timm names the edge of a window.
var windowName = regexp.MustCompile(`window(\d+)(to(\d+))?`)

// side is the edge of a window: from the table of positions, or what lies beside the
// weights.
func (w *windows) side(p string) int64 {
	if t := w.Tensor(p + ".relative_position_bias_table"); t != nil && len(t.Shape) == 2 {
		return (edgeOf(t.Shape[0]) + 1) / 2
	}
	if t := w.Tensor(p + ".relative_position_index"); t != nil {
		return edgeOf(edgeOf(t.Len()))
	}
	side := w.Config.Window
	if found := windowName.FindStringSubmatch(w.Config.Arch); found != nil && found[2] == "" {
		side, _ = strconv.ParseInt(found[1], 10, 32)
	}
	return min(side, w.edge)
}

// headsOf is the number of heads: a table or a scale has one column for each.
func (w *windows) headsOf(p string) int64 {
	if t := w.Tensor(p + ".logit_scale"); t != nil {
		return t.Len()
	}
	return max(w.Sizes(p + ".relative_position_bias_table")[1], 1)
}

// roll moves rows and columns round by so many.
func (w *windows) roll(x, name string, by int64) string {
	if by == 0 {
		return x
	}
	at := (by + w.edge) % w.edge
	for _, axis := range []int64{1, 2} {
		part := fmt.Sprintf("%s.%d", name, axis)
		x = w.Op("Concat", part, []string{w.Slice(x, part+".tail", axis, at, w.edge, 1),
			w.Slice(x, part+".head", axis, 0, at, 1)}, graph.IntAttr("axis", axis))
	}
	return x
}

// projections gives queries, keys and values. The second version has no bias of the keys,
// whatever the file keeps in its place.
func (w *windows) projections(x, p string) (q, k, v string) {
	if !w.second || !w.Has(p+".qkv.weight") {
		return w.Queries(x, p, w.width)
	}
	bias := make([]float32, 3*w.width)
	w.Fill(bias[:w.width], p+".q_bias", 0)
	w.Fill(bias[2*w.width:], p+".v_bias", 0)
	w.Fill(bias[:w.width], p+".qkv.bias", 0)
	w.Fill(bias[2*w.width:], p+".qkv.bias", 2*w.width)
	all := w.Op("MatMul", p+".qkv.product", []string{x, w.Turned(p + ".qkv.weight")})
	all = w.Add(all, w.Constant(graph.NewFloats(p+".qkv.bias", bias, 3*w.width)), p+".qkv")
	part := func(name string, i int64) string { return w.Slice(all, p+name, -1, i*w.width, (i+1)*w.width, 1) }
	return part(".q", 0), part(".k", 1), part(".v", 2)
}

// fit is how well keys fit queries: their products, or their cosines times a learnt scale
// of at most 100.
func (w *windows) fit(q, k, p string, heads int64) string {
	if !w.second {
		d := float64(w.width / max(heads, 1))
		q = w.Op("Mul", p+".q.scaled", []string{q, w.Number("scale", 1/math.Sqrt(d))})
		return w.Op("MatMul", p+".fit", []string{q, w.Transpose(k, p+".k.turned", 0, 1, 3, 2)})
	}
	unit := func(x, name string) string {
		return w.Op("LpNormalization", p+name, []string{x}, graph.IntAttr("axis", -1), graph.IntAttr("p", 2))
	}
	a := w.Op("MatMul", p+".cosine", []string{unit(q, ".q.unit"), w.Transpose(unit(k, ".k.unit"), p+".k.turned", 0, 1, 3, 2)})
	scale := make([]float32, heads)
	w.Fill(scale, p+".logit_scale", 0)
	for i, v := range scale {
		scale[i] = float32(math.Exp(math.Min(float64(v), math.Log(100))))
	}
	return w.Op("Mul", p+".fit", []string{a, w.Constant(graph.NewFloats(p+".scale", scale, 1, heads, 1, 1))})
}

// positions is what the places of a window relative to each other add: of a table, or
// computed from distances by a small network (Liu et al. 2022, section 3.3).
func (w *windows) positions(p string, side, heads int64) string {
	index := relativeIndex(side)
	if !w.second {
		rows := (2*side - 1) * (2*side - 1)
		table := w.Weight(p+".relative_position_bias_table", rows, heads)
		at := w.Constant(graph.NewInts(fmt.Sprintf("places_%d", side), index, int64(len(index))))
		b := w.Op("Gather", p+".bias.of", []string{table, at}, graph.IntAttr("axis", 0))
		b = w.Transpose(w.Reshape(b, p+".bias.pairs", side*side, side*side, heads), p+".bias.heads", 2, 0, 1)
		return w.Reshape(b, p+".bias", 1, heads, side*side, side*side)
	}
	table := w.distances(p, side, heads)
	bias := make([]float32, heads*int64(len(index)))
	for h := range heads {
		for i, at := range index {
			bias[h*int64(len(index))+int64(i)] = table[at*heads+h]
		}
	}
	return w.Constant(graph.NewFloats(p+".bias", bias, 1, heads, side*side, side*side))
}

// distances is 16 sigmoid(MLP(d)) for every pair of distances d, on a logarithmic scale.
func (w *windows) distances(p string, side, heads int64) []float32 {
	hidden := w.Sizes(p + ".cpb_mlp.0.weight")[0]
	first, shift := make([]float32, 2*hidden), make([]float32, hidden)
	last := make([]float32, heads*hidden)
	for name, to := range map[string][]float32{".cpb_mlp.0.weight": first, ".cpb_mlp.0.bias": shift, ".cpb_mlp.2.weight": last} {
		if !w.Has(p + name) {
			w.Lacks(p + name)
		}
		w.Fill(to, p+name, 0)
	}
	scaled := func(d int64) float64 {
		x := 8 * float64(d) / math.Max(float64(side-1), 1)
		return math.Copysign(math.Log2(math.Abs(x)+1)/3, x)
	}
	var out []float32
	for dy := -side + 1; dy < side; dy++ {
		for dx := -side + 1; dx < side; dx++ {
			sums := make([]float64, heads)
			for j := range hidden {
				v := float64(first[2*j])*scaled(dy) + float64(first[2*j+1])*scaled(dx) + float64(shift[j])
				for h := range heads {
					sums[h] += math.Max(v, 0) * float64(last[h*hidden+j])
				}
			}
			for _, s := range sums {
				out = append(out, float32(16/(1+math.Exp(-s))))
			}
		}
	}
	return out
}

// relativeIndex is, for every pair of places of a window, the row of the table.
func relativeIndex(side int64) []int64 {
	var out []int64
	for a := range side * side {
		for b := range side * side {
			dy, dx := a/side-b/side+side-1, a%side-b%side+side-1
			out = append(out, dy*(2*side-1)+dx)
		}
	}
	return out
}

// unrelated keeps places from looking at each other that only the shift brought together.
const unrelated = -100

// mask has a value for each pair of places in each shifted window.
func (w *windows) mask(side, shift int64) string {
	name := fmt.Sprintf("mask_%d_%d_%d", w.edge, side, shift)
	if w.Graph.Initializer(name) != nil {
		return name
	}
	region := func(i int64) int64 {
		switch {
		case i < w.edge-side:
			return 0
		case i < w.edge-shift:
			return 1
		}
		return 2
	}
	each := w.edge / side
	var out []float32
	for at := range each * each {
		of := func(place int64) int64 {
			y, x := at/each*side+place/side, at%each*side+place%side
			return 3*region(y) + region(x)
		}
		for a := range side * side {
			for b := range side * side {
				v := float32(0)
				if of(a) != of(b) {
					v = unrelated
				}
				out = append(out, v)
			}
		}
	}
	return w.Constant(graph.NewFloats(name, out, 1, each*each, 1, side*side, side*side))
}
