package app

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio"
)

// filmFolder holds DICOM films of so many studies.
func filmFolder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		im := film(int32(300 * i))
		im.Study = dicomio.Study{PatientName: fmt.Sprint("P", i), PatientID: fmt.Sprint("SECRET", i), StudyUID: fmt.Sprint("1.2.", i+1), StudyDate: "20260102", Modality: "DX", ViewPosition: "PA"}
		var b bytes.Buffer
		if err := dicomio.WriteDICOM(&b, im); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.dcm", i)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func listSession(t *testing.T) (*Session, *records.Store) {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = store.Close() })
	return testSession(t, &fakeEngine{}, func(c *Config) { c.Records, c.Decode = store, dicomio.Decode }), store
}

func TestTheWorklistIsScoredWithTheSessionsModel(t *testing.T) {
	s, _ := listSession(t)
	list := s.Worklist()
	if s.Worklist() != list {
		t.Fatal("there are two lists")
	}
	list.Add(filmFolder(t, 4))
	wait(t, s, "the index", func(st State) bool { return st.Worklist != nil && st.Worklist.Studies == 4 && !st.Worklist.Indexing })
	list.StartScoring()
	wait(t, s, "the scores", func(st State) bool { return st.Worklist.Scoring.Done == 4 })
	list.SetQuery(worklist.Query{Sort: worklist.ByMargin, Class: "Hernia"})
	s.OpenRow(s.State().Worklist.Row(0).Key)
	st := wait(t, s, "the film", scored)
	if st.ListKey != st.Worklist.Row(0).Key || !st.Worklist.Row(0).Seen {
		t.Errorf("%q is open, the first row is %+v", st.ListKey, st.Worklist.Row(0))
	}
	if m, _ := st.Result.Finding("Hernia"); float32(m.RelMargin) != st.Worklist.Row(0).Margins[2] {
		t.Errorf("the list says %v, the window %v", st.Worklist.Row(0).Margins[2], m.RelMargin)
	}
	for _, step := range []struct{ by, row int }{{1, 1}, {1, 2}, {5, 3}, {1, 3}, {-9, 0}, {-1, 0}} {
		s.StepList(step.by)
		st := s.State()
		if st.ListKey != st.Worklist.Row(step.row).Key {
			t.Errorf("after a step of %d row %d is open, want %d", step.by, st.Worklist.Index(st.ListKey), step.row)
		}
	}
	s.OpenRow("no such study") // nothing happens
}

func TestTheTableHoldsEverythingScored(t *testing.T) {
	s, _ := listSession(t)
	path := filepath.Join(t.TempDir(), "findings.csv")
	if err := s.ExportTable(t.Context(), path, false); err == nil || !strings.Contains(err.Error(), "nothing in the worklist is scored") {
		t.Errorf("an empty list: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file without rows was left")
	}
	list := s.Worklist()
	list.Add(filmFolder(t, 3))
	wait(t, s, "the index", func(st State) bool { return st.Worklist.Studies == 3 && !st.Worklist.Indexing })
	list.StartScoring()
	wait(t, s, "the scores", func(st State) bool { return st.Worklist.Scoring.Done == 3 && !st.Worklist.Scoring.Running })
	for _, identified := range []bool{false, true} {
		if err := s.ExportTable(t.Context(), path, identified); err != nil {
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
		if told := bytes.Contains(data, []byte("SECRET")) || bytes.Contains(data, []byte("20260102")) || bytes.Contains(data, []byte(".dcm")); told != identified {
			t.Errorf("identified %v: the table tells patients %v", identified, told)
		}
	}
}

func TestAnotherModelScoresTheListAnew(t *testing.T) {
	s, _ := listSession(t)
	list := s.Worklist()
	list.Add(filmFolder(t, 2))
	wait(t, s, "the index", func(st State) bool { return st.Worklist.Studies == 2 && !st.Worklist.Indexing })
	list.StartScoring()
	wait(t, s, "the scores", func(st State) bool { return st.Worklist.Scoring.Done == 2 })
	s.mu.Lock()
	engine := s.engine
	s.mu.Unlock()
	if err := s.useModel(engine, tinySource(t, "Bird", "Cat", "Dog")); err != nil {
		t.Fatal(err)
	}
	st := s.State()
	if st.Worklist.Classes[0] != "Bird" {
		t.Errorf("classes %v", st.Worklist.Classes)
	}
}
