package runs

import (
	"bufio"
	"encoding/json"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training"
	"hilum/training/history"
)

// Progress is how the training of a run went so far, from its metrics.jsonl.
type Progress struct {
	Plan  *history.Plan
	Step  *history.Step // the last one known
	Curve []history.Epoch
	Done  *history.Done // nil until it ended
}

// maxMetricsLine bounds a line of metrics.jsonl.
const maxMetricsLine = 4 << 20

// readProgress reads metrics.jsonl; nil where training has not begun. What a
// killed program left of a last line is passed over.
func readProgress(path string) *Progress {
	f, err := regular.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	p := &Progress{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxMetricsLine)
	for lines.Scan() {
		var e history.Event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			p = p.with(e)
		}
	}
	if p.Plan == nil && p.Step == nil && p.Curve == nil {
		return nil
	}
	return p
}

// with is the progress after one more event. A run that was resumed repeats
// epochs that its checkpoint did not hold: the later word counts.
func (p *Progress) with(e history.Event) *Progress {
	out := Progress{}
	if p != nil {
		out = *p
	}
	switch {
	case e.Plan != nil:
		out.Plan, out.Done = e.Plan, nil
	case e.Step != nil:
		out.Step, out.Done = e.Step, nil
	case e.Epoch != nil:
		var curve []history.Epoch
		for _, old := range out.Curve {
			if old.Epoch < e.Epoch.Epoch {
				curve = append(curve, old)
			}
		}
		out.Curve = append(curve, *e.Epoch)
	case e.Done != nil:
		out.Done = e.Done
	}
	return &out
}

// Best is the epoch whose weights are the model's; nil before the first.
func (p *Progress) Best() *history.Epoch {
	if p == nil || len(p.Curve) == 0 {
		return nil
	}
	want := p.Curve[len(p.Curve)-1].BestEpoch
	for i := range p.Curve {
		if p.Curve[i].Epoch == want {
			return &p.Curve[i]
		}
	}
	return nil
}

// The signs of trouble in a learning curve.
const (
	risingEpochs = 3    // epochs in a row that the loss on held-out films rises
	slowEpochs   = 5    // epochs after which something should have been learned
	chance       = 0.55 // macro AUROC that chance can reach on few films
)

// Advice says in words what a person should know about the curve, most urgent
// first.
func (p *Progress) Advice() []message.Message {
	if p == nil || len(p.Curve) == 0 {
		return nil
	}
	var out []message.Message
	last := p.Curve[len(p.Curve)-1]
	if !training.Metric(last.TrainLoss).Defined() || !last.ValLoss.Defined() {
		out = append(out, message.Of("The loss is no number any more: the weights have run away. The best epoch before is kept; try a tenth of the learning rate."))
	}
	if from, is := p.rising(); is {
		out = append(out, message.Of("Overfitting: since epoch %d the loss on validation films rises while that on training films falls, so the network learns films by heart. The best epoch (%d) is kept; more films, fewer trained layers or more augmentation help.", from, last.BestEpoch))
	}
	if len(p.Curve) >= slowEpochs && float64(last.AUROC) < chance {
		out = append(out, message.Of("After %d epochs the classes are told apart no better than by chance (AUROC %s). Are the labels of these films right? A larger learning rate or more trained layers may help.", len(p.Curve), last.AUROC))
	}
	return out
}

// rising says whether the last epochs show validation loss going up while
// training loss goes down, and since when.
func (p *Progress) rising() (from int, is bool) {
	c := p.Curve
	n := 0
	for i := len(c) - 1; i > 0; i-- {
		if !(c[i].ValLoss > c[i-1].ValLoss && c[i].TrainLoss < c[i-1].TrainLoss) {
			break
		}
		n++
		from = c[i].Epoch
	}
	return from, n >= risingEpochs
}
