package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/apptest"
	"hilum/app/export"
	"hilum/app/measure"
	"hilum/app/records"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/internal/store"
)

// blindedSession is a session in which reading is blinded, on records of its own or of a file.
func blindedSession(t *testing.T, e *apptest.Engine, path string) (*Workstation, *records.Store) {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "records.db")
	}
	kept := records.New(path)
	t.Cleanup(func() { _ = kept.Close() })
	s := testSession(t, e, func(c *Config) { c.Records, c.Reader = kept, "login" })
	s.Readers.SetBlinded(true)
	s.Answers.Settle()
	return s, kept
}

// hiddenFilm waits until a film is scored, which nothing tells, and known to the records.
func hiddenFilm(t *testing.T, s *Workstation) State {
	t.Helper()
	st := wait(t, s, "the hidden film", func(st State) bool {
		done := false
		s.hub.Look(func(tx store.Tx) {
			id, open := s.Studies.Current(tx)
			done = open && s.Findings.Of(tx, id) != nil
		})
		return done && !st.Scoring && st.Identity != nil
	})
	s.Answers.Settle()
	return st
}

// told is all that a window draws findings from, in words.
func told(t *testing.T, s *Workstation) string {
	t.Helper()
	st := s.State()
	var b strings.Builder
	fmt.Fprintf(&b, "rows %+v result %v shown %v held %v warnings %v message %v\n", st.Rows, st.Result, st.Shown(),
		st.Held(), st.FindingsState.Warnings, st.Message)
	fmt.Fprintf(&b, "map %+v maps %v chosen %q method %v\n", st.Map, st.ClassMaps(), st.ChosenClass(), st.Method)
	fmt.Fprintf(&b, "last %+v\n", st.Last)
	for _, a := range st.Sorted() {
		fmt.Fprintf(&b, "answer %s %s %q\n", a.Class, a.Verdict, a.Reading)
	}
	for _, p := range st.Compare.Priors {
		fmt.Fprintf(&b, "prior %v\n", p.Result)
	}
	for i := range st.Listed.Len() {
		r := st.Listed.Row(i)
		fmt.Fprintf(&b, "listed %s %v %v %v %v\n", r.Title(), r.State, r.Margins, r.Top, r.Error)
	}
	for _, c := range s.Commands() {
		fmt.Fprintf(&b, "%s %v\n", c.ID, c.Enabled == nil || c.Enabled())
	}
	subject := exportsLink{s}.Subject()
	fmt.Fprintf(&b, "subject %v %v %v\n", subject.Result, subject.Maps, subject.Held)
	return b.String()
}

// Nothing that a window draws from differs between two models that say the opposite of each
// other, whatever the reader does before they have answered: what does not differ cannot tell.
func TestNothingTellsWhatTheModelSaysOfAHiddenFilm(t *testing.T) {
	acts := []struct {
		name string
		do   func(s *Workstation)
	}{
		{"nothing", func(*Workstation) {}},
		{"maps", func(s *Workstation) {
			s.Maps.ToggleMapOn()
			s.Maps.ToggleMap("Mass")
			s.Maps.AddMap("Hernia")
		}},
		{"orders", func(s *Workstation) {
			s.Findings.SetOnly(true)
			s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Sort, q.Positive = worklist.ByMargin, worklist.AnyClass })
		}},
		{"comparing", func(s *Workstation) { s.Comparison.SetLayout(viewport.TwoPictures) }},
		{"answering", func(s *Workstation) {
			s.Answers.Choose("Nodule")
			s.Answers.AnswerChosen(records.Present)
			s.Answers.Answer("Mass", records.Absent, "a note")
			s.Answers.Answer("Mass", records.Unsure, "")
			s.Answers.UndoLast()
		}},
		{"keys", func(s *Workstation) {
			for _, c := range s.Commands() {
				if strings.HasPrefix(c.ID, "answer.agree") || strings.HasPrefix(c.ID, "map.row.2") && c.Enabled() {
					c.Do()
				}
			}
		}},
		{"drawing", func(s *Workstation) {
			s.Measure.SetTool(measure.RegionTool)
			click(s, at(3, 3))
			click(s, at(30, 30))
		}},
		{"insisting", func(s *Workstation) { s.Findings.Insist(true) }},
		{"undoing", func(s *Workstation) { s.History.Undo() }},
	}
	one, _ := blindedSession(t, &apptest.Engine{}, "")
	other, _ := blindedSession(t, &apptest.Engine{Opposite: true}, "")
	both := []*Workstation{one, other}
	for _, s := range both {
		course(t, s)
		s.Select(2)
		hiddenFilm(t, s)
	}
	for _, act := range acts {
		var said [2]string
		for i, s := range both {
			act.do(s)
			s.Answers.Settle()
			time.Sleep(150 * time.Millisecond) // the list is listed anew, priors are scored
			hiddenFilm(t, s)
			said[i] = told(t, s)
			if strings.Contains(said[i], "Probability:0.") || !s.State().Hidden {
				t.Errorf("%s: a probability is told:\n%s", act.name, said[i])
			}
		}
		if said[0] != said[1] {
			t.Errorf("%s: two models that contradict each other are told apart\n%s\n%s", act.name, said[0], said[1])
		}
	}
	for _, s := range both {
		dir := t.TempDir()
		if err := s.Exports.ExportTable(t.Context(), filepath.Join(dir, "table.csv"), false); err == nil {
			t.Error("a table of findings was written")
		}
		if _, err := s.Answers.Log().Write(t.Context(), filepath.Join(dir, "audit.csv"), true); err == nil {
			t.Error("the audit log was written")
		}
	}
	var tables [2][]byte
	for i, s := range both {
		path := filepath.Join(t.TempDir(), "labels.csv")
		if _, err := s.Answers.ExportLabels(t.Context(), path, true); err != nil {
			t.Fatal(err)
		}
		tables[i], _ = os.ReadFile(path)
		if a, err := s.Answers.Agreement(t.Context()); err != nil || a != nil {
			t.Errorf("agreement on a hidden film: %v, %+v", err, a)
		}
	}
	if len(tables[0]) == 0 || !bytes.Equal(tables[0], tables[1]) {
		t.Errorf("tables of labels differ:\n%s\n%s", tables[0], tables[1])
	}
	var exported [2]map[string]string
	for i, s := range both {
		dir := t.TempDir()
		files, err := s.Exports.Export(t.Context(),
			export.Job{Dir: dir, Forms: []string{export.PDF, export.PNG}, Identified: true})
		if err != nil {
			t.Fatal(err)
		}
		exported[i] = map[string]string{}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			exported[i][filepath.Base(f)] = string(data)
		}
	}
	for name, data := range exported[0] {
		if !strings.HasSuffix(name, ".pdf") && data != exported[1][name] { // a page holds its time
			t.Errorf("%s tells the models apart", name)
		}
	}
	for _, s := range both { // and then they do differ
		s.Answers.Reveal(s.Answers.Now())
		wait(t, s, "the findings", scored)
	}
	if told(t, one) == told(t, other) {
		t.Error("what is compared here tells nothing of findings at all")
	}
}

func TestAnsweringBlindedAndFinishing(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	openFake(s, "a")
	if st := hiddenFilm(t, s); !st.Hidden || len(st.Rows) != 3 || st.Rows[0].Class != "Mass" || st.Rows[0].Scored {
		t.Fatalf("rows %+v", st.Rows)
	}
	s.Answers.Answer("Hernia", records.Present, "")
	s.Answers.Answer("Nodule", records.Unsure, "")
	s.Answers.Answer("Nodule", records.Present, "")
	s.Answers.UndoLast()
	s.Answers.Settle()
	s.Answers.Finish(s.Answers.Now())
	st := wait(t, s, "the findings", scored)
	s.Answers.Settle()
	list, err := kept.Answers(t.Context(), records.AnswerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]records.Verdict{}
	for _, a := range list {
		got[a.Class] = a.Verdict
		f, _ := st.Result.Finding(a.Class)
		if a.Reading != records.Blinded || a.Logit != f.Logit || a.Positive != f.Positive || a.Reader != "login" {
			t.Errorf("answer %+v to %+v", a, f)
		}
	}
	want := map[string]records.Verdict{"Hernia": records.Present, "Nodule": records.Unsure, "Mass": records.Absent}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("answers %v", got)
	}
	wait(t, s, "the answers in the state", func(st State) bool { return len(st.Answers) == 3 })
	// undoing an answer hides nothing again, and what is said now is said in sight of the findings
	s.Answers.Answer("Mass", records.Agree, "")
	s.Answers.Settle()
	s.Answers.UndoLast()
	s.Answers.Settle()
	if st := s.State(); st.Hidden || st.Result == nil || st.Answers["Mass"].Verdict != records.Absent ||
		st.Answers["Mass"].Reading != records.OpenReading {
		t.Errorf("after undoing: %+v", st.Answers["Mass"])
	}
	agreement, err := s.Answers.Agreement(t.Context())
	if err != nil || len(agreement) != 2 || !agreement[0].Blinded || agreement[0].Answers != 3 || agreement[1].Answers != 1 {
		t.Errorf("%v, %+v", err, agreement)
	}
}

func TestFinishingIsAboutTheFilmThatWasAskedFor(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	openFake(s, "a", "b")
	hiddenFilm(t, s)
	was := s.Answers.Now()
	s.Select(1)
	hiddenFilm(t, s)
	s.Answers.Finish(was)
	s.Answers.Reveal(answers.Asked{Study: s.Answers.Now().Study})
	s.Answers.Settle()
	if st := s.State(); !st.Hidden || st.Message.IsZero() {
		t.Errorf("hidden %v, message %q", st.Hidden, st.Message)
	}
	if list, err := kept.Answers(t.Context(), records.AnswerFilter{}); err != nil || list != nil {
		t.Errorf("%v, %+v", err, list)
	}
	// leaving at once: the film that was meant is the one that is revealed
	s.Answers.Finish(s.Answers.Now())
	s.Select(0)
	s.Answers.Settle()
	if !s.State().Hidden {
		t.Error("another film is revealed")
	}
	s.Select(1)
	wait(t, s, "the findings of the film that was finished", scored)
}

// An answer that comes before the score is kept, and what the model says is put beside it
// when it says it.
func TestAnswersBeforeTheScore(t *testing.T) {
	e := &apptest.Engine{Gate: make(chan struct{})}
	s, kept := blindedSession(t, e, "")
	openFake(s, "a")
	wait(t, s, "the film", func(st State) bool { return st.Identity != nil && st.Scoring })
	s.Answers.Answer("Hernia", records.Present, "seen")
	s.Answers.Settle()
	list, err := kept.Answers(t.Context(), records.AnswerFilter{})
	if err != nil || len(list) != 1 || list[0].Verdict != records.Present || list[0].Scored() ||
		list[0].Stance() != records.Present {
		t.Fatalf("%v, %+v", err, list)
	}
	close(e.Gate)
	hiddenFilm(t, s)
	s.Answers.Settle()
	s.Answers.Settle()
	list, err = kept.Answers(t.Context(), records.AnswerFilter{})
	if err != nil || len(list) != 1 || !list[0].Scored() || list[0].Note != "seen" || list[0].Reading != records.Blinded {
		t.Errorf("%v, %+v", err, list)
	}
	if s.State().Answers["Hernia"].ID != list[0].ID {
		t.Error("the state has the answer of before")
	}
}

func TestBlindedWithoutAModel(t *testing.T) {
	kept := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = kept.Close() })
	s := New(Config{Sources: apptest.Sources(decodeFake), Records: kept, Reader: "login"})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Readers.SetBlinded(true)
	s.Answers.Settle()
	openFake(s, "a")
	st := wait(t, s, "the film", func(st State) bool { return st.Identity != nil })
	if !st.Hidden || len(st.Rows) != 14 {
		t.Fatalf("hidden %v, %d rows", st.Hidden, len(st.Rows))
	}
	s.Answers.Answer("Effusion", records.Present, "")
	s.Answers.Finish(s.Answers.Now())
	wait(t, s, "the end", func(st State) bool { return !st.Hidden })
	list, err := kept.Answers(t.Context(), records.AnswerFilter{})
	if err != nil || len(list) != 14 || list[0].Scored() || list[0].Reading != records.Blinded {
		t.Errorf("%v, %d answers", err, len(list))
	}
}

// What was revealed stays so for the reader, the film and the model, in this program and
// the next; for another reader, and another model, the film is hidden.
func TestRevealedStaysRevealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, kept := blindedSession(t, &apptest.Engine{}, path)
	dir := s.cfg.Dir
	openFake(s, "a")
	hiddenFilm(t, s)
	s.Answers.Reveal(s.Answers.Now())
	wait(t, s, "the findings", scored)
	s.Readers.Add("Dr. Weber")
	st := wait(t, s, "another reader", func(st State) bool { return st.Reader.Title() == "Dr. Weber" })
	if !st.Hidden || st.Result != nil || st.CanUndo {
		t.Fatalf("the film is seen by somebody else: %+v", st.Rows)
	}
	s.Answers.Answer("Mass", records.Present, "")
	wait(t, s, "the answer", answered("Mass"))
	s.Readers.Switch("login")
	wait(t, s, "the first reader's findings, without the other's answers",
		func(st State) bool { return scored(st) && len(st.Answers) == 0 })
	s.Answers.Answer("Mass", records.Disagree, "")
	wait(t, s, "the answer", answered("Mass"))
	list, err := kept.Answers(t.Context(), records.AnswerFilter{})
	if err != nil || len(list) != 2 || list[0].Of() != "Dr. Weber" || list[1].Of() != "login" {
		t.Fatalf("%v, %+v", err, list)
	}
	if err := errors.Join(s.Close(), kept.Close()); err != nil {
		t.Fatal(err)
	}
	again := records.New(path)
	t.Cleanup(func() { _ = again.Close() })
	after := testSession(t, &apptest.Engine{}, func(c *Config) { c.Records, c.Reader, c.Dir = again, "login", dir })
	openFake(after, "a")
	st = wait(t, after, "the findings after a restart", func(st State) bool { return scored(st) && answered("Mass")(st) })
	if !st.Blinded {
		t.Error("reading is not blinded any more")
	}
	openFake(after, "a", "b")
	after.Select(1)
	if st := hiddenFilm(t, after); !st.Hidden {
		t.Error("a new film is not hidden")
	}
}

// Somebody who has seen the findings once is no blinded reader of that film.
func TestSeenOnceIsNotBlinded(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	s.Readers.SetBlinded(false)
	s.Answers.Settle()
	openFake(s, "a")
	wait(t, s, "the findings", func(st State) bool { return scored(st) && st.Identity != nil })
	s.Maps.ToggleMap("Hernia")
	s.Answers.Answer("Hernia", records.Agree, "")
	wait(t, s, "the answer", answered("Hernia"))
	s.Answers.Settle()
	s.Readers.SetBlinded(true)
	st := s.State()
	if !st.Hidden || st.Result != nil || st.Map.On || st.ChosenClass() != "Mass" {
		t.Errorf("at once: hidden %v, map %+v, chosen %s", st.Hidden, st.Map, st.ChosenClass())
	}
	s.Answers.Settle()
	s.Answers.Settle()
	if st := s.State(); len(st.Answers) != 0 || st.Last != nil {
		t.Errorf("what was said in sight of the findings: %+v, %+v", st.Answers, st.Last)
	}
	s.Answers.Answer("Mass", records.Present, "")
	wait(t, s, "the answer", answered("Mass"))
	if a := s.State().Answers["Mass"]; a.Reading != records.SeenBefore {
		t.Errorf("reading %q", a.Reading)
	}
	s.Readers.SetBlinded(false)
	wait(t, s, "all answers", func(st State) bool { return scored(st) && len(st.Answers) == 2 })
	if state, err := kept.VerifyAudit(t.Context(), ""); err != nil || state.Entries < 5 {
		t.Errorf("%v, %+v", err, state)
	}
}

func TestTwoProgramsAgreeOnReaderAndBlinding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	one, _ := blindedSession(t, &apptest.Engine{}, path)
	other, _ := blindedSession(t, &apptest.Engine{}, path)
	openFake(other, "a")
	hiddenFilm(t, other)
	one.Readers.Add("Dr. Weber")
	wait(t, other, "the reader", func(st State) bool { return st.Reader.Title() == "Dr. Weber" && len(st.Readers) == 2 })
	one.Readers.Rename("Dr. Weber-Klein")
	wait(t, other, "the name", func(st State) bool { return st.Reader.Title() == "Dr. Weber-Klein" })
	one.Readers.SetBlinded(false)
	wait(t, other, "the findings", scored)
	one.Readers.SetBlinded(true)
	wait(t, other, "hidden again", func(st State) bool { return st.Hidden && st.Result == nil })
}

// A name that is taken off the list takes nothing that was said with it.
func TestTakingAReaderOffLosesNothing(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	openFake(s, "a")
	s.Readers.Add("Dr. Weber")
	wait(t, s, "the reader", func(st State) bool { return st.Reader.Title() == "Dr. Weber" })
	hiddenFilm(t, s)
	s.Answers.Answer("Mass", records.Present, "")
	wait(t, s, "the answer", answered("Mass"))
	s.Readers.TakeOff("Dr. Weber")
	wait(t, s, "the system's user", func(st State) bool { return st.Reader.Key == "login" && len(st.Readers) == 1 })
	s.Readers.TakeOff("login")
	s.Readers.TakeOff("nobody")
	s.Answers.Settle()
	if st := s.State(); st.Reader.Key != "login" || len(st.Readers) != 1 {
		t.Errorf("%+v", st.ReadersState)
	}
	if list, err := kept.Answers(t.Context(), records.AnswerFilter{Reader: "Dr. Weber"}); err != nil || len(list) != 1 {
		t.Errorf("%v, %+v", err, list)
	}
	s.Readers.Add("dr. weber")
	wait(t, s, "the answer of before", answered("Mass"))
}

// What others drew is not to be seen while the film is hidden, and stays when the reader
// deletes their own.
func TestMarksOfOthersAreHiddenWithTheFindings(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	openFake(s, "a")
	hiddenFilm(t, s)
	draw := func(x float64) {
		s.Measure.SetTool(measure.Tool(annotation.Length))
		click(s, at(x, 5))
		click(s, at(x+10, 5))
	}
	draw(5)
	if m := s.State().Measure.Sheet.Marks; len(m) != 1 || m[0].By != "login" {
		t.Fatalf("marks %+v", m)
	}
	s.Readers.Add("Dr. Weber")
	wait(t, s, "a film without marks", func(st State) bool {
		return st.Reader.Title() == "Dr. Weber" && len(st.Measure.Sheet.Marks) == 0
	})
	draw(30)
	if m := s.State().Measure.Sheet.Marks; len(m) != 1 || m[0].By != "Dr. Weber" {
		t.Fatalf("marks %+v", m)
	}
	s.Measure.ClearMarks()
	s.Answers.Reveal(s.Answers.Now())
	st := wait(t, s, "the other's mark", func(st State) bool { return scored(st) && len(st.Measure.Sheet.Marks) == 1 })
	if st.Measure.Sheet.Marks[0].By != "login" {
		t.Errorf("%+v", st.Measure.Sheet.Marks)
	}
	wait(t, s, "the disk", func(st State) bool {
		list, err := kept.Annotations(t.Context(), *st.Identity)
		return err == nil && len(list) == 1 && list[0].Reader == "login"
	})
}

// Conclusion and key image are each reader's own, and the audit log says whose eyes were on the
// film.
func TestEachReaderConcludes(t *testing.T) {
	s, kept := blindedSession(t, &apptest.Engine{}, "")
	openFake(s, "a")
	hiddenFilm(t, s)
	s.Remarks.Conclude("clear")
	wait(t, s, "the conclusion", func(st State) bool { return st.Conclusion.Text == "clear" })
	s.Readers.Add("Dr. Weber")
	wait(t, s, "no conclusion", func(st State) bool { return st.Reader.Title() == "Dr. Weber" && !st.Conclusion.Held })
	s.Answers.Settle()
	s.Answers.Settle()
	if c := s.State().Conclusion; c.Held {
		t.Errorf("%+v", c)
	}
	s.Readers.Switch("login")
	wait(t, s, "the own conclusion", func(st State) bool { return st.Conclusion.Text == "clear" })
	s.Answers.Settle()
	var log bytes.Buffer
	if _, err := kept.ExportAudit(t.Context(), &log, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"opened","reader":"login"`, `"kind":"shown","reader":"login"`,
		`"kind":"opened","reader":"Dr. Weber"`, `"kind":"shown","reader":"Dr. Weber"`,
		`"kind":"remarked","reader":"login"`, `"kind":"blinding","reader":"login"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
}
