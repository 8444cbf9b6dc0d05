package inference

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/inference/saliency"
	"hilum/internal/message"
)

// graph reads the source's ONNX with its external weights, in normal form.
func (s Source) graph() (*graph.Model, error) {
	g, err := graph.Decode(s.ONNX)
	if err != nil {
		return nil, message.Errorf("it is no ONNX model: %w", err)
	}
	if s.Dir != "" {
		g.SetDir(s.Dir)
		if err := g.Inline(); err != nil {
			return nil, err
		}
	}
	if err := normal.Apply(g); err != nil {
		return nil, err
	}
	// The file stays small; the engine would widen at every start anyhow.
	_, err = normal.WidenWeights(g)
	return g, err
}

// opening is a model on its way from a file to a session.
type opening struct {
	g       *graph.Model
	picture classifier.Picture
	spec    Spec
	c       Contract
	notes   []message.Message // what was assumed, one sentence each
	r       reading
}

// begin reads a source's graph and everything that is to know of what goes in and
// what comes out.
func (s Source) begin(e Engine) (*opening, error) {
	g, err := s.graph()
	if err != nil {
		return nil, err
	}
	o := &opening{g: g}
	if o.picture, err = classifier.PictureInput(g); err != nil {
		return nil, err
	}
	if err := o.specify(s); err != nil {
		return nil, err
	}
	output, meaning, err := recordedContract(g)
	if err != nil {
		return nil, err
	}
	said := said{output, meaning, Recorded}
	if s.Stated.Output != "" || s.Stated.Meaning != "" {
		said.output, said.meaning, said.from = cmp.Or(s.Stated.Output, output), cmp.Or(s.Stated.Meaning, meaning),
			Stated
	}
	if o.r, err = readOutput(e, g, said, len(o.spec.Classes),
		func(names []string) (shape.Shapes, error) { return o.show(e, names) }); err != nil {
		return nil, err
	}
	if o.r.doubtful {
		o.assumption("Nothing shows that the output %s holds scores of classes: no layer with as many outputs as classes makes it. Say what it is with --contract %s:logits, or name another.", o.r.output, o.r.output)
	}
	o.c.Output = Part{o.r.output, Proved}
	if said.output != "" {
		o.c.Output.From = said.from
	}
	o.c.Meaning = Part{string(o.r.meaning), o.r.from}
	return o, nil
}

// show runs the network on an empty picture and gives the types of some values.
func (o *opening) show(e Engine, names []string) (shape.Shapes, error) {
	g, err := o.g.Clone()
	if err != nil {
		return nil, err
	}
	p := o.spec.Prep
	so := SessionOptions{Inputs: []string{classifier.AdaptInput(g, o.picture, p.Channels, p.Height, p.Width)}}
	elems := shape.Known(g)
	w := classifier.NewWriter(g)
	g.Graph.Outputs = nil
	for _, n := range names {
		so.Outputs = append(so.Outputs, w.ShapeOf(n))
	}
	if err := g.Graph.SortNodes(); err != nil {
		return nil, err
	}
	b, err := g.Encode()
	if err != nil {
		return nil, err
	}
	s, err := e.NewSession(b, so)
	if err != nil {
		return nil, err
	}
	out, err := s.Run(context.Background(), []Tensor{NewTensor(1, int64(p.Channels), int64(p.Height), int64(p.Width))})
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	seen := shape.Shapes{}
	for i, n := range names {
		t := &graph.TensorType{Elem: elems.Elem(n), HasShape: true}
		for _, d := range out[i].Data[1:] {
			t.Shape = append(t.Shape, graph.FixedDim(int64(d)))
		}
		seen[n] = t
	}
	return seen, nil
}

// readModel reads and checks everything that needs no session of the whole
// network.
func readModel(e Engine, src Source) (m *Model, onnx []byte, so SessionOptions, err error) {
	o, err := src.begin(e)
	if err != nil {
		return nil, nil, so, err
	}
	m = &Model{Name: src.Name, Spec: o.spec}
	if err := m.calibrate(src); err != nil {
		return nil, nil, so, err
	}
	so.Inputs = []string{o.adapt()}
	if so.Outputs, err = m.addEvidence(o); err != nil {
		return nil, nil, so, err
	}
	m.Contract, m.link = o.c, o.r.link() // both may have changed while outputs were read
	m.Warnings = append(m.Warnings, o.notes...)
	if m.Contract.Exclusive() {
		m.Warnings = append(m.Warnings, message.Of(exclusiveNote))
	}
	if err := o.g.Graph.SortNodes(); err != nil {
		return nil, nil, so, err
	}
	onnx, err = o.g.Encode()
	return m, onnx, so, err
}

// exclusiveNote stands wherever the findings of a softmax are shown.
const exclusiveNote = "The classes of this model exclude each other: it says which one is the most probable, and without calibration their probabilities add up to 1."

// adapt makes the graph take what the preprocessing gives.
func (o *opening) adapt() string {
	p := o.spec.Prep
	return classifier.AdaptInput(o.g, o.picture, p.Channels, p.Height, p.Width)
}

// addEvidence extends the graph where its head allows it and names the outputs
// of the session, the scores first.
func (m *Model) addEvidence(o *opening) ([]string, error) {
	score, target, err := o.read()
	if err != nil {
		return nil, err
	}
	o.g.Graph.Outputs = []*graph.ValueInfo{target}
	head := classifier.HeadOf(o.g, target.Name)
	if head.Linear && int(head.Classes) != len(m.Spec.Classes) {
		if o.r.found.Pairs == 0 {
			return nil, message.Errorf("it scores %d classes and has %d labels%s", head.Classes, len(m.Spec.Classes),
				labelHint(int(head.Classes), len(m.Spec.Classes)))
		}
		head.Linear, head.Why = false, message.Of("its output has two values for each class")
	}
	m.Head = *head
	if !head.Linear {
		m.Warnings = append(m.Warnings, slowMaps(o.g, head))
		return o.onlyOutputs(score), nil
	}
	names := classifier.DefaultCAMNames()
	if m.FeatureStatistics, err = usualOf(o.g, head); err != nil {
		return nil, err
	}
	if err := classifier.AddCAM(o.g, head, names); err != nil {
		return nil, err
	}
	m.Head, m.maps = *head, true
	if score == target.Name {
		score = names.Logits
	}
	return o.onlyOutputs(score, names.ClassMaps, names.Embedding), nil
}

// onlyOutputs makes these the graph's outputs and drops what leads to none of
// them: nothing else is computed.
func (o *opening) onlyOutputs(names ...string) []string {
	var list []*graph.ValueInfo
	for _, n := range names {
		v := o.g.Graph.Output(n)
		if v == nil {
			v = &graph.ValueInfo{Name: n, Type: &graph.TensorType{Elem: graph.Float}}
		}
		list = append(list, v)
	}
	o.g.Graph.Outputs = list
	if o.g.Graph.SortNodes() == nil {
		o.g.Graph.Prune()
	}
	return names
}

// explained is the graph that maps are made from: one input of pictures, the
// logits its only output, 32-bit floats throughout.
func (s Source) explained(e Engine) (*graph.Model, error) {
	o, err := s.begin(e)
	if err != nil {
		return nil, err
	}
	if o.picture.Batch > 1 {
		return nil, message.Errorf("its batch size is fixed at %d; maps need 1 or a free one", o.picture.Batch)
	}
	o.adapt()
	_, target, err := o.read()
	if err != nil {
		return nil, err
	}
	o.g.Graph.Outputs = []*graph.ValueInfo{target}
	if err := o.g.Graph.SortNodes(); err != nil {
		return nil, err
	}
	o.g.Graph.Prune()
	if err := normal.SinglePrecision(o.g); err != nil {
		return nil, err
	}
	return o.g, nil
}

// slowMaps says what maps of a head without closed form are like.
func slowMaps(g *graph.Model, h *classifier.Head) message.Message {
	if h.Feature != "" {
		return message.Of("Heat maps take longer with this model: %s.", h.Why)
	}
	if foreign := normal.Foreign(g.Graph); len(foreign) > 0 {
		return message.Of("This model is written in operators that only ONNX Runtime knows (%s): occlusion alone can say where it looks. Export it again without optimising it.", strings.Join(foreign, ", "))
	}
	return message.Of("This model has no map of features: only %s can say where it looks.",
		saliency.Methods().Bare().Words())
}

// read adds to the graph what the contract asks for, and gives the value that
// scores are read from and the one that maps explain, both 32-bit floats.
func (o *opening) read() (score string, target *graph.ValueInfo, err error) {
	w := classifier.NewWriter(o.g)
	v, r := o.r.found, o.r
	value := r.output
	if v.Before != "" {
		value = v.Before
	}
	if v.Pairs > 0 {
		return o.readPairs(w, value)
	}
	classes := len(o.spec.Classes)
	logits := w.Scores(value, classes)
	if l := r.link(); l == linkLogit || l == linkSoftmax {
		return logits, w.Value(logits, classes), nil
	}
	if v.Rising != "" {
		return logits, w.Value(w.Scores(v.Rising, classes), classes), nil
	}
	p := logits
	if v.Log {
		p = w.Op("Exp", p)
	}
	return logits, w.Value(w.LogOdds(p, leastProbability, below1), classes), nil
}

// readPairs reads outputs of two values a class, of which the second speaks for
// the class: exporters of two-way softmaxes write [no, yes].
func (o *opening) readPairs(w *classifier.Writer, value string) (string, *graph.ValueInfo, error) {
	o.notes = append(o.notes,
		message.Of("The output has two values for each class; the second is taken as the one that speaks for it."))
	o.c.Meaning.Value, o.r.meaning = string(Probabilities), Probabilities
	classes := len(o.spec.Classes)
	no, yes := w.Pick(value, o.r.found.Pairs, 0), w.Pick(value, o.r.found.Pairs, 1)
	var z string
	switch {
	case o.r.found.Before != "":
		z = w.Op("Sub", yes, no)
	case o.r.found.Log:
		z = w.Op("Sub", yes, no) // log p - log (1-p)
	default:
		z = w.LogOdds(yes, leastProbability, below1)
	}
	o.r.found.Before = cmp.Or(o.r.found.Before, value) // logits come out
	s := w.Scores(z, classes)
	return s, w.Value(s, classes), nil
}

// firstPicture is what an output gives for the first picture of a batch.
func firstPicture(t Tensor) []float32 {
	if len(t.Shape) < 2 || t.Shape[0] < 2 {
		return t.Data
	}
	return t.Data[:len(t.Data)/int(t.Shape[0])]
}

// assumption is a sentence about what nobody said.
func (o *opening) assumption(text string, args ...any) {
	o.notes = append(o.notes, message.Of(text, args...))
}
