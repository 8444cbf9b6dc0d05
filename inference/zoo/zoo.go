// Package zoo turns weight files into ONNX graphs: it tells the family of a network from
// the names and shapes of its weights, has the family build the graph, and takes over what
// the file and those beside it say of labels, size and operating points.
//
// The core function is [Import]. Weight files are read by inference/zoo/checkpoint, families
// are written with inference/zoo/family and live in inference/zoo/convolutional and
// inference/zoo/transformer. It draws the weights of networks that training begins from
// nothing, too ([Init]).
package zoo

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/inference/zoo/checkpoint"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// The errors by which an import fails, those of package checkpoint.
var (
	ErrDamaged = checkpoint.ErrDamaged // a file that is not what it claims to be
	ErrRefused = checkpoint.ErrRefused // a well-formed file with something in it that is not built
)

// Options say what a weight file does not say of itself.
type Options struct {
	Arch     string   // name of a family, to check what was recognised; "" accepts any
	Input    int      // edge of the square picture; 0 means the file's own, else 224
	Weights  string   // which of several networks: a part of the path to its weights; "." for names without one
	Families Registry // that there are to know a file by; nil is Families
	Labels   bool     // labels will be given for all outputs: those without a name in the file stay
	Classes  int      // how many labels: a tower without a classifier gets a last layer for so many; 0 for none
	Texts    *Texts   // what makes a tower without a classifier one; nil for none
}

// Normalisations that networks were trained with.
const (
	ImageNet = "imagenet" // three channels, (v/max - mean)/std
	XRV      = "xrv"      // one channel, (2 v/max - 1) * 1024, centre crop
)

// Result is an imported network and what is known about it.
type Result struct {
	Model      *graph.Model
	Format     string            // of the file: "ONNX", "PyTorch zip", "PyTorch legacy", "safetensors"
	Family     string            // such as "resnet50"; "" for ONNX
	Classes    int               // 0 when not known
	Channels   int               // of the picture; 0 when not known
	Input      int               // edge of the square picture in pixels; 0 for ONNX
	Normalise  string            // a guess from the channels: ImageNet or XRV, "" when there is none
	Stated     string            // the normalisation that lies beside the weights, as prep.ParseNormalisation reads it; "" for none
	Untrained  bool              // its last layer is new: scores mean nothing before it is trained
	Library    bool              // it is TorchXRayVision's, by its class or the operating points beside it
	Labels     []string          // nil when the file has none
	Thresholds []float64         // probabilities by class, NaN for none; nil when the file has none
	Extra      []string          // tensors that the network does without, see Notes
	Notes      []message.Message // for the card, one sentence each
}

// Import reads a weight file or an ONNX model. A PyTorch or safetensors file
// must be of a family that the zoo knows; the graph then ends in logits, in
// values named "image" and "logits", the batch size a symbol.
func Import(path string, o Options) (*Result, error) {
	isONNX, err := looksLikeONNX(path)
	if err != nil {
		return nil, message.Errorf("import: %w", err)
	}
	var r *Result
	if isONNX {
		r, err = importONNX(path)
	} else {
		r, err = importWeights(path, o)
	}
	if err != nil {
		return nil, message.Errorf("import %s: %w", path, err)
	}
	return r, nil
}

// looksLikeONNX tells whether a file begins as a serialised ModelProto does:
// with field 1, the IR version, or a later top-level field.
func looksLikeONNX(path string) (bool, error) {
	f, err := regular.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [9]byte
	n, err := f.ReadAt(head[:], 0)
	if n == 0 {
		return false, message.Errorf("%w: %s is empty or unreadable (%w)", ErrDamaged, path, err)
	}
	return head[0] == 0x08 && !(n > 8 && head[8] == '{'), nil
}

// importONNX reads a graph with all its weights. What goes in and what comes out
// is not worked out here: see inference.Source.Describe.
func importONNX(path string) (*Result, error) {
	m, err := graph.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := m.Inline(); err != nil {
		return nil, err
	}
	if err := normal.Apply(m); err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	r := &Result{Model: m, Format: "ONNX"}
	if in, err := classifier.PictureInput(m); err == nil {
		r.Channels = int(in.Channels)
	}
	if h, err := classifier.FindHead(m); err == nil {
		r.Classes = int(h.Classes)
	}
	return r, nil
}

func guessNormalise(channels int) string {
	switch channels {
	case 3:
		return ImageNet
	case 1:
		return XRV
	}
	return ""
}

func importWeights(path string, o Options) (*Result, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	var r *Result
	beside, err := checkpoint.ReadConfig(path)
	if err == nil {
		r, err = fromCheckpoint(c, beside, o)
	}
	if cerr := c.Close(); err == nil && cerr != nil {
		return nil, cerr
	}
	return r, err
}

func fromCheckpoint(c *checkpoint.File, beside checkpoint.Config, o Options) (*Result, error) {
	chosen, others, err := choose(c, o)
	if err != nil {
		return nil, err
	}
	m := graph.NewModel("main_graph", builtOpset)
	n := family.NewNet(m.Graph, chosen.tensors(c), chosen.modules(c))
	n.Config, n.Edge = beside, int64(cmp.Or(o.Input, int(beside.Image), 224))
	name := chosen.Build(n)
	if what := n.Unknown(); !what.IsZero() {
		return nil, message.Errorf("%w: the weights are those of %s; export the model to ONNX", ErrRefused, what)
	}
	if err := n.Complete(); err != nil {
		return nil, message.Errorf("as %s: %w", name, err)
	}
	if o.Arch != "" && o.Arch != name {
		return nil, message.Errorf("%w: the weights are those of %s, not of %s", ErrRefused, name, o.Arch)
	}
	if err := finishTower(n, o); err != nil {
		return nil, message.Errorf("as %s: %w", name, err)
	}
	r := &Result{Model: m, Format: c.Format, Family: name, Stated: cmp.Or(beside.Normalise(), n.Stated), Notes: n.Notes}
	said := libraryOf(c, chosen, name, n.Shape(chosen.Stem, 4)[1])
	if r.Input = cmp.Or(o.Input, said.input, int(n.Edge)); o.Input == 0 && said.input != 0 {
		r.Notes = append(r.Notes, said.why)
	}
	if int64(r.Input) != n.Edge && n.Edge != 0 && said.input == 0 {
		return nil, message.Errorf("%w: as %s: its weights are for pictures of %d x %d; leave --input out", ErrRefused,
			name, n.Edge, n.Edge)
	}
	r.fromTower(n, o)
	if err := r.finish(n, chosen.Family); err != nil {
		return nil, message.Errorf("as %s: %w", name, err)
	}
	if len(others) > 0 {
		r.Notes = append(r.Notes, message.Of("The file holds %d networks; this is %s.", len(others)+1, chosen.root()))
	}
	if err := r.leftovers(c, chosen, others, n, said); err != nil {
		return nil, message.Errorf("as %s: %w", name, err)
	}
	if r.Labels = beside.ClassNames(r.Classes); o.Texts != nil {
		r.Labels = o.Texts.Labels
	}
	return r, r.fromLibrary(said, n, o)
}

// fromTower notes what a last layer that the file did not have comes from.
func (r *Result) fromTower(n *family.Net, o Options) {
	switch {
	case n.Embedding == "":
	case o.Texts != nil:
		r.Notes = append(r.Notes, message.Of("A tower that sees, made a classifier by text embeddings: zero-shot, never trained for these classes."))
	default:
		r.Untrained = true
		r.Notes = append(r.Notes, message.Of("The file has no classifier: the last layer is new and says 0.5 of everything until it is trained (cxr train --recipe head)."))
	}
}

// leftovers refuses a file with weights that the network has no place for: it is
// another network. What training keeps beside a network is noted.
func (r *Result) leftovers(c *checkpoint.File, chosen candidate, others []candidate, n *family.Net, said library) error {
	var unknown []string
	reasons := make(map[string]int)
	for _, t := range c.Tensors {
		short, ok := strings.CutPrefix(t.Name, chosen.prefix)
		if ok && n.Used(chosen.Canonical(short)) || t == said.thresholds {
			continue
		}
		switch why := explained(t, chosen, others, n.Used); {
		case why == "":
			unknown = append(unknown, t.Name)
		case why == otherNetwork:
			reasons[why]++
		case !strings.HasSuffix(t.Name, "num_batches_tracked"):
			r.Extra = append(r.Extra, t.Name)
			reasons[why]++
		}
	}
	if len(unknown) > 0 {
		return message.Errorf("%w: the file has %d weights that this network has no place for: %s; it is another network: export it to ONNX",
			ErrRefused, len(unknown), family.Some(unknown))
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		r.Notes = append(r.Notes, message.Of("Not used: %d tensors, %s.", reasons[why], message.Of(why)))
	}
	return nil
}

// builtOpset is the operator set of the graphs that we build.
const builtOpset = 17

// finish declares input and output and lets shape inference check every layer
// against the next.
func (r *Result) finish(n *family.Net, fam *family.Family) error {
	stem := n.Shape(fam.Stem, 4)
	size := graph.FixedDim(int64(r.Input))
	n.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, graph.SymbolDim("batch"),
		graph.FixedDim(stem[1]), size, size)}
	shapes, err := shape.Infer(r.Model)
	if err != nil {
		return err
	}
	out, ok := shapes.Static("logits")
	if dims, known := shapes.Dims("logits"); !ok && known && len(dims) == 2 && dims[1].Known {
		out, ok = []int64{-1, dims[1].Value}, true
	}
	if !ok || len(out) != 2 {
		return message.Errorf("%w: the layers do not fit together", ErrRefused)
	}
	n.Graph.Outputs = []*graph.ValueInfo{graph.NewValueInfo("logits", graph.Float, graph.SymbolDim("batch"),
		graph.FixedDim(out[1]))}
	r.Classes, r.Channels = int(out[1]), int(stem[1])
	r.Normalise = guessNormalise(r.Channels)
	return r.Model.Check()
}
