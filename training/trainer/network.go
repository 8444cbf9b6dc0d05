package trainer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/inference/prep"
	"hilum/inference/zoo"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/recipe"
	"hilum/training/table"
)

// network is what training starts from: a graph that ends in the logits of the
// data set's classes, and what goes with it.
type network struct {
	name   string
	parent string // SHA-256 of the file that it was read from, "" for drawn weights
	model  *graph.Model
	spec   inference.Spec
	head   linearHead
	notes  []string
}

// linearHead is the last layer: logits = W embedding + b.
type linearHead struct {
	logits, embedding string
	weight, bias      string // initializers; bias may be ""
	classesFirst      bool   // the weight is [classes, channels(, 1, 1)], else [channels, classes]
	feature           string // the last map; "" where none is pooled into the embedding
}

// openNetwork reads or draws the network that a configuration names. parent
// stands for Config.Model where it is at hand.
func openNetwork(c Config, parent *inference.Source, classes []string) (*network, error) {
	n, err := readNetwork(c, parent, classes)
	if err != nil {
		return nil, err
	}
	if err := n.prepare(c.Recipe); err != nil {
		return nil, message.Errorf("the network %s cannot be trained: %w", n.name, err)
	}
	return n, nil
}

func readNetwork(c Config, parent *inference.Source, classes []string) (*network, error) {
	switch {
	case parent != nil:
		return fromSource(*parent)
	case c.Model != "" && c.Arch != "":
		return nil, message.New("name either a model or an architecture to train")
	case c.Model != "":
		src, err := inference.ReadSource(c.Model, "")
		if err != nil {
			return nil, err
		}
		return fromSource(src)
	case c.Arch == "" && c.Weights == "":
		return nil, message.New("name a model or an architecture to train")
	}
	return fromZoo(c, len(classes))
}

func fromSource(src inference.Source) (*network, error) {
	m, err := graph.Decode(src.ONNX)
	if err != nil {
		return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
	}
	if src.Dir != "" {
		m.SetDir(src.Dir)
	}
	if err := normal.Apply(m); err != nil {
		return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
	}
	if _, err := normal.WidenWeights(m); err != nil { // training moves whole floats
		return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
	}
	in, err := classifier.PictureInput(m)
	if err == nil && (in.ChannelsLast || in.NoBatch || in.NoChannel || in.Elem != graph.Float) {
		err = message.New("only networks that take [N, C, H, W] of 32-bit floats can be trained; export it so")
	}
	if err != nil {
		return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
	}
	base := src.Spec
	if base.Prep.Width == 0 {
		base.Prep = prepFor(int(in.Channels), cmp.Or(int(in.Width), defaultEdge), cmp.Or(int(in.Height), defaultEdge))
		if err := src.Stated.Apply(&base.Prep, int(cmp.Or(in.Channels, 3))); err != nil {
			return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
		}
	}
	n := &network{name: src.Name, model: m}
	if n.spec, _, err = inference.ReadSpec(m, base); err != nil {
		return nil, message.Errorf("cannot read the model %s: %w", src.Name, err)
	}
	sum := sha256.Sum256(src.ONNX)
	n.parent = hex.EncodeToString(sum[:])
	return n, nil
}

// defaultEdge is the picture size of networks that do not say theirs.
const defaultEdge = 224

// prepFor is the usual preprocessing of a network without metadata: ImageNet's
// for three channels, 0.5 and 0.5 for one.
func prepFor(channels, w, h int) prep.Prep {
	p := prep.ImageNetPrep(w, h)
	if channels == 1 {
		p.Channels, p.Mean, p.Std = 1, []float64{0.5}, []float64{0.5}
	}
	return p
}

func fromZoo(c Config, classes int) (*network, error) {
	edge := cmp.Or(c.Recipe.Size, defaultEdge)
	var r *zoo.Result
	var err error
	n := &network{}
	if c.Weights == "" {
		r, err = zoo.Init(zoo.InitOptions{Arch: c.Arch, Classes: classes, Input: edge, Seed: c.Seed,
			Networks: c.Networks})
		n.name = c.Arch
	} else if r, err = zoo.Import(c.Weights, zoo.Options{Arch: c.Arch, Input: edge, Families: c.Families}); err == nil {
		n.name = filepath.Base(c.Weights)
		n.parent, err = inference.HashFile(c.Weights)
	}
	if err != nil {
		return nil, err
	}
	n.model, n.spec.Classes, n.notes = r.Model, r.Labels, message.Strings(r.Notes)
	// the order of such checkpoints
	if n.spec.Classes == nil && c.Weights != "" && r.Classes == len(inference.ChestXray14()) {
		n.spec.Classes = inference.ChestXray14()
		n.notes = append(n.notes,
			"The checkpoint does not name its 14 classes; they are taken to be those of ChestX-ray14 in its order.")
	}
	n.spec.Prep = prepFor(r.Channels, edge, edge)
	if r.Normalise == zoo.XRV {
		n.spec.Prep.Lo, n.spec.Prep.Hi, n.spec.Prep.Resize = -1024, 1024, prep.CentreCrop
		n.spec.Prep.Mean, n.spec.Prep.Std = []float64{0}, []float64{1}
	}
	return n, nil
}

// prepare brings the graph into the form that training needs: pictures of the
// recipe's size, a free batch, logits as the only output, no shared weights.
func (n *network) prepare(r recipe.Recipe) error {
	if err := n.model.Inline(); err != nil {
		return err
	}
	if err := n.findHead(); err != nil {
		return err
	}
	if r.Resize != "" {
		n.spec.Prep.Resize = r.Resize
	}
	p := &n.spec.Prep
	if r.Size != 0 {
		p.Width, p.Height = r.Size, r.Size
	}
	if err := p.Check(); err != nil {
		return err
	}
	in, err := classifier.InputOf(n.model)
	if err != nil {
		return err
	}
	m, err := extract.Between(n.model, []string{in.Name}, []string{n.head.logits})
	if err != nil {
		return err
	}
	if m, err = m.Clone(); err != nil { // it is edited from here on
		return err
	}
	g := m.Graph
	g.ValueInfos, m.Props = nil, nil // sizes of other pictures and classes
	v := g.Input(in.Name)
	v.Type.Shape = []graph.Dim{graph.SymbolDim("batch"), graph.FixedDim(int64(p.Channels)),
		graph.FixedDim(int64(p.Height)), graph.FixedDim(int64(p.Width))}
	n.declareLogits(g, n.scored(g))
	g.Untie()
	if _, err := shape.Infer(m); err != nil {
		return message.Errorf("with pictures of %d x %d: %w", p.Width, p.Height, err)
	}
	n.model = m
	return nil
}

// declareLogits makes the logits the only output.
func (n *network) declareLogits(g *graph.Graph, classes int64) {
	g.Outputs = []*graph.ValueInfo{graph.NewValueInfo(n.head.logits, graph.Float, graph.SymbolDim("batch"),
		graph.FixedDim(classes))}
}

// scored is the number of classes that the last layer has.
func (n *network) scored(g *graph.Graph) int64 {
	w := g.Initializer(n.head.weight)
	if n.head.classesFirst {
		return w.Dims[0]
	}
	return w.Dims[1]
}

// image is the graph's input.
func (n *network) image() string { return n.model.Graph.Inputs[0].Name }

// findHead looks for the last linear layer.
func (n *network) findHead() error {
	h, err := classifier.FindHead(n.model)
	if err != nil {
		return err
	}
	g := n.model.Graph
	n.head = linearHead{logits: h.Logits, embedding: h.Embedding, weight: h.Weight, bias: h.Bias,
		classesFirst: h.WeightCK}
	if h.Linear {
		n.head.feature = h.Feature
	} else {
		last := g.Producers()[h.Logits]
		if last == nil || last.Op != "Gemm" || !last.IsONNX() || last.Int("transA", 0) != 0 {
			return message.Errorf("it does not end in a linear layer: %s", h.Why)
		}
		n.head.embedding, n.head.weight, n.head.bias = last.Input(0), last.Input(1), last.Input(2)
		n.head.classesFirst = last.Int("transB", 0) != 0
	}
	for _, name := range []string{n.head.weight, n.head.bias} {
		if t := g.Initializer(name); name != "" && (t == nil || t.Type != graph.Float) {
			return message.Errorf("the weights %q of its last layer are not 32-bit floats of the file", name)
		}
	}
	return nil
}

// setClasses gives the network a last layer for other classes. Classes that it
// scores already keep their weights; the others are drawn as PyTorch does, and
// begin at the log odds of their positives among the films.
func (n *network) setClasses(classes []string, c dataset.ClassCounts, seed uint64) error {
	g := n.model.Graph
	w := g.Initializer(n.head.weight)
	old, err := w.Floats()
	if err != nil {
		return err
	}
	had := int(n.scored(g))
	channels := int(w.Len()) / had
	at := func(k, ch, count int) int {
		if n.head.classesFirst {
			return k*channels + ch
		}
		return ch*count + k
	}
	var oldBias []float32
	if n.head.bias != "" {
		if oldBias, err = g.Initializer(n.head.bias).Floats(); err != nil {
			return err
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0x68656164)) // apart from every other use of the seed
	weights, bias := make([]float32, len(classes)*channels), make([]float32, len(classes))
	most := 1 / math.Sqrt(float64(channels))
	kept := 0
	for k, class := range classes {
		from := slices.IndexFunc(n.spec.Classes, func(s string) bool { return table.SameClass(s, class) })
		if from >= had || len(n.spec.Classes) != had {
			from = -1
		}
		for ch := range channels {
			drawn := float32(most * (2*rng.Float64() - 1))
			if from >= 0 {
				drawn = old[at(from, ch, had)]
			}
			weights[at(k, ch, len(classes))] = drawn
		}
		bias[k] = float32(math.Log((float64(c.Positive[k]) + 1) / (float64(c.Negative[k]) + 1)))
		if from >= 0 && oldBias != nil {
			bias[k] = oldBias[from]
		}
		if from >= 0 {
			kept++
		}
	}
	dims := slices.Clone(w.Dims)
	dims[0], dims[1] = int64(len(classes)), int64(channels)
	if !n.head.classesFirst {
		dims[0], dims[1] = dims[1], dims[0]
	}
	replaceWeight(g, graph.NewFloats(n.head.weight, weights, dims...))
	if n.head.bias != "" {
		replaceWeight(g, graph.NewFloats(n.head.bias, bias, int64(len(classes))))
	}
	n.declareLogits(g, int64(len(classes)))
	n.spec.Classes = slices.Clone(classes)
	if kept > 0 && kept < len(classes) {
		n.notes = append(n.notes, fmt.Sprintf(
			"%d of %d classes keep the weights of the parent's last layer; the others are new.", kept, len(classes)))
	}
	_, err = shape.Infer(n.model)
	return err
}

func replaceWeight(g *graph.Graph, t *graph.Tensor) {
	i := slices.IndexFunc(g.Initializers, func(o *graph.Tensor) bool { return o.Name == t.Name })
	g.Initializers[i] = t
}

// describe names the network and what was done to it, for the card.
func (n *network) describe(r recipe.Recipe) string {
	return fmt.Sprintf("Trained from %s by the recipe %s.", strings.TrimSuffix(n.name, ".onnx"), r.Name)
}
