package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/records"
	"hilum/ui/uitest"
)

// TestWhatLeavesThroughMenus: labels, agreement, audit log and its check.
func TestWhatLeavesThroughMenus(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	h.key(fyne.KeyU, 0)
	h.Wait("an answer", func(st app.State) bool { return len(st.Answers) == 1 })
	h.key(fyne.KeyA, 0)
	h.Wait("another", func(st app.State) bool { return st.Answers[st.ChosenClass()].Verdict == records.Agree })
	h.Opener.Paths = []string{h.Dir}
	for _, c := range []struct{ id, message, file, holds string }{
		{idLabels, "labels.csv", "labels.csv", "logit_"},
		{idAudit, "The audit log with", "audit.jsonl", `"kind":"answered"`},
		{idVerify, "The audit log holds", "", ""},
	} {
		h.window.run(c.id)()
		h.Wait(c.id, func(st app.State) bool { return strings.Contains(st.Message.String(), c.message) })
		if c.file == "" {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(h.Dir, c.file)); err != nil ||
			!strings.Contains(string(data), c.holds) {
			t.Errorf("%s: %v, %d bytes without %q", c.file, err, len(data), c.holds)
		}
	}
	h.window.run(idAgreement)()
	h.Wait("the page", func(app.State) bool { return uitest.WindowCalled("Hilum: The model against you so far") != nil })
}

// TestTheWorklistNarrows while one types, and gives the keyboard back.
func TestTheWorklistNarrows(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "ap.dcm", "bare.png")
	h.window.run(idSearch)()
	if h.window.win.Canvas().Focused() != h.window.worklist.Search() {
		t.Fatal("the search has no keyboard")
	}
	test.Type(h.window.worklist.Search(), "bare")
	st := h.Wait("one study", func(st app.State) bool { return st.Listed.Len() == 1 })
	if st.ListRow != -1 || st.Current < 0 {
		t.Errorf("row %d of the search, study %d", st.ListRow, st.Current)
	}
	h.key(fyne.KeyEscape, 0)
	h.Wait("all", func(st app.State) bool { return st.Listed.Len() == 3 && st.ListRow >= 0 })
	if h.window.win.Canvas().Focused() != h.window.viewer {
		t.Error("Escape did not give the keyboard back")
	}
}
