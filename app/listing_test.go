package app

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/derived"
)

// imageFolder holds DICOM films of so many studies.
func imageFolder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		im := apptest.Image(int32(300 * i))
		im.Width, im.Height, im.Stored = 40, 40, im.Stored[:40*40] // too small for its pose to be doubted
		im.Header = dicomio.Header{PatientName: fmt.Sprint("P", i), PatientID: fmt.Sprint("SECRET", i),
			StudyUID: fmt.Sprint("1.2.", i+1), StudyDate: "20260102", Modality: "DX", ViewPosition: "PA"}
		var b bytes.Buffer
		if err := derived.WriteImage(&b, im); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.dcm", i)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func listSession(t *testing.T) (*Workstation, *records.Store) {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = store.Close() })
	return testSession(t, &apptest.Engine{}, func(c *Config) { c.Records, c.Sources = store, nil }), store
}

// TestTheWorklistIsScoredWithTheSessionsModel: opened studies are listed, scored
// in the background, sorted, and walked through from first to last.
func TestTheWorklistIsScoredWithTheSessionsModel(t *testing.T) {
	s, _ := listSession(t)
	s.Studies.Open(imageFolder(t, 4))
	wait(t, s, "the scores", func(st State) bool { return st.Listed.Studies == 4 && st.Listed.Scoring.Done == 4 })
	s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Sort, q.Class = worklist.ByMargin, "Hernia" })
	s.Studies.Worklist.SelectRow(0)
	st := wait(t, s, "the film", scored)
	row := st.Listed.Row(0)
	if st.ListRow != 0 || row.Seen || s.Studies.Worklist.CanStep(-1) {
		t.Errorf("row %d is open, the first is %+v", st.ListRow, row)
	}
	if m, _ := st.Result.Finding("Hernia"); float32(m.RelMargin) != row.Margins[2] {
		t.Errorf("the list says %v, the window %v", row.Margins[2], m.RelMargin)
	}
	for i, want := range []int{1, 2, 3, 3} {
		s.Studies.Worklist.Next()
		if st := s.State(); st.ListRow != want {
			t.Errorf("after %d steps row %d is open, want %d", i+1, st.ListRow, want)
		}
	}
	wait(t, s, "the last film", func(st State) bool { return st.Picture != nil && st.Listed.Row(3).Seen })
	s.Studies.Worklist.SetQuery(func(q *worklist.Query) { q.Unseen = true })
	st = wait(t, s, "the unseen", func(st State) bool { return st.Listed.Len() == st.Listed.Unseen+1 })
	if st.Listed.Unseen != 3 || st.ListRow != 3 {
		t.Errorf("of four studies of which one was looked at %d are new; the open one is row %d", st.Listed.Unseen,
			st.ListRow)
	}
	s.Studies.Worklist.SelectRow(0)
	wait(t, s, "the new ones alone", func(st State) bool { return st.Listed.Len() == 3 && st.ListRow == 0 })
	s.Studies.Worklist.SelectRow(99) // nothing happens
}

// TestScoringStopsAndGoesOn: what the reader stops stays stopped until asked for.
func TestScoringStopsAndGoesOn(t *testing.T) {
	s, _ := listSession(t)
	s.Studies.Worklist.SetScoring(false)
	s.Studies.Open(imageFolder(t, 3))
	wait(t, s, "the first film", func(st State) bool { return st.Listed.Studies == 3 && scored(st) })
	if p := s.State().Listed.Scoring; p.Running || p.Done > 1 {
		t.Errorf("it was stopped, and %+v", p)
	}
	s.Studies.Worklist.ToggleScoring()
	wait(t, s, "the scores", func(st State) bool { return st.Listed.Scoring.Done == 3 })
}

func TestTheTableHoldsEverythingScored(t *testing.T) {
	s, _ := listSession(t)
	path := filepath.Join(t.TempDir(), "findings.csv")
	if err := s.Exports.ExportTable(t.Context(), path, false); err == nil ||
		!strings.Contains(err.Error(), "nothing in the worklist is scored") {
		t.Errorf("an empty list: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file without rows was left")
	}
	s.Studies.Open(imageFolder(t, 3))
	wait(t, s, "the scores", func(st State) bool { return st.Listed.Scoring.Done == 3 && !st.Listed.Scoring.Running })
	wait(t, s, "the records", func(State) bool {
		return s.Exports.ExportTable(t.Context(), path, false) == nil && rowsOf(t, path) == 1+3*3
	})
	for _, identified := range []bool{false, true} {
		if err := s.Exports.ExportTable(t.Context(), path, identified); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || len(rows) != 1+3*3 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if told := bytes.Contains(data, []byte("SECRET")) || bytes.Contains(data, []byte("20260102")) ||
			bytes.Contains(data, []byte(".dcm")); told != identified {
			t.Errorf("identified %v: the table tells patients %v", identified, told)
		}
	}
}

// rowsOf counts the rows of a table.
func rowsOf(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

func TestAnotherModelScoresTheListAnew(t *testing.T) {
	s, _ := listSession(t)
	s.Studies.Open(imageFolder(t, 2))
	wait(t, s, "the scores", func(st State) bool { return st.Listed.Scoring.Done == 2 })
	engine := s.Models.Engine()
	if err := s.useModel(engine, apptest.TinySource(t, "Bird", "Cat", "Dog")); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.Listed.Classes[0] != "Bird" {
		t.Errorf("classes %v", st.Listed.Classes)
	}
}
