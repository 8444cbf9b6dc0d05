package app

import (
	"path/filepath"
	"testing"

	"hilum/app/apptest"
	"hilum/app/records"
)

// TestTwoProgramsSeeEachOthersAnswers: two programs with stores of their own on one file
// show one film; what is answered in one is there in the other, and what is taken back
// is gone.
func TestTwoProgramsSeeEachOthersAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	program := func() *Workstation {
		kept := records.New(path)
		t.Cleanup(func() { _ = kept.Close() })
		s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Records, c.Reader = kept, "Dr A" })
		openFake(s, "a")
		wait(t, s, "the film", func(st State) bool { return scored(st) && st.Identity != nil })
		return s
	}
	one, other := program(), program()
	verdict := func(v records.Verdict) func(State) bool {
		return func(st State) bool { return st.Answers["Hernia"].Verdict == v }
	}
	one.Answers.Answer("Hernia", records.Disagree, "none")
	wait(t, other, "the other's answer", verdict(records.Disagree))
	other.Answers.Answer("Hernia", records.Agree, "")
	wait(t, one, "the answer to that", verdict(records.Agree))
	if st := one.State(); st.Last != nil {
		t.Errorf("the undo of an answer that another program has replaced: %+v", st.Last)
	}
	one.Answers.Answer("Hernia", records.Withdrawn, "")
	wait(t, other, "the answer to be gone", func(st State) bool { _, ok := st.Answers["Hernia"]; return !ok })
}
