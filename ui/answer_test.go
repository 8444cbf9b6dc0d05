package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/records"
	"hilum/ui/golden"
)

// TestTheReaderAnswers by keys: verdict, another one, a note, a box, and back.
func TestTheReaderAnswers(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	h.key(fyne.KeyPageDown, 0) // from the first finding to the second
	st := h.session.State()
	class := st.Rows[1].Class
	if st.ChosenClass() != class || h.window.bars.cursor != class {
		t.Fatalf("%q is chosen, the cursor is at %q, want %q", st.ChosenClass(), h.window.bars.cursor, class)
	}
	verdict := func(v records.Verdict) func(app.State) bool {
		return func(st app.State) bool { return st.Answers[class].Verdict == v }
	}
	h.key(fyne.KeyA, 0)
	st = h.wait("agreement", verdict(records.Agree))
	if a := st.Answers[class]; a.Reader != "Dr. Test" || a.Model.SHA256 == "" || a.Model.Thresholds == "" || a.At.IsZero() || !a.Positive {
		t.Errorf("the answer is %+v", a)
	}
	h.key(fyne.KeyD, 0)
	h.wait("disagreement", verdict(records.Disagree))
	h.key(fyne.KeyN, 0)
	h.window.answers.entry.SetText("behind the heart")
	h.window.answers.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.wait("the note", func(st app.State) bool { return st.Answers[class].Note == "behind the heart" })
	h.key(fyne.KeyQ, 0)
	h.session.Measure.PressFilm(annotation.Point{X: 32, Y: 40}, 3)
	h.session.Measure.ReleaseFilm(annotation.Point{X: 160, Y: 200}, 3)
	st = h.wait("the box", func(st app.State) bool { return len(st.Answers[class].Regions) == 1 })
	a := st.Answers[class]
	if r := a.Regions[0]; a.Verdict != records.Disagree || a.Note == "" || r.Points[0] != [2]float64{0.1, 0.1} || r.Points[1] != [2]float64{0.5, 0.5} {
		t.Errorf("with a box the answer is %+v", a)
	}
	if len(st.Measure.Sheet.Marks) != 0 || len(st.RegionMarks()) != 1 {
		t.Errorf("%d marks, %d regions", len(st.Measure.Sheet.Marks), len(st.RegionMarks()))
	}
	golden.Check(t, "bars-answered", picture(t, h.window.bars, barsWidth, barRow*14))
	h.key(fyne.KeyD, 0) // the same again takes it back
	h.wait("nothing", verdict(""))
}

// TestWhatLeavesThroughMenus: labels, agreement, audit log and its check.
func TestWhatLeavesThroughMenus(t *testing.T) {
	h := keeping(t)
	h.open("first.dcm")
	h.key(fyne.KeyU, 0)
	h.wait("an answer", func(st app.State) bool { return len(st.Answers) == 1 })
	h.key(fyne.KeyA, 0)
	h.wait("another", func(st app.State) bool { return st.Answers[st.ChosenClass()].Verdict == records.Agree })
	h.opener.paths = []string{h.dir}
	for _, c := range []struct{ id, message, file, holds string }{
		{idLabels, "labels.csv", "labels.csv", "logit_"},
		{idAudit, "The audit log with", "audit.jsonl", `"kind":"answered"`},
		{idVerify, "The audit log holds", "", ""},
	} {
		h.window.run(c.id)()
		h.wait(c.id, func(st app.State) bool { return strings.Contains(st.Message.String(), c.message) })
		if c.file == "" {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(h.dir, c.file)); err != nil || !strings.Contains(string(data), c.holds) {
			t.Errorf("%s: %v, %d bytes without %q", c.file, err, len(data), c.holds)
		}
	}
	h.window.run(idAgreement)()
	h.wait("the page", func(app.State) bool { return h.window.pages.agreement != nil })
}

func TestAgreementGolden(t *testing.T) {
	list := []records.Agreement{{Reader: "Dr. Test", Model: records.ModelID{Name: "site.onnx"}, Answers: 40, Classes: []records.ClassAgreement{
		{Class: "Effusion", TP: 9, FN: 1, TN: 24, FP: 6, Sensitivity: records.Proportion{K: 9, N: 10, Value: 0.9, Lo: 0.6, Hi: 0.98}, Specificity: records.Proportion{K: 24, N: 30, Value: 0.8, Lo: 0.63, Hi: 0.9}},
		{Class: "Mass", Unsure: 2},
	}}}
	golden.Check(t, "agreement", picture(t, agreementPage(list), 820, 360))
}

func TestExportPageGolden(t *testing.T) {
	h := keeping(t)
	h.window.exports = exportChoice{forms: firstExport().forms, dir: "exports"}
	h.window.showExport()
	golden.Check(t, "export", picture(t, newExportPage(h.window, h.window.pages.export).content, 620, 560))
}

// TestTheWorklistNarrows while one types, and gives the keyboard back.
func TestTheWorklistNarrows(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "ap.dcm", "bare.png")
	h.window.run(idSearch)()
	if h.window.win.Canvas().Focused() != h.window.worklist.search {
		t.Fatal("the search has no keyboard")
	}
	h.window.worklist.search.SetText("bare")
	st := h.wait("one study", func(st app.State) bool { return st.Listed.Len() == 1 })
	if st.ListRow != -1 || st.Current < 0 {
		t.Errorf("row %d of the search, study %d", st.ListRow, st.Current)
	}
	h.key(fyne.KeyEscape, 0)
	h.wait("all", func(st app.State) bool { return st.Listed.Len() == 3 && st.ListRow >= 0 })
	if h.window.win.Canvas().Focused() != h.window.viewer {
		t.Error("Escape did not give the keyboard back")
	}
}
