package inference

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hilum/inference/activation"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// errNoEngine marks what only a run could tell.
var errNoEngine = message.New("ONNX Runtime, which would find it out, is not here")

// reading is how the scores are read from a graph: what a contract comes to.
type reading struct {
	output   string // of the graph
	meaning  Meaning
	from     Provenance
	found    activation.Verdict
	classes  int  // 0 where the graph does not say
	doubtful bool // nothing shows that the output is made for classes
}

// link says how the value that is read becomes logits.
func (r reading) link() link {
	given := r.found.Meaning == Softmax && r.found.Before == "" // the softmax itself is all that there is
	switch {
	case r.meaning == Softmax && !given:
		return linkSoftmax
	case r.meaning == Logits || r.found.Before != "":
		return linkLogit
	case r.found.Log:
		return linkLogProbability
	}
	return linkProbability
}

// said is what a person or the file says of the output.
type said struct {
	output  string
	meaning Meaning
	from    Provenance
}

// readOutput finds out which output carries the scores of so many classes (0 for
// any) and what its numbers are. The engine runs small parts of the graph.
func readOutput(e Engine, g *graph.Model, s said, classes int, show func([]string) (shape.Shapes, error)) (reading,
	error) {
	return outputReader{e: e, g: g, show: show}.read(s, classes)
}

// outputReader finds out how scores are read. show runs the whole network once
// and gives the types of values that shape inference does not know.
type outputReader struct {
	e    Engine
	g    *graph.Model
	show func(names []string) (shape.Shapes, error)
}

func (x outputReader) read(s said, classes int) (reading, error) {
	g := x.g
	outputs, err := candidates(g, s, classes)
	if err != nil {
		return reading{}, err
	}
	best, err := choose(outputs, s)
	if err != nil {
		return reading{}, err
	}
	r := reading{output: best.name, meaning: s.meaning, from: cmp.Or(s.from, Proved), classes: best.width}
	if err := r.find(x, best, s); err != nil {
		return r, err
	}
	return r, nil
}

// candidate is an output that may carry the scores.
type candidate struct {
	name  string
	width int              // classes; 0 where it is not known
	pairs int              // the axis of two values a class; 0 for others
	tail  *classifier.Tail // nil where it cannot be cut off
	why   error            // why not
}

// candidates lists the outputs that can carry the scores of so many classes.
func candidates(g *graph.Model, s said, classes int) ([]candidate, error) {
	shapes := shape.Known(g)
	var out, misfits []candidate
	for _, o := range g.Graph.Outputs {
		c := candidate{name: o.Name}
		d, known := shapes.Dims(o.Name)
		if known && len(d) == 1 && !d[0].Known && o.Type != nil && len(o.Type.Shape) == 1 {
			d = o.Type.Shape // scores without an axis of pictures, made of some with one
		}
		if elem := shapes.Elem(o.Name); elem != graph.Undefined && !elem.IsFloat() {
			continue
		}
		if known {
			if c.width = widthOf(d, classes); c.width < 0 {
				continue
			}
			c.pairs = pairsOf(d, c.width)
		}
		if s.output != "" && o.Name != s.output {
			continue
		}
		if classes > 0 && c.width > 0 && c.width != classes {
			misfits = append(misfits, c)
			continue
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, noOutput(g, s, misfits, classes)
	}
	for i := range out {
		out[i].tail, out[i].why = classifier.OutputTail(g, out[i].name, nil)
	}
	return out, nil
}

// widthOf is the number of classes that an output of some shape can score: 0
// where the shape does not say, -1 for one that is no list of scores.
func widthOf(d []graph.Dim, classes int) int {
	switch {
	case len(d) == 0:
		return -1
	case len(d) == 1 && d[0].Known && d[0].Value > 1:
		return int(d[0].Value) // no axis of pictures
	}
	rest := slices.DeleteFunc(slices.Clone(d[1:]), func(x graph.Dim) bool { return x.Is(1) })
	switch {
	case len(rest) == 0:
		return 1
	case slices.ContainsFunc(rest, func(x graph.Dim) bool { return !x.Known }):
		return 0
	case len(rest) == 1:
		return int(rest[0].Value)
	case len(rest) == 2 && rest[1].Is(2) && (classes == 0 || rest[0].Is(int64(classes))):
		return int(rest[0].Value) // two values a class
	case len(rest) == 2 && rest[0].Is(2):
		return int(rest[1].Value)
	}
	return -1
}

// pairsOf is the axis on which an output that scores so many classes has two
// values for each, 0 where it has one.
func pairsOf(d []graph.Dim, width int) int {
	var at []int
	for i := 1; i < len(d); i++ {
		if !d[i].Is(1) {
			at = append(at, i)
		}
	}
	switch {
	case len(at) != 2 || width < 1:
		return 0
	case d[at[1]].Is(2) && d[at[0]].Is(int64(width)):
		return at[1]
	case d[at[0]].Is(2):
		return at[0]
	}
	return 0
}

func noOutput(g *graph.Model, s said, misfits []candidate, classes int) error {
	names := g.Graph.OutputNames()
	switch {
	case s.output != "" && !slices.Contains(names, s.output):
		return message.Errorf("it has no output %q, which --contract names; its outputs are %s", s.output,
			strings.Join(names, ", "))
	case len(misfits) == 1:
		return message.Errorf("it scores %d classes and has %d labels%s", misfits[0].width, classes,
			labelHint(misfits[0].width, classes))
	case len(misfits) > 1:
		var parts []any
		for _, m := range misfits {
			parts = append(parts, message.Of("%s has %d", m.name, m.width))
		}
		return message.Errorf("none of its outputs has as many values as there are labels, %d: %s", classes,
			message.List(", ", parts...))
	}
	return message.Errorf("none of its outputs (%s) is a list of scores [N, classes]", strings.Join(names, ", "))
}

// labelHint explains the two mistakes that networks of two classes invite.
func labelHint(scores, labels int) message.Message {
	switch {
	case scores == 2 && labels == 1:
		return message.Of("; two classes that exclude each other need two labels, in the order of the output, such as normal and the finding")
	case scores == 1 && labels == 2:
		return message.Of("; a single score is that of one class: give the label of the one that a high score means")
	}
	return message.Message{}
}

// choose takes the output that carries the scores: the only one, the one called
// logits (unless a classifier makes others and not that one), or the only one that a linear layer for just these classes makes.
// Outputs that come of the same layer say the same.
func choose(list []candidate, s said) (candidate, error) {
	if len(list) == 1 {
		return list[0], nil
	}
	top := 0
	for _, c := range list {
		top = max(top, c.rank())
	}
	if i := slices.IndexFunc(list,
		func(c candidate) bool { return c.name == "logits" && (top == 0 || c.rank() > 0) }); i >= 0 {
		return list[i], nil
	}
	best := slices.DeleteFunc(slices.Clone(list), func(c candidate) bool { return c.rank() < top })
	same := !slices.ContainsFunc(best, func(c candidate) bool { return c.source() != best[0].source() })
	if len(best) == 1 && top > 0 || same && best[0].source() != "" {
		return slices.MinFunc(best, func(a, b candidate) int {
			return cmp.Compare(len(a.tail.Model.Graph.Nodes), len(b.tail.Model.Graph.Nodes))
		}), nil
	}
	var names []string
	for _, c := range list {
		names = append(names, fmt.Sprintf("%q", c.name))
	}
	return candidate{}, message.Errorf("it has several outputs that may be the scores, %s; name the one with --contract NAME:logits, NAME:probabilities or NAME:softmax", strings.Join(names, ", "))
}

// rank is how surely a classifier makes an output: by dense layers, by
// convolutions, of its own width.
func (c candidate) rank() int {
	if c.tail == nil || len(c.tail.Inputs) == 0 {
		return 0
	}
	rank := 2
	for _, in := range c.tail.Inputs {
		wide := slices.Contains(in.Shape, int64(c.width)) || c.width == 0 || in.Shape == nil
		switch {
		case in.Measured, in.Made == "DynamicQuantizeLinear":
		case !in.Linear || !wide:
			return 0
		case in.Made == "Conv" || in.Made == "QLinearConv" || in.Made == "ConvInteger":
			rank = 1
		}
	}
	return rank
}

// source names what an output is made of.
func (c candidate) source() string {
	if c.tail == nil {
		return ""
	}
	var names []string
	for _, in := range c.tail.Inputs {
		if !in.Measured {
			names = append(names, in.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\n")
}

// find works out the meaning of the output, and holds it against what is said.
func (r *reading) find(x outputReader, c candidate, s said) error {
	proved := Logits
	switch {
	case c.tail != nil && c.tail.Plain():
	case c.tail == nil || !c.computed():
		return r.unproved(s, unknownTail(c))
	default:
		v, err := x.probe(c)
		switch {
		case errors.Is(err, errNoEngine):
			return nil // what is said, or nothing
		case err != nil && v.Shape == nil:
			return r.unproved(s,
				message.Errorf("%w, and nothing else in the graph says whether output %q holds logits or probabilities", err, c.name))
		case err != nil:
			return err
		}
		r.found, proved = v, v.Meaning
		if v.Mixed && s.meaning == "" {
			return ask(c.name, message.Of("holds probabilities for some classes and other numbers for the rest"))
		}
		if b := v.Bounds; proved == Logits && v.Bounded && s.meaning == "" {
			return ask(c.name,
				message.Of("lies within %.3g and %.3g whatever the network finds, which neither logits nor probabilities do", b[0], b[1]))
		}
	}
	if c.pairs > 0 && proved == Logits {
		return r.pairOfLogits(c, s)
	}
	r.doubtful = proved == Logits && c.rank() == 0
	if s.meaning == "" {
		r.meaning, r.from = proved, Proved
		return nil
	}
	r.doubtful = false
	return r.agree(proved, s)
}

// pairOfLogits reads two values a class as those of a softmax over the two, if
// somebody says so.
func (r *reading) pairOfLogits(c candidate, s said) error {
	if s.meaning != Softmax {
		return message.Errorf("its output %q has two values for each of %d classes, and no softmax over the two; if the second of them speaks for the class say --contract %s:softmax, else export it with one score a class", c.name, c.width, c.name)
	}
	r.found = activation.Verdict{Meaning: Softmax, Before: c.name, Pairs: c.pairs}
	r.meaning = Softmax
	return nil
}

// computed tells whether something is known to happen between the layers of the
// network and the output.
func (c candidate) computed() bool {
	return slices.ContainsFunc(c.tail.Inputs, func(in classifier.TailInput) bool {
		return in.Linear || !in.Measured && in.Made != "" && in.Name != c.name
	})
}

// probe runs the tail of an output on chosen values; where shapes are not known
// the whole network is run once to see them.
func (x outputReader) probe(c candidate) (activation.Verdict, error) {
	if names := c.tail.Unknown(); len(names) > 0 && x.e != nil {
		seen, err := x.show(names)
		if err != nil {
			return activation.Verdict{}, err
		}
		if c.tail, err = classifier.OutputTail(x.g, c.name, seen); err != nil {
			return activation.Verdict{}, err
		}
	}
	if x.e == nil {
		return activation.Verdict{}, errNoEngine
	}
	return activation.Probe(quietlyOn(x.e), c.tail)
}

// quietlyOn opens networks on an engine for package activation, which knows none.
func quietlyOn(e Engine) activation.Open {
	return func(model []byte, inputs, outputs []string) (activation.Session, error) {
		return e.NewSession(model, SessionOptions{Inputs: inputs, Outputs: outputs, Threads: 1, Quiet: true})
	}
}

func unknownTail(c candidate) error {
	if c.why != nil {
		return c.why
	}
	made := "the picture itself"
	if len(c.tail.Inputs) > 0 && c.tail.Inputs[0].Made != "" {
		made = c.tail.Inputs[0].Made
	}
	return message.Errorf("output %q is made by %s, and nothing in the graph says whether that gives logits or probabilities", c.name, made)
}

// unproved takes what is said, or asks.
func (r *reading) unproved(s said, why error) error {
	if s.meaning == "" {
		return message.Errorf("%w; say it with --contract %s:logits, %s:probabilities or %s:softmax", why, r.output,
			r.output, r.output)
	}
	return nil
}

func ask(name string, what message.Message) error {
	return message.Errorf("its output %q %s; say what it is with --contract %s:logits, %s:probabilities or %s:softmax",
		name, what, name, name, name)
}

// agree refuses what the graph disproves.
func (r *reading) agree(proved Meaning, s said) error {
	switch {
	case proved == s.meaning:
	case proved == Softmax && s.meaning == Probabilities: // so they are, besides excluding each other
		r.found.Before = ""
	case proved == Logits && s.meaning == Softmax: // logits of exclusive classes
	case proved == Probabilities && s.meaning == Softmax:
		return message.Errorf("its output %q gives probabilities that do not add up to one: they are those of no softmax; say --contract %s:probabilities or leave it out", r.output, r.output)
	case proved == Logits:
		return message.Errorf("its output %q is not within 0 and 1: it holds no probabilities; say --contract %s:logits or leave it out", r.output, r.output)
	default:
		return message.Errorf("its output %q gives %s, not logits: it is within 0 and 1 whatever the network finds; leave --contract out or say %s:%s", r.output, proved, r.output, proved)
	}
	return nil
}
