package app

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/records"
)

// readingSession is a session that keeps records in a file.
func readingSession(t *testing.T, path string) (*Workstation, *records.Store) {
	t.Helper()
	store := records.New(path)
	t.Cleanup(func() { _ = store.Close() })
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Records, c.Reader = store, "Dr A" })
	return s, store
}

func answered(class string) func(State) bool {
	return func(st State) bool { _, ok := st.Answers[class]; return ok }
}

func TestAnswersComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, store := readingSession(t, path)
	openFake(s, "a", "b")
	st := wait(t, s, "findings", scored)
	wait(t, s, "the identity", func(st State) bool { return st.Identity != nil })
	s.Answers.Answer("Mass", records.Disagree, "a vessel",
		records.Region{Kind: records.BoxRegion, Points: [][2]float64{{0, 0}, {1, 1}}})
	s.Answers.Answer("Hernia", records.Agree, "")
	got := wait(t, s, "the answers",
		func(st State) bool { return answered("Mass")(st) && answered("Hernia")(st) }).Answers["Mass"]
	f, _ := st.Result.Finding("Mass")
	if got.Reader != "Dr A" || got.Note != "a vessel" || got.Probability != f.Probability ||
		got.Model.SHA256 != st.Model.SHA256 || got.Model.Thresholds == "" || got.ID == 0 {
		t.Errorf("answer %+v", got)
	}
	s.Answers.Answer("Hernia", records.Withdrawn, "")
	wait(t, s, "the withdrawal", func(st State) bool { return !answered("Hernia")(st) })
	s.Select(1)
	if st := wait(t, s, "the other film", scored); len(st.Answers) != 0 {
		t.Errorf("the other film has the answers of the first: %v", st.Answers)
	}
	agreement, err := s.Answers.Agreement(t.Context())
	if err != nil || len(agreement) != 1 || agreement[0].Answers != 1 {
		t.Errorf("%v, %+v", err, agreement)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	again, _ := readingSession(t, path)
	openFake(again, "a")
	if got := wait(t, again, "the answer of before", answered("Mass")).Answers; len(got) != 1 ||
		got["Mass"].Verdict != records.Disagree {
		t.Errorf("answers %+v", got)
	}
}

func TestTheAuditLogTellsWhatHappened(t *testing.T) {
	s, store := readingSession(t, filepath.Join(t.TempDir(), "records.db"))
	openFake(s, "a", "b")
	wait(t, s, "findings", scored)
	s.Maps.ToggleMap("Mass")
	s.Answers.Answer("Mass", records.Agree, "")
	wait(t, s, "the answer", answered("Mass"))
	s.Answers.Log().Export(s.State().Picture.Image, []string{"out.pdf"}, false)
	s.Select(1)
	wait(t, s, "findings of the other", scored)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := store.ExportAudit(t.Context(), &log, false); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	var shown, scoredLine string
	for line := range strings.Lines(log.String()) {
		var e records.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, string(e.Kind))
		switch {
		case e.Kind == records.Shown && shown == "":
			shown = string(e.Detail)
		case e.Kind == records.Scored && scoredLine == "":
			scoredLine = line
		}
	}
	for _, want := range []string{"model", "opened", "scored", "answered", "exported", "shown"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%q is not in the log: %v", want, kinds)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k != "shown" })); n != 2 {
		t.Errorf("%d pictures were shown, want 2: %v", n, kinds)
	}
	if shown != `{"maps":[{"class":"Mass","per_map":false,"signed":false}]}` {
		t.Errorf("shown: %s", shown)
	}
	if !strings.Contains(scoredLine, `"threshold"`) || !strings.Contains(scoredLine, s.State().Model.SHA256) {
		t.Errorf("scored: %s", scoredLine)
	}
}

func TestAnswersWithoutRecordsAreRefusedInWords(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "findings", scored)
	s.Answers.Answer("Mass", records.Agree, "")
	if st := s.State(); !strings.Contains(st.Message.String(), "without records") {
		t.Errorf("message %q", st.Message)
	}
	kept, _ := readingSession(t, filepath.Join(t.TempDir(), "records.db"))
	kept.Answers.Answer("Mass", records.Agree, "")
	if st := kept.State(); !strings.Contains(st.Message.String(), "no finding") {
		t.Errorf("message %q", st.Message)
	}
}
