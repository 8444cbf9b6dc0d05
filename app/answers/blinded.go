package answers

import (
	"context"

	"hilum/app/records"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// The commands that end a blinded reading of a film.
const (
	FinishCommand = "blinded.finish"
	RevealCommand = "blinded.reveal"
)

// Asked is the film whose findings are hidden, and the model: what a reader looked at when
// they said that they are done. By the time it is heard another film may be there.
type Asked struct {
	Study int // ID, -1 for none
	Model records.ModelID
}

// Now is the film on the screen.
func (a *Answers) Now() (q Asked) {
	a.hub.Look(func(tx store.Tx) { q = a.askedIn(tx) })
	return q
}

func (a *Answers) askedIn(tx store.Tx) Asked {
	id, open := a.reading.Current(tx)
	if !open {
		id = -1
	}
	return Asked{id, a.reading.Using(tx)}
}

// Finish says that there is nothing on the film but what was answered: the classes without an
// answer are absent. Then the findings are shown. Where the film or the model is not the one
// that was asked for any more, nothing is said of it.
func (a *Answers) Finish(asked Asked) {
	a.end(asked, records.SeenFinished, func(ctx context.Context, e ending) error {
		var rest []records.Answer
		given, err := a.audit.given(ctx, e.reader, e.sight.Picture, true)
		if err != nil {
			return err
		}
		for _, class := range e.classes {
			if _, answered := given[class]; !answered {
				rest = append(rest, e.absent(class))
			}
		}
		if len(rest) == 0 {
			return nil
		}
		stored, err := a.audit.store.Answer(ctx, rest...)
		if err != nil {
			return err
		}
		a.took(e.asked, stored...)
		return nil
	})
}

// Reveal shows the findings of the film though it is not answered. The records keep that.
func (a *Answers) Reveal(asked Asked) {
	a.end(asked, records.SeenEarly, func(context.Context, ending) error { return nil })
}

// ending is the end of a blinded reading.
type ending struct {
	asked
	sight   records.Sight
	reading records.Reading
	classes []string
	model   records.ModelID   // in full; empty for none
	result  *inference.Result // nil where there is nothing to be kept beside the answers
}

// absent is the answer to a class that was not named.
func (e *ending) absent(class string) records.Answer {
	out := records.Answer{Reader: e.reader, Picture: e.sight.Picture, Class: class, Verdict: records.Absent,
		Reading: e.reading}
	if f, ok := finding(e.result, class); ok && f.NoValid == "" && e.model != (records.ModelID{}) {
		hear(&out, e.model, f)
	}
	return out
}

// end ends the blinded reading of a film: first what is said last, then that the findings were
// seen, and when both are on the disk they are shown.
func (a *Answers) end(want Asked, how records.How, say func(context.Context, ending) error) {
	var e ending
	here := false
	a.hub.Look(func(tx store.Tx) {
		here = a.audit != nil && a.askedIn(tx) == want && a.reading.Hidden(tx) && a.reading.Image(tx) != nil
		if !here {
			return
		}
		e.asked = a.ask(tx, "")
		e.classes = append([]string{}, a.reading.Classes(tx)...)
		if e.result = a.reading.Scored(tx); e.result != nil && e.result.Withheld != nil {
			e.result = nil
		}
		e.sight = records.Sight{Reader: e.reader, Model: a.reading.Using(tx), How: how}
	})
	if !here {
		a.reading.Notify(message.Of("Another film or another model is there now, so nothing was answered."))
		return
	}
	a.audit.later(func(ctx context.Context) error {
		e.sight.Picture = a.audit.identity(e.image)
		id, ok, err := a.reading.Model()
		if err == nil && ok && id.SHA256 == want.Model.SHA256 && id.Prep == want.Model.Prep {
			e.model = id
		}
		if err == nil {
			e.reading, err = a.audit.readingOf(ctx, e.asked, e.sight.Picture)
		}
		if err == nil {
			err = say(ctx, e)
		}
		if err == nil {
			err = a.audit.store.PutSight(ctx, e.sight)
		}
		if err != nil {
			return message.Errorf("the findings stay hidden: %w", err)
		}
		a.hub.Change(func(tx store.Tx) {
			a.state.In(tx).Last = nil
			a.reading.Revealed(tx, e.sight)
		})
		if how == records.SeenEarly {
			a.reading.Tell(message.Of("The findings are shown; it is recorded that you had not finished."))
		} else {
			a.reading.Tell(message.Of("Your answers are recorded; the findings are shown now."))
		}
		return nil
	})
}

// hear puts what a model says of a class beside an answer.
func hear(answer *records.Answer, id records.ModelID, f inference.Finding) {
	answer.Model = id
	answer.Logit, answer.Probability, answer.Threshold, answer.Positive = f.Logit, f.Probability, f.Threshold, f.Positive
}

// readingOf is what the reader knew when something was said of a picture.
func (d *auditRecorder) readingOf(ctx context.Context, q asked, p records.Picture) (records.Reading, error) {
	if !q.hidden {
		return records.OpenReading, nil
	}
	seen, err := d.store.Saw(ctx, q.reader, p)
	if seen {
		return records.SeenBefore, err
	}
	return records.Blinded, err
}

// complete puts what the model says beside answers that were given before it had said
// anything: they are kept once more, with that.
func (d *auditRecorder) complete(ctx context.Context, im *dicomio.Image, r *inference.Result, id records.ModelID,
	reader string) error {
	if reader == "" || r.Withheld != nil {
		return nil
	}
	p := d.identity(im)
	given, err := d.given(ctx, reader, p, true)
	if err != nil {
		return err
	}
	var again []records.Answer
	for class, answer := range given {
		if f, ok := finding(r, class); ok && !answer.Scored() && f.NoValid == "" {
			hear(&answer, id, f)
			again = append(again, answer)
		}
	}
	if len(again) == 0 {
		return nil
	}
	stored, err := d.store.Answer(ctx, again...)
	if err != nil {
		return err
	}
	d.answers.took(asked{image: im, reader: reader}, stored...)
	return nil
}

// Turned lets go of what the reader of before said, and reads what the one in the chair did.
func (a *Answers) Turned(tx store.Tx) {
	clear(a.said)
	s := a.state.In(tx)
	s.Answers, s.Last = nil, nil
	a.Veiled(tx)
}

// Veiled has the answers in sight follow what may be seen: while findings are hidden only what
// was said meanwhile stands there.
func (a *Answers) Veiled(tx store.Tx) {
	if im := a.reading.Image(tx); a.audit != nil && im != nil && a.state.In(tx).Identity != nil {
		a.audit.later(a.audit.read(im))
	}
}
