package site

import (
	"context"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/records"
	"hilum/app/relabel"
	"hilum/app/runs"
	"hilum/internal/message"
	"hilum/training/report"
	"hilum/ui/kit"
)

// Audit is the page of the labels that scores contradict.
type Audit struct {
	h           Host
	box         *fyne.Container
	state       *widget.Label
	rows        *kit.Table
	open, write *kit.Button
	of          *report.Report // that the doubts are of; nil for none
	run         *runs.Run
	doubts      []relabel.Doubt
}

// NewAudit makes the page.
func NewAudit(h Host) *Audit {
	p := &Audit{h: h, state: widget.NewLabel(""), rows: kit.NewTable(h.Env, 380, 220, 110, 170)}
	p.state.Wrapping = fyne.TextWrapWord
	p.open = prominent(kit.NewButton(h.Env, "Open these films in the worklist", theme.ListIcon(), p.list))
	p.write = prominent(kit.NewButton(h.Env, "Write the corrected table", theme.DocumentSaveIcon(), p.correct))
	p.box = scrolling(p.state, container.NewHBox(p.open, p.write), p.rows.Box)
	return p
}

// Object implements Page.
func (p *Audit) Object() fyne.CanvasObject { return p.box }

// Enter implements Page.
func (p *Audit) Enter(*runs.Run) {}

// Present implements Page.
func (p *Audit) Present(_ runs.State, r *runs.Run) {
	switch {
	case r == nil || r.Report == nil:
		p.of, p.doubts, p.run = nil, nil, nil
		p.show(p.h.Env.T("Doubtful labels are found by the scores of a run that was validated: open one under All runs, or go through the steps."))
	case p.of != r.Report:
		p.of, p.doubts, p.run = r.Report, nil, r
		p.show(p.h.Env.T("The labels are being held against the scores."))
		p.find(r)
	}
}

func (p *Audit) find(r *runs.Run) {
	p.h.Background(p.h.Env.T("looking for doubtful labels"), func() (string, error) {
		doubts, err := relabel.Find(p.h.Session.Context(), r)
		p.h.Do(func() {
			if p.of != r.Report || err != nil {
				return
			}
			p.doubts = doubts
			if len(doubts) == 0 {
				p.show(p.h.Env.T("No label of the held-out films is contradicted by the calibrated scores."))
				return
			}
			p.show(p.h.Env.T("Labels of held-out films that the calibrated scores contradict: %s, on %s films. Open them in the worklist and agree or disagree with each finding there; only findings that the model in use knows can be answered. Then write the corrected table: a new file beside the old one, which stays.",
				message.Count(len(doubts)), message.Count(len(relabel.Paths(doubts)))))
		})
		return "", err
	})
}

// mostDoubts have a row; the films of all are opened.
const mostDoubts = 60

func (p *Audit) show(text string) {
	p.state.SetText(text)
	p.open.SetEnabled(len(p.doubts) > 0)
	p.write.SetEnabled(len(p.doubts) > 0)
	if len(p.doubts) == 0 {
		p.rows.Set(nil)
		return
	}
	env := p.h.Env
	rows := [][]string{{env.T("Film"), env.T("Finding"), env.T("Label"), env.T("Probability of the label")}}
	for _, d := range p.doubts[:min(len(p.doubts), mostDoubts)] {
		given := env.T("absent")
		if d.Given {
			given = env.T("present")
		}
		rows = append(rows, []string{filepath.Base(d.Path), env.ClassName(d.Class), given, env.Figure(d.Supported)})
	}
	if more := len(p.doubts) - mostDoubts; more > 0 {
		rows = append(rows, []string{env.T("and %d more", more)})
	}
	p.rows.Set(rows)
}

// list opens the films in the ordinary window, the most contradicted first.
func (p *Audit) list() {
	paths := relabel.Paths(p.doubts)
	p.h.Session.Studies.Open(paths...)
	p.h.Say(p.h.Env.T("Films that are being opened in the main window: %s.", message.Count(len(paths))))
}

// correct writes the table with what readers answered.
func (p *Audit) correct() {
	r, doubts := p.run, p.doubts
	kept := p.h.Session.Answers.Later(func(ctx context.Context, s *records.Store) error {
		answers, err := s.Answers(ctx, records.AnswerFilter{})
		if err != nil {
			return err
		}
		p.h.Do(func() {
			p.h.Background(p.h.Env.T("writing the corrected table"), func() (string, error) {
				c, err := relabel.Correct(p.h.Session.Context(), r, doubts, answers, time.Now())
				switch {
				case err != nil:
					return "", err
				case c.Path == "":
					return p.h.Env.T("No label changes, so nothing was written. Answered: %d, contested by readers: %d, of %d.", c.Answered,
						c.Contested, len(doubts)), nil
				}
				return p.h.Env.T("Written to %s. Changed labels: %d, answered: %d, contested by readers and left: %d.", c.Path, c.Changed,
					c.Answered, c.Contested), nil
			})
		})
		return nil
	})
	if !kept {
		p.h.Say(p.h.Env.T("Answers are not kept here, so there is nothing to correct by."))
	}
}
