package app

import (
	"maps"
	"slices"

	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/render"
	"hilum/app/report"
)

// The reader answers the chosen finding: with a verdict, with words, and with a
// box around the place where the finding is.

// ChosenClass is the class that answers are about: the one chosen last, else the
// one whose map is chosen, else the first row; "" without rows.
func (st *State) ChosenClass() string {
	for _, class := range []string{st.Chosen, st.Map.Class} {
		if slices.ContainsFunc(st.Rows, func(r findings.Row) bool { return r.Class == class }) {
			return class
		}
	}
	if len(st.Rows) > 0 {
		return st.Rows[0].Class
	}
	return ""
}

// Choose makes a class the one that answers are about.
func (s *Session) Choose(class string) {
	s.change(func() { s.state.Chosen = class })
}

// chooseBeside chooses the row before or after the chosen one.
func (s *Session) chooseBeside(by int) {
	s.change(func() {
		class := s.state.ChosenClass()
		at := slices.IndexFunc(s.state.Rows, func(r findings.Row) bool { return r.Class == class })
		if at >= 0 {
			s.state.Chosen = s.state.Rows[min(max(at+by, 0), len(s.state.Rows)-1)].Class
		}
	})
}

// AnswerChosen answers the chosen finding. What was noted and drawn for it
// before stays with the new verdict; the same verdict again takes the answer back.
func (s *Session) AnswerChosen(v records.Verdict) {
	st := s.State()
	class := st.ChosenClass()
	before, answered := st.Answers[class]
	if answered && before.Verdict == v {
		s.Answer(class, records.Withdrawn, "")
		return
	}
	s.Answer(class, v, before.Note, before.Regions...)
}

// NoteChosen writes free text to the chosen finding; without a verdict the
// answer is unsure.
func (s *Session) NoteChosen(note string) {
	st := s.State()
	class := st.ChosenClass()
	before := st.Answers[class]
	if before.Verdict == "" {
		before.Verdict = records.Unsure
	}
	s.Answer(class, before.Verdict, note, before.Regions...)
}

// answerRegion adds a drawn box to the answer to the chosen finding. Without a
// verdict a box says that the finding is there. Under the lock.
func (s *Session) answerRegion(m annotation.Mark) {
	st := s.state
	class := st.ChosenClass()
	im := st.Picture.Image
	w, h := float64(im.Width), float64(im.Height)
	share := func(p annotation.Point) [2]float64 {
		return [2]float64{min(max(p.X/w, 0), 1), min(max(p.Y/h, 0), 1)}
	}
	box := records.Region{Kind: records.BoxRegion, Points: [][2]float64{share(m.Points[0]), share(m.Points[1])}}
	before := st.Answers[class]
	if before.Verdict == "" {
		before.Verdict = records.Disagree
		if f, ok := render.Finding(st.Result, class); ok && f.Positive {
			before.Verdict = records.Agree
		}
	}
	regions := append(slices.Clone(before.Regions), box)
	s.spawnLocked("keeping an answer", func() { s.Answer(class, before.Verdict, before.Note, regions...) })
}

// RegionMarks are the regions that the reader has drawn for the chosen finding,
// as marks on the film.
func (st *State) RegionMarks() []annotation.Mark {
	if st.Picture == nil {
		return nil
	}
	var out []annotation.Mark
	for _, r := range st.Answers[st.ChosenClass()].Regions {
		out = append(out, report.Outline{Points: r.Polygon()}.Mark(st.Picture.Image.Width, st.Picture.Image.Height))
	}
	return out
}

// clearRegions takes the boxes of the chosen finding away; the verdict stays.
func (s *Session) clearRegions() {
	st := s.State()
	class := st.ChosenClass()
	if a, ok := st.Answers[class]; ok {
		s.Answer(class, a.Verdict, a.Note)
	}
}

// answerCommands are those of the reader's answers.
func (s *Session) answerCommands() []command.Command {
	scored := func() bool { st := s.State(); return st.Result != nil && s.diary != nil }
	answered := func() bool {
		st := s.State()
		_, ok := st.Answers[st.ChosenClass()]
		return ok && st.Result != nil
	}
	boxed := func() bool { st := s.State(); return len(st.Answers[st.ChosenClass()].Regions) > 0 }
	rows := func() bool { return len(s.State().Rows) > 0 }
	answer := func(v records.Verdict) func() { return func() { s.AnswerChosen(v) } }
	return []command.Command{
		{ID: "finding.next", Title: "Next finding", Menu: "Answers", Shortcut: "PageDown", Do: func() { s.chooseBeside(1) }, Enabled: rows},
		{ID: "finding.previous", Title: "Previous finding", Menu: "Answers", Shortcut: "PageUp", Do: func() { s.chooseBeside(-1) }, Enabled: rows},
		{ID: "answer.agree", Title: "Agree with the finding", Menu: "Answers", Shortcut: "A", Do: answer(records.Agree), Enabled: scored},
		{ID: "answer.disagree", Title: "Disagree with the finding", Menu: "Answers", Shortcut: "D", Do: answer(records.Disagree), Enabled: scored},
		{ID: "answer.unsure", Title: "Unsure about the finding", Menu: "Answers", Shortcut: "U", Do: answer(records.Unsure), Enabled: scored},
		{ID: "answer.region", Title: "Draw a box where the finding is", Menu: "Answers", Shortcut: "Q", Do: func() { s.SetTool(measure.RegionTool) }, Enabled: scored},
		{ID: "answer.unbox", Title: "Take the boxes of the finding away", Menu: "Answers", Shortcut: "Shift+Q", Do: s.clearRegions, Enabled: boxed},
		{ID: "answer.withdraw", Title: "Take the answer back", Menu: "Answers", Shortcut: "BackSpace", Do: answer(records.Withdrawn), Enabled: answered},
	}
}

// sortedAnswers are the answers to the current picture, by class.
func (st *State) sortedAnswers() []records.Answer {
	var out []records.Answer
	for _, class := range slices.Sorted(maps.Keys(st.Answers)) {
		out = append(out, st.Answers[class])
	}
	return out
}
