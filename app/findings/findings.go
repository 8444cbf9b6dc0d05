package findings

import (
	"context"
	"slices"

	"hilum/app/command"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of the findings.
type State struct {
	Result   *inference.Result // of the current study, as far as it may be seen; nil until scored, and while Hidden
	Rows     []Row             // as shown, sorted; one a class even before a score
	Scoring  bool              // the current study is being scored
	Sort     Sort
	Only     bool // only positive findings are listed
	Scale    Scale
	Details  bool              // the figures behind a finding are shown, not its words alone
	Warnings []message.Message // about picture, model and thresholds, the most serious first; shown before the findings
	Withheld []message.Message // why the findings are not shown as such; nil where they are
	Insisted bool              // the reader wants them all the same
	Hidden   bool              // the reader has not answered yet, and is to do so before the findings are seen
}

// Held tells whether there are findings that are withheld, and the reader does not insist.
func (s *State) Held() bool { return s.Withheld != nil && !s.Insisted }

// Shown tells whether the findings are there to be read and answered: scored, and not held.
func (s *State) Shown() bool { return s.Result != nil && !s.Held() }

// take has the result of the current study, nil for none.
func (s *State) take(r *inference.Result) {
	s.Result, s.Withheld = r, nil
	if r != nil {
		s.Withheld = r.Withheld
	}
}

// Reading is what the findings ask of the rest of the program. All but Fail are called
// within a transaction.
type Reading interface {
	// Model is the one in use; nil for none.
	Model(store.Tx) *inference.Model
	// Classes are those of the model in use; nil for none.
	Classes(store.Tx) []string
	// Prior is the result of the picture beside the current one; nil for none.
	Prior(store.Tx) *inference.Result
	// Comparing tells whether priors are shown beside the picture.
	Comparing() bool
	// Current is the study that is selected, by its ID; false for none.
	Current(store.Tx) (id int, ok bool)
	// Hides tells whether the findings of a study are not to be seen yet.
	Hides(tx store.Tx, id int) bool
	// Newest tells whether a generation of the selection is still the newest.
	Newest(tx store.Tx, generation int) bool
	// Alerts are what is to be said of engine and model, and of the picture before a
	// score.
	Alerts(tx store.Tx) (before, picture []message.Message)
	// Scored is told of each score that was kept.
	Scored(tx store.Tx, id int, r *inference.Result)
	// FailIn shows an error to the reader.
	FailIn(tx store.Tx, err error)
}

// List is the findings of the current study, and the results of every study that was
// scored while it was open.
type List struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	results map[int]*inference.Result // by study
	insists map[int]bool              // by study: findings that are withheld are shown
}

// Choices are how a reader has the findings shown; they are kept with the preferences.
type Choices struct {
	Sort    Sort
	Details bool
}

// New is the list without a study, shown by the reader's choices.
func New(h *store.Hub, r Reading, c Choices) *List {
	return &List{h, store.NewValue(h, State{Sort: c.Sort, Details: c.Details}), r, map[int]*inference.Result{},
		map[int]bool{}}
}

// In is the state within a transaction.
func (l *List) In(tx store.Tx) *State { return l.state.In(tx) }

// Of is the result of a study, whether it may be seen or not; nil until it is scored.
func (l *List) Of(_ store.Tx, id int) *inference.Result { return l.results[id] }

// Seen is Of, as far as it may be seen.
func (l *List) Seen(tx store.Tx, id int) *inference.Result {
	if l.reading.Hides(tx, id) {
		return nil
	}
	return l.results[id]
}

// Keep keeps the result of a study.
func (l *List) Keep(_ store.Tx, id int, r *inference.Result) { l.results[id] = r }

// Forget drops the result of a study that was closed.
func (l *List) Forget(_ store.Tx, id int) {
	delete(l.results, id)
	delete(l.insists, id)
}

// Reset drops all results: another model scores from now on.
func (l *List) Reset(tx store.Tx) {
	clear(l.results)
	clear(l.insists)
	l.state.In(tx).take(nil)
}

// Show lists the findings of a study that was selected.
func (l *List) Show(tx store.Tx, id int) {
	s := l.state.In(tx)
	s.Scoring, s.Insisted = false, l.insists[id]
	l.take(tx, id)
}

// take shows the result of a study as the current one's, as far as it may be seen.
func (l *List) take(tx store.Tx, id int) {
	s, r := l.state.In(tx), l.results[id]
	if s.Hidden = l.reading.Hides(tx, id); s.Hidden {
		r = nil
	}
	s.take(r)
}

// Veil brings what is shown in line with what may be seen now.
func (l *List) Veil(tx store.Tx) {
	if id, open := l.reading.Current(tx); open {
		l.take(tx, id)
	} else {
		l.state.In(tx).Hidden = false
	}
	l.Arrange(tx)
	l.Warn(tx)
}

// Leave lists no study's findings.
func (l *List) Leave(tx store.Tx) {
	s := l.state.In(tx)
	s.Scoring, s.Insisted, s.Hidden = false, false, false
	s.take(nil)
}

// Score runs the model on the current picture, unless it did before. kept tells whether
// there is a new result, again whether there is one of before.
func (l *List) Score(ctx context.Context, generation int, im *dicomio.Image) (kept, again bool) {
	var m *inference.Model
	l.hub.Change(func(tx store.Tx) { m = l.begin(tx, generation) })
	if m == nil {
		return false, true
	}
	r, err := m.Score(ctx, im)
	l.hub.Change(func(tx store.Tx) {
		id, open := l.reading.Current(tx)
		if !open || !l.reading.Newest(tx, generation) || l.reading.Model(tx) != m {
			return
		}
		s := l.state.In(tx)
		s.Scoring = false
		if err != nil {
			if ctx.Err() == nil {
				l.reading.FailIn(tx, message.Errorf("this picture cannot be scored: %w", err))
			}
			return
		}
		l.results[id] = r
		l.take(tx, id)
		l.Arrange(tx)
		l.Warn(tx)
		l.reading.Scored(tx, id, r)
		kept = true
	})
	return kept, false
}

// begin gives the model to score with; nil where there is nothing to do.
func (l *List) begin(tx store.Tx, generation int) *inference.Model {
	m := l.reading.Model(tx)
	id, open := l.reading.Current(tx)
	if m == nil || !open || !l.reading.Newest(tx, generation) {
		return nil
	}
	s := l.state.In(tx)
	if l.results[id] != nil {
		l.take(tx, id)
		return nil
	}
	s.Scoring = true
	return m
}

// Arrange lists the findings anew. Those that are withheld are all listed, in the model's
// order: their margins say nothing.
func (l *List) Arrange(tx store.Tx) {
	s := l.state.In(tx)
	var rows []Row
	if r := s.Result; r != nil {
		for _, f := range r.Findings {
			rows = append(rows, Row{Class: f.Class, Scored: true, Finding: f})
		}
	} else {
		classes := l.reading.Classes(tx)
		if classes == nil {
			classes = inference.ChestXray14()
		}
		for _, c := range classes {
			rows = append(rows, Row{Class: c})
		}
	}
	if s.Held() {
		s.Rows = rows
		return
	}
	l.compare(tx, rows)
	if s.Only && s.Result != nil {
		rows = slices.DeleteFunc(rows, func(r Row) bool { return !r.Finding.Positive || r.Finding.NoValid != "" })
	}
	sortRows(rows, s.Sort)
	s.Rows = rows
}

// compare adds to the rows what has changed from the prior.
func (l *List) compare(tx store.Tx, rows []Row) {
	prior := l.reading.Prior(tx)
	if prior == nil {
		return
	}
	for i := range rows {
		then, ok := prior.Finding(rows[i].Class)
		if !ok || !rows[i].Scored || then.NoValid != "" || rows[i].Finding.NoValid != "" {
			continue
		}
		rows[i].Compared, rows[i].Then = true, then.RelMargin
		rows[i].Change = rows[i].Finding.RelMargin - then.RelMargin
	}
}

// Warn collects what the reader should know before believing a score.
func (l *List) Warn(tx store.Tx) {
	s := l.state.In(tx)
	before, picture := l.reading.Alerts(tx)
	if s.Result != nil {
		picture = s.Result.Warnings
	}
	s.Warnings = slices.Concat(before, picture)
}

// Insist shows findings of the current study that are withheld, or withholds them again.
func (l *List) Insist(on bool) {
	l.hub.Change(func(tx store.Tx) {
		id, open := l.reading.Current(tx)
		if !open {
			return
		}
		l.insists[id] = on
		l.state.In(tx).Insisted = on
		l.Arrange(tx)
	})
}

// Largest is the class with the largest relative margin, "" before a score and where the
// findings are withheld.
func (l *List) Largest(tx store.Tx) string {
	s := l.state.In(tx)
	if !s.Shown() {
		return ""
	}
	r := s.Result
	best := 0
	for i, f := range r.Findings {
		if f.RelMargin > r.Findings[best].RelMargin {
			best = i
		}
	}
	return r.Findings[best].Class
}

// SetSort orders the findings.
func (l *List) SetSort(o Sort) {
	l.hub.Change(func(tx store.Tx) {
		l.state.In(tx).Sort = o
		l.Arrange(tx)
	})
}

// SetOnly lists only positive findings, or all.
func (l *List) SetOnly(positive bool) {
	l.hub.Change(func(tx store.Tx) {
		l.state.In(tx).Only = positive
		l.Arrange(tx)
	})
}

// SetScale chooses the figures beside the bars.
func (l *List) SetScale(scale Scale) {
	l.state.Change(func(s *State) {
		if scale == ProbabilityScale || scale == OperatingScale {
			s.Scale = scale
		}
	})
}

// ToggleDetails shows the figures behind a finding, or its words alone.
func (l *List) ToggleDetails() { l.state.Change(func(s *State) { s.Details = !s.Details }) }

// toggleSort goes round the orders; by change only where there is one.
func (l *List) toggleSort() {
	switch s := l.state.Get(); {
	case s.Sort == ByMargin:
		l.SetSort(ByClass)
	case s.Sort == ByClass && l.reading.Comparing():
		l.SetSort(ByChange)
	default:
		l.SetSort(ByMargin)
	}
}

func (l *List) toggleScale() {
	if l.state.Get().Scale == ProbabilityScale {
		l.SetScale(OperatingScale)
	} else {
		l.SetScale(ProbabilityScale)
	}
}

// Commands are those of the findings.
func (l *List) Commands() []command.Command {
	withheld := func() bool { return l.state.Get().Withheld != nil }
	return []command.Command{
		{ID: "findings.sort", Title: "Sort by margin, class or change", Menu: "Findings", Shortcut: "O",
			Do:      l.toggleSort,
			Enabled: command.Always},
		{ID: "findings.only", Title: "Only positive findings", Menu: "Findings", Shortcut: "Shift+O",
			Do: func() { l.SetOnly(!l.state.Get().Only) }, Enabled: command.Always},
		{ID: "findings.scale", Title: "Probabilities or the operating-point scale", Menu: "Findings",
			Shortcut: "Ctrl+P",
			Do:       l.toggleScale, Enabled: command.Always},
		{ID: "findings.details", Title: "Details of the finding", Menu: "Findings", Shortcut: "Shift+D",
			Do: l.ToggleDetails, Enabled: command.Always,
			Checked: func() bool { return l.state.Get().Details }},
		{ID: "findings.insist", Title: "Show withheld findings all the same", Menu: "Findings",
			Shortcut: "Ctrl+Shift+W",
			Do:       func() { l.Insist(!l.state.Get().Insisted) }, Enabled: withheld},
	}
}
