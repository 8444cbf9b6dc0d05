package zoo

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"hilum/inference/graph"
)

// Options say what a weight file does not say of itself.
type Options struct {
	Arch  string // name of a family, to check what was recognised; "" accepts any
	Input int    // edge of the square picture; 0 means 224
}

// Normalisations that networks were trained with.
const (
	ImageNet = "imagenet" // three channels, (v/max - mean)/std
	XRV      = "xrv"      // one channel, (2 v/max - 1) * 1024, centre crop
)

// Result is an imported network and what is known about it.
type Result struct {
	Model      *graph.Model
	Format     string    // of the file: "ONNX", "PyTorch zip", "PyTorch legacy", "safetensors"
	Family     string    // such as "resnet50"; "" for ONNX
	Classes    int       // 0 when not known
	Channels   int       // of the picture; 0 when not known
	Normalise  string    // a guess from the channels: ImageNet or XRV, "" when there is none
	Labels     []string  // nil when the file has none
	Thresholds []float64 // probabilities by class, NaN for none; nil when the file has none
	Extra      []string  // tensors of the file that the network does not use
	Notes      []string  // for the card, one sentence each
}

// Import reads a weight file or an ONNX model. A PyTorch or safetensors file
// must be of a family that the zoo knows; the graph then ends in logits, in
// values named "image" and "logits", the batch size a symbol.
func Import(path string, o Options) (*Result, error) {
	isONNX, err := looksLikeONNX(path)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	var r *Result
	if isONNX {
		r, err = importONNX(path)
	} else {
		r, err = importWeights(path, o)
	}
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", path, err)
	}
	return r, nil
}

// looksLikeONNX tells whether a file begins as a serialised ModelProto does:
// with field 1, the IR version, or a later top-level field.
func looksLikeONNX(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [9]byte
	n, err := f.ReadAt(head[:], 0)
	if n == 0 {
		return false, fmt.Errorf("%w: %s is empty or unreadable (%w)", ErrDamaged, path, err)
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
	if err := m.NormalForm(); err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	r := &Result{Model: m, Format: "ONNX"}
	if in, err := graph.PictureInput(m); err == nil {
		r.Channels = int(in.Channels)
	}
	if h, err := graph.FindHead(m); err == nil {
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
	c, err := OpenCheckpoint(path)
	if err != nil {
		return nil, err
	}
	r, err := fromCheckpoint(c, o)
	if cerr := c.Close(); err == nil && cerr != nil {
		return nil, cerr
	}
	return r, err
}

func fromCheckpoint(c *Checkpoint, o Options) (*Result, error) {
	fam, prefix, err := recognise(c)
	if err != nil {
		return nil, err
	}
	if o.Input == 0 {
		o.Input = 224
	}
	m := graph.NewModel("main_graph", builtOpset)
	tensors := make(map[string]*Tensor, len(c.Tensors))
	for _, t := range c.Tensors {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok {
			tensors[fam.rename(name)] = t
		}
	}
	n := newNet(m.Graph, tensors)
	name := fam.build(n)
	if err := n.complete(); err != nil {
		return nil, fmt.Errorf("as %s: %w", name, err)
	}
	if o.Arch != "" && o.Arch != name {
		return nil, fmt.Errorf("%w: the weights are those of %s, not of %s", ErrRefused, name, o.Arch)
	}
	r := &Result{Model: m, Format: c.Format, Family: name}
	if err := r.finish(n, fam, o.Input); err != nil {
		return nil, fmt.Errorf("as %s: %w", name, err)
	}
	r.fromLibrary(c, n)
	for _, t := range c.Tensors {
		if short, ok := strings.CutPrefix(t.Name, prefix); !ok || !n.used[fam.rename(short)] {
			r.Extra = append(r.Extra, t.Name)
		}
	}
	return r, nil
}

// builtOpset is the operator set of the graphs that we build.
const builtOpset = 17

// listed is how many names an error lists.
const listed = 12

// complete lists what the checkpoint lacks.
func (n *net) complete() error {
	if n.err != nil {
		return n.err
	}
	var errs []error
	for i, list := range [][]string{n.missing, n.wrong} {
		if len(list) > 0 {
			errs = append(errs, fmt.Errorf("%w: %d weights %s: %s", ErrRefused, len(list),
				[]string{"are missing", "have the wrong shape"}[i], some(list)))
		}
	}
	return errors.Join(errs...)
}

func some(list []string) string {
	text := strings.Join(list[:min(len(list), listed)], ", ")
	if len(list) > listed {
		text += fmt.Sprintf(" and %d more", len(list)-listed)
	}
	return text
}

// finish declares input and output and lets shape inference check every layer
// against the next.
func (r *Result) finish(n *net, fam *family, edge int) error {
	stem := n.shape(fam.stem, 4)
	size := graph.FixedDim(int64(edge))
	n.g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, graph.SymbolDim("batch"), graph.FixedDim(stem[1]), size, size)}
	shapes, err := r.Model.InferShapes()
	if err != nil {
		return err
	}
	out, ok := shapes.Static("logits")
	if dims, known := shapes.Dims("logits"); !ok && known && len(dims) == 2 && dims[1].Known {
		out, ok = []int64{-1, dims[1].Value}, true
	}
	if !ok || len(out) != 2 {
		return fmt.Errorf("%w: the layers do not fit together", ErrRefused)
	}
	n.g.Outputs = []*graph.ValueInfo{graph.NewValueInfo("logits", graph.Float, graph.SymbolDim("batch"), graph.FixedDim(out[1]))}
	r.Classes, r.Channels = int(out[1]), int(stem[1])
	r.Normalise = guessNormalise(r.Channels)
	return r.Model.Check()
}

// fromLibrary takes over what a TorchXRayVision model says of itself.
func (r *Result) fromLibrary(c *Checkpoint, n *net) {
	if len(c.Targets) == r.Classes {
		r.Labels = slices.Clone(c.Targets)
	}
	t := n.tensors["op_threshs"]
	if t == nil || t.Len() != int64(r.Classes) {
		return
	}
	v, err := t.Floats()
	if err != nil {
		return
	}
	n.used["op_threshs"] = true
	var note string
	r.Thresholds, note = operatingPoints(v)
	r.Notes = append(r.Notes, note)
}

// operatingPoints turns TorchXRayVision's op_threshs into thresholds of the
// probability. A calibration script that applied the sigmoid to values that
// were probabilities already leaves thresholds between sigmoid(0) and
// sigmoid(1), all of them; logit(t) undoes that.
func operatingPoints(v []float32) (thresholds []float64, note string) {
	twice, some := true, false
	for _, x := range v {
		t := float64(x)
		thresholds = append(thresholds, t)
		if !math.IsNaN(t) {
			some = true
			twice = twice && t >= .5 && t <= 1/(1+math.Exp(-1))
		}
	}
	if !some || !twice {
		return thresholds, "Thresholds are the operating points stored with the weights."
	}
	for i, t := range thresholds {
		thresholds[i] = math.Log(t / (1 - t))
	}
	return thresholds, "Thresholds are logit(t) of the stored operating points, which all lie between 0.5 and 0.731: they were computed with the sigmoid applied twice."
}
