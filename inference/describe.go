package inference

import (
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// Description is what is known of a model before it is opened.
type Description struct {
	Spec     Spec
	Contract Contract
	Notes    []message.Message // what was assumed, one sentence each
	Head     *classifier.Head
}

// Describe reads what a source's file, its graph and what was said of it tell
// together. Without an engine (nil) the meaning of outputs that only a run of
// their last part would prove is left open, and a note says so. The error is one
// sentence that asks for what is missing.
func (s Source) Describe(e Engine) (*Description, error) {
	o, err := s.begin(e)
	if err != nil {
		return nil, message.Errorf("cannot import %s: %w", s.Name, err)
	}
	if o.r.meaning == "" {
		o.assumption("ONNX Runtime is not here: whether the output holds logits or probabilities is found out when the model is opened.")
	}
	o.adapt()
	if _, target, err := o.read(); err == nil {
		o.g.Graph.Outputs = []*graph.ValueInfo{target}
	}
	d := &Description{Spec: o.spec, Contract: o.c, Notes: o.notes}
	if d.Head, err = classifier.FindHead(o.g); err != nil {
		return nil, message.Errorf("cannot import %s: %w", s.Name, err)
	}
	if d.Head.Linear && o.r.found.Pairs == 0 && int(d.Head.Classes) != len(d.Spec.Classes) {
		return nil, message.Errorf("cannot import %s: it scores %d classes and has %d labels%s", s.Name,
			d.Head.Classes, len(d.Spec.Classes), labelHint(int(d.Head.Classes), len(d.Spec.Classes)))
	}
	return d, nil
}

// Record writes what was found out into a model's metadata, so that the file
// opens by itself.
func (d *Description) Record(g *graph.Model) error {
	if err := d.Spec.Stamp(g); err != nil {
		return err
	}
	if d.Contract.Meaning.Value == "" {
		return nil
	}
	if v := g.Graph.Outputs; d.Contract.Meaning == (Part{string(Logits), Proved}) && len(v) == 1 {
		return nil // the file says it itself
	}
	return RecordContract(g, d.Contract.Output.Value, Meaning(d.Contract.Meaning.Value))
}

// Apply sets a preprocessing to what was said of it, for a network of some
// channels.
func (s Statement) Apply(p *prep.Prep, channels int) error {
	if s.Width > 0 {
		p.Width, p.Height = s.Width, s.Height
	}
	if s.Normalise == nil {
		return nil
	}
	return s.Normalise.Apply(p, channels)
}
