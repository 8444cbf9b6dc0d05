// Package answers is what the reader says of findings, and what the audit log holds of a
// reading. Its core type is [Answers]: a verdict, words and boxes for the chosen finding,
// kept in the records in order. It imports app/annotation, app/command, app/measure,
// app/records, app/report, dicomio, inference and internal/store.
package answers

import (
	"context"
	"errors"
	"maps"
	"slices"

	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/records"
	"hilum/app/report"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it. Identity and Answers are of the current picture;
// nil until it was looked up, and without records.
type State struct {
	Identity *records.Picture
	Answers  map[string]records.Answer // this reader's, by class; while findings are hidden those given meanwhile
	Saw      bool                      // the reader has seen findings of the picture at some time
	Chosen   string                    // class that was chosen last
	Last     *Given                    // the last answer to the current picture, to be confirmed in place; nil for none
}

// Given is an answer as it was given, and what it came in place of.
type Given struct {
	Class         string
	Before, After Opinion
}

// Reading is what answers ask of the rest of the program.
type Reading interface {
	// Current is the study that is selected, by its ID, within a transaction; false for
	// none.
	Current(store.Tx) (id int, ok bool)
	// Image is the one on the screen, within a transaction; nil for none.
	Image(store.Tx) *dicomio.Image
	// Result is that of the current study as far as it may be seen, within a transaction; nil
	// until scored.
	Result(store.Tx) *inference.Result
	// Scored is that of the current study, whether it may be seen or not, likewise.
	Scored(store.Tx) *inference.Result
	// Hidden tells whether the findings of the current study are not to be seen yet, within a
	// transaction.
	Hidden(store.Tx) bool
	// Reader is the key of who reads, within a transaction; "" where nothing is kept.
	Reader(store.Tx) string
	// Hides is what tells of pictures, by key, whether their findings are not to be seen yet;
	// Blinded tells whether there are such. Both are called outside of a transaction.
	Hides() func(picture string) bool
	Blinded() bool
	// Using is the model in use as far as what was seen of it is kept, within a transaction:
	// file and preprocessing; empty for none.
	Using(store.Tx) records.ModelID
	// Revealed has findings be shown to a reader from now on, within a transaction; the records
	// know it.
	Revealed(tx store.Tx, v records.Sight)
	// Follow brings what is not answers in line with the records, which another program may
	// have changed.
	Follow(ctx context.Context, s *records.Store) error
	// Withheld tells whether the findings are not shown as such, within a transaction.
	Withheld(store.Tx) bool
	// Classes are those of the findings as shown, within a transaction.
	Classes(store.Tx) []string
	// MapClass is the class whose map is chosen, within a transaction; "" for none.
	MapClass(store.Tx) string
	// Answered is told of each answer that can be undone, within a transaction.
	Answered(tx store.Tx, class string, before, after Opinion)
	// Draw takes the tool that draws a box around the chosen finding.
	Draw()
	// Seen is what is on the screen, for the audit log.
	Seen() Seen
	// Model names the model in use; false without one.
	Model() (records.ModelID, bool, error)
	// Opened is told of a picture that came on the screen, once the records know it.
	Opened(ctx context.Context, s *records.Store, im *dicomio.Image, p records.Picture) error
	// Remember keeps a score for the list.
	Remember(path string, p records.Picture, m records.ModelID, r *inference.Result)
	// Notify shows one sentence to the reader, Tell what was done.
	Notify(m message.Message)
	Tell(m message.Message)
	// Fail shows an error to the reader.
	Fail(err error)
	// Trace is told what nobody needs to see.
	Trace(milestone string)
}

// Answers is what the reader says of the findings of the open studies.
type Answers struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	audit   *auditRecorder             // nil keeps nothing
	said    map[int]map[string]Opinion // by study and class, as far as it was answered here
}

// Opinion is what a reader says of a class; the zero value says nothing.
type Opinion struct {
	Verdict records.Verdict
	Note    string
	Regions []records.Region
}

// verdictOr is the verdict, or the one that stands for saying nothing.
func (o Opinion) verdictOr(none records.Verdict) records.Verdict {
	if o.Verdict == "" {
		return none
	}
	return o.Verdict
}

// New has no answers. s keeps them; nil keeps none.
func New(h *store.Hub, r Reading, s *records.Store) *Answers {
	a := &Answers{hub: h, state: store.NewValue(h, State{}), reading: r, said: map[int]map[string]Opinion{}}
	if s != nil {
		a.audit = newAuditRecorder(a, s)
	}
	return a
}

// Start begins to keep what happens.
func (a *Answers) Start() {
	if a.audit != nil {
		a.audit.later(func(ctx context.Context) error { return a.reading.Follow(ctx, a.audit.store) }) // first of all
		a.hub.Subscribe(a.audit.watch)
		a.hub.Go("keeping records", a.audit.run)
		a.hub.Go("looking for answers of other programs", a.follow)
	}
}

// In is the state within a transaction.
func (a *Answers) In(tx store.Tx) *State { return a.state.In(tx) }

// Leave lets go of the answers to the picture of before.
func (a *Answers) Leave(tx store.Tx) {
	s := a.state.In(tx)
	s.Identity, s.Answers, s.Last, s.Saw = nil, nil, nil, false
}

// Forget drops what was said of a study that was closed; it is in the records.
func (a *Answers) Forget(_ store.Tx, id int) { delete(a.said, id) }

// ChosenClass is the class that answers are about: the one chosen last, else the
// one whose map is chosen, else the first row; "" without rows.
func ChosenClass(chosen, mapped string, rows []string) string {
	for _, class := range []string{chosen, mapped} {
		if slices.Contains(rows, class) {
			return class
		}
	}
	if len(rows) > 0 {
		return rows[0]
	}
	return ""
}

// Class is the class that answers are about, within a transaction.
func (a *Answers) Class(tx store.Tx) string {
	return ChosenClass(a.state.In(tx).Chosen, a.reading.MapClass(tx), a.reading.Classes(tx))
}

// chosen is the class that answers are about, and the answer to it.
func (a *Answers) chosen() (class string, before records.Answer, answered bool) {
	a.hub.Look(func(tx store.Tx) {
		class = a.Class(tx)
		before, answered = a.state.In(tx).Answers[class]
	})
	return class, before, answered
}

// Choose makes a class the one that answers are about.
func (a *Answers) Choose(class string) { a.state.Change(func(s *State) { s.Chosen = class }) }

// chooseBeside chooses the row before or after the chosen one.
func (a *Answers) chooseBeside(by int) {
	a.hub.Change(func(tx store.Tx) {
		rows := a.reading.Classes(tx)
		if at := slices.Index(rows, a.Class(tx)); at >= 0 {
			a.state.In(tx).Chosen = rows[min(max(at+by, 0), len(rows)-1)]
		}
	})
}

// AnswerChosen answers the chosen finding. What was noted and drawn for it
// before stays with the new verdict; the same verdict again changes nothing.
func (a *Answers) AnswerChosen(v records.Verdict) {
	class, before, answered := a.chosen()
	if answered && (before.Verdict == v || before.Stance() == v) {
		return
	}
	if v == records.Withdrawn {
		a.Answer(class, v, "")
		return
	}
	a.Answer(class, v, before.Note, before.Regions...)
}

// UndoLast puts what was said before in place of the last answer to the current picture.
func (a *Answers) UndoLast() {
	last := a.state.Get().Last
	if last == nil {
		return
	}
	a.Answer(last.Class, last.Before.verdictOr(records.Withdrawn), last.Before.Note, last.Before.Regions...)
	a.state.Change(func(s *State) { s.Last = nil })
}

// NoteChosen writes free text to the chosen finding; without a verdict the
// answer is unsure.
func (a *Answers) NoteChosen(note string) {
	class, before, _ := a.chosen()
	if before.Verdict == "" {
		before.Verdict = records.Unsure
	}
	a.Answer(class, before.Verdict, note, before.Regions...)
}

// Region adds a drawn box to the answer to the chosen finding. Without a
// verdict a box says that the finding is there.
func (a *Answers) Region(tx store.Tx, m annotation.Mark) {
	class, im := a.Class(tx), a.reading.Image(tx)
	w, h := float64(im.Width), float64(im.Height)
	share := func(p annotation.Point) [2]float64 {
		return [2]float64{min(max(p.X/w, 0), 1), min(max(p.Y/h, 0), 1)}
	}
	box := records.Region{Kind: records.BoxRegion, Points: [][2]float64{share(m.Points[0]), share(m.Points[1])}}
	before := a.state.In(tx).Answers[class]
	switch f, ok := finding(a.reading.Result(tx), class); {
	case before.Verdict != "":
	case a.reading.Hidden(tx):
		before.Verdict = records.Present
	case ok && f.Positive:
		before.Verdict = records.Agree
	default:
		before.Verdict = records.Disagree
	}
	regions := append(slices.Clone(before.Regions), box)
	a.hub.GoIn(tx, "keeping an answer", func() { a.Answer(class, before.Verdict, before.Note, regions...) })
}

func finding(r *inference.Result, class string) (inference.Finding, bool) {
	if r == nil {
		return inference.Finding{}, false
	}
	return r.Finding(class)
}

// RegionMarks are the regions of an answer as marks on a film.
func RegionMarks(a records.Answer, im *dicomio.Image) []annotation.Mark {
	var out []annotation.Mark
	for _, r := range a.Regions {
		out = append(out, report.Outline{Points: r.Polygon()}.Mark(im.Width, im.Height))
	}
	return out
}

// clearRegions takes the boxes of the chosen finding away; the verdict stays.
func (a *Answers) clearRegions() {
	if class, before, ok := a.chosen(); ok {
		a.Answer(class, before.Verdict, before.Note)
	}
}

// Answer stores what the reader says of a finding of the current picture, in the
// background; the state has it when it is on the disk. records.Withdrawn takes
// an answer back.
func (a *Answers) Answer(class string, v records.Verdict, note string, regions ...records.Region) {
	a.record(class, Opinion{v, note, regions}, true)
}

// Again records what was said before, or again, without a step to undo.
func (a *Answers) Again(class string, o Opinion) { a.record(class, o, false) }

func (a *Answers) record(class string, o Opinion, step bool) {
	q, why := a.answerable(class, o)
	if !why.IsZero() {
		a.reading.Notify(why)
		return
	}
	a.note(class, o, step)
	a.audit.later(func(ctx context.Context) error {
		answer := records.Answer{
			Reader: q.reader, Picture: a.audit.identity(q.image), Class: class,
			Verdict: o.verdictOr(records.Withdrawn),
			Note:    o.Note, Regions: o.Regions,
		}
		var err error
		if answer.Reading, err = a.audit.readingOf(ctx, q, answer.Picture); err != nil {
			return message.Errorf("the answer was not kept: %w", err)
		}
		if q.heard {
			id, ok, err := a.reading.Model()
			if err != nil || !ok && !q.hidden {
				return errors.Join(message.New("the answer was not kept: the model is gone"), err)
			}
			if ok {
				hear(&answer, id, q.finding)
			}
		}
		stored, err := a.audit.store.Answer(ctx, answer)
		if err != nil {
			return message.Errorf("the answer was not kept: %w", err)
		}
		a.took(q, stored[0])
		return nil
	})
}

// took has the state show an answer that is on the disk, if its picture and its reader are
// still the current ones.
func (a *Answers) took(q asked, stored ...records.Answer) {
	a.changeFor(q.image, func(tx store.Tx, s *State) {
		if a.reading.Reader(tx) != q.reader {
			return
		}
		s.Answers = maps.Clone(s.Answers)
		if s.Answers == nil {
			s.Answers = map[string]records.Answer{}
		}
		for _, answer := range stored {
			if s.Answers[answer.Class] = answer; answer.Verdict == records.Withdrawn {
				delete(s.Answers, answer.Class)
			}
		}
	})
}

// asked is what an answer is about, as it was when it was given.
type asked struct {
	image   *dicomio.Image
	reader  string
	hidden  bool // the findings are hidden
	finding inference.Finding
	heard   bool // finding is what the model says
}

// ask is what an answer to a class would be about now.
func (a *Answers) ask(tx store.Tx, class string) asked {
	q := asked{image: a.reading.Image(tx), reader: a.reading.Reader(tx), hidden: a.reading.Hidden(tx)}
	r := a.reading.Result(tx)
	if q.hidden {
		// What the model says of it is kept beside the answer, where it says something.
		if r = a.reading.Scored(tx); r != nil && r.Withheld != nil {
			r = nil
		}
	}
	q.finding, q.heard = finding(r, class)
	if q.hidden && q.finding.NoValid != "" {
		q.heard = false
	}
	return q
}

// answerable is what an answer is about, or why there can be none. What was said before can
// always be taken back, and what a film shows can be said before the model has said anything.
func (a *Answers) answerable(class string, o Opinion) (q asked, why message.Message) {
	withheld := false
	a.hub.Look(func(tx store.Tx) {
		q = a.ask(tx, class)
		withheld = a.reading.Withheld(tx)
	})
	taken := o.verdictOr(records.Withdrawn) == records.Withdrawn
	switch f := q.finding; {
	case a.audit == nil:
		why = message.Of("Answers are not kept: this program was started without records.")
	case q.hidden && q.image == nil:
		why = message.Of("The picture is still being opened.")
	case q.hidden:
	case !q.heard || q.image == nil:
		why = message.Of("There is no finding to answer; wait for the score.")
	case withheld && !taken:
		why = message.Of("The findings are withheld on this picture, so there is nothing to answer. Show them first if you mean to.")
	case f.NoValid != "" && !taken:
		why = message.Of("%s has no threshold, so there is no finding to agree or disagree with.",
			inference.Term(class))
	}
	return q, why
}

// changeFor changes the state if a picture is still the one on the screen.
func (a *Answers) changeFor(im *dicomio.Image, f func(tx store.Tx, s *State)) {
	a.hub.Change(func(tx store.Tx) {
		if a.reading.Image(tx) == im {
			f(tx, a.state.In(tx))
		}
	})
}

// note notes what the reader says of a class before it is on the disk, so that
// the steps to undo follow each other as they were made.
func (a *Answers) note(class string, o Opinion, step bool) {
	a.hub.Change(func(tx store.Tx) {
		id, open := a.reading.Current(tx)
		s := a.state.In(tx)
		if !open || s.Identity == nil {
			return // what was said before is not known yet
		}
		before, known := a.said[id][class]
		if !known {
			b := s.Answers[class]
			before = Opinion{b.Verdict, b.Note, b.Regions}
		}
		if a.said[id] == nil {
			a.said[id] = map[string]Opinion{}
		}
		if o.Verdict == records.Withdrawn {
			o = Opinion{}
		}
		a.said[id][class] = o
		if step {
			s.Last = &Given{Class: class, Before: before, After: o}
			a.reading.Answered(tx, class, before, o)
		}
	})
}

// Sorted are the answers to the current picture, by class.
func (s *State) Sorted() []records.Answer {
	var out []records.Answer
	for _, class := range slices.Sorted(maps.Keys(s.Answers)) {
		out = append(out, s.Answers[class])
	}
	return out
}

// Commands are those of the reader's answers.
func (a *Answers) Commands() []command.Command {
	look := func(f func(tx store.Tx) bool) func() bool {
		return func() (ok bool) {
			a.hub.Look(func(tx store.Tx) { ok = f(tx) })
			return ok
		}
	}
	scored := look(func(tx store.Tx) bool {
		if a.reading.Hidden(tx) {
			return a.audit != nil && a.reading.Image(tx) != nil
		}
		f, ok := finding(a.reading.Result(tx), a.Class(tx))
		return ok && f.NoValid == "" && !a.reading.Withheld(tx) && a.audit != nil
	})
	answered := look(func(tx store.Tx) bool {
		_, ok := a.state.In(tx).Answers[a.Class(tx)]
		return ok && (a.reading.Hidden(tx) || a.reading.Result(tx) != nil)
	})
	boxed := look(func(tx store.Tx) bool { return len(a.state.In(tx).Answers[a.Class(tx)].Regions) > 0 })
	rows := look(func(tx store.Tx) bool { return len(a.reading.Classes(tx)) > 0 })
	hidden := look(func(tx store.Tx) bool { return a.audit != nil && a.reading.Hidden(tx) && a.reading.Image(tx) != nil })
	answer := func(open, blinded records.Verdict) func() {
		return func() {
			if hidden() {
				a.AnswerChosen(blinded)
			} else {
				a.AnswerChosen(open)
			}
		}
	}
	list := []command.Command{
		{ID: "finding.next", Title: "Next finding", Shortcut: "PageDown", Do: func() { a.chooseBeside(1) },
			Enabled: rows},
		{ID: "finding.previous", Title: "Previous finding", Shortcut: "PageUp", Do: func() { a.chooseBeside(-1) },
			Enabled: rows},
		{ID: "answer.agree", Title: "Agree with the finding; blinded: it is present", Shortcut: "A",
			Do: answer(records.Agree, records.Present), Enabled: scored},
		{ID: "answer.disagree", Title: "Disagree with the finding; blinded: it is absent", Shortcut: "D",
			Do: answer(records.Disagree, records.Absent), Enabled: scored},
		{ID: "answer.unsure", Title: "Unsure about the finding", Shortcut: "U",
			Do: answer(records.Unsure, records.Unsure), Enabled: scored},
		{ID: FinishCommand, Title: "Nothing else: all other findings are absent", Shortcut: "Ctrl+Alt+N",
			Do: func() { a.Finish(a.Now()) }, Enabled: hidden},
		{ID: RevealCommand, Title: "Show the hidden findings without answering", Shortcut: "Ctrl+Alt+V",
			Do: func() { a.Reveal(a.Now()) }, Enabled: hidden},
		{ID: "answer.region", Title: "Draw a box where the finding is", Shortcut: "Q", Do: a.reading.Draw,
			Enabled: scored},
		{ID: "answer.unbox", Title: "Take the boxes of the finding away", Shortcut: "Shift+Q", Do: a.clearRegions,
			Enabled: boxed},
		{ID: "answer.withdraw", Title: "Take the answer back", Shortcut: "BackSpace", Do: answer(records.Withdrawn, records.Withdrawn),
			Enabled: answered},
	}
	for i := range list {
		list[i].Menu = "Answers"
	}
	return list
}
