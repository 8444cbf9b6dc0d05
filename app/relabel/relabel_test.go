package relabel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilum/app/records"
	"hilum/app/runs"
	"hilum/training/dataset"
)

// audited is a run of twelve films: every score says what the label does, but for f3, labelled
// without the finding and scored .97, and f8, labelled with it and scored .04.
func audited(t *testing.T) *runs.Run {
	t.Helper()
	dir, data := t.TempDir(), t.TempDir()
	table, scores := "Datei;Patient;Rundherd\n", "image,patient_id,prob_Nodule,y_Nodule\n"
	for i := range 12 {
		name := fmt.Sprintf("f%d.png", i)
		if err := os.WriteFile(filepath.Join(data, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		y, p := i%2, 0.1+0.01*float64(i)
		if y == 1 {
			p = 0.8 + 0.01*float64(i)
		}
		switch i {
		case 3:
			y, p = 0, 0.97
		case 8:
			y, p = 1, 0.04
		}
		table += fmt.Sprintf("%s;P%d;%s\n", name, i, []string{"nein", "ja"}[y])
		scores += fmt.Sprintf("%s,P%d,%v,%d\n", name, i, p, y)
	}
	path := filepath.Join(data, "befunde.csv")
	put(t, path, table)
	if err := os.Mkdir(filepath.Join(dir, "scores"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "scores", "held_out.csv"), scores)
	return &runs.Run{Dir: dir, Settings: runs.Settings{Data: path}}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// says is an answer of a reader that a finding is there or not.
func says(reader, path string, present bool, at int) records.Answer {
	a := records.Answer{Reader: reader, Class: "Nodule", Positive: true, Verdict: records.Disagree,
		At: time.Date(2026, 5, 1, 10, at, 0, 0, time.UTC), Picture: records.Picture{Location: path}}
	if present {
		a.Verdict = records.Agree
	}
	return a
}

// The two labels that were turned are found and no other; what a reader answers of them goes into a
// new table beside the old one with who and when; the old one keeps its bytes.
func TestAudit(t *testing.T) {
	r := audited(t)
	doubts, err := Find(t.Context(), r)
	if err != nil || len(doubts) != 2 || filepath.Base(doubts[0].Path) != "f3.png" || doubts[0].Given ||
		filepath.Base(doubts[1].Path) != "f8.png" || !doubts[1].Given {
		t.Fatalf("%+v, %v", doubts, err)
	}
	before, err := os.ReadFile(r.Settings.Data)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 2, 8, 0, 0, 0, time.UTC)
	answers := []records.Answer{says("A. Reader", doubts[0].Path, false, 1), says("A. Reader", doubts[0].Path, true, 2),
		says("A. Reader", doubts[1].Path, true, 3)}
	got, err := Correct(t.Context(), r, doubts, answers, now)
	if err != nil || got.Answered != 2 || got.Changed != 1 || got.Contested != 0 ||
		filepath.Base(got.Path) != "befunde-corrected-20260502-080000.csv" ||
		filepath.Dir(got.Path) != filepath.Dir(r.Settings.Data) {
		t.Fatalf("%+v, %v", got, err)
	}
	after, err := os.ReadFile(r.Settings.Data)
	if err != nil || string(after) != string(before) {
		t.Error("the old table was changed")
	}
	d, err := dataset.Open(t.Context(), got.Path)
	if err != nil || len(d.Images) != 12 || d.Images[3].Labels[0] != dataset.Positive ||
		d.Images[8].Labels[0] != dataset.Positive || d.Images[3].Patient != "P3" {
		t.Fatalf("%+v, %v", d, err)
	}
	text, err := os.ReadFile(got.Path)
	if err != nil || !strings.Contains(string(text), ",1,Nodule: 0 to 1,A. Reader,2026-05-01T10:02:00Z\n") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := Correct(t.Context(), r, doubts, answers, now); err == nil {
		t.Error("a corrected table was written over")
	}
}

// Where readers contradict each other the label stays, and without a change nothing is written.
func TestContested(t *testing.T) {
	r := audited(t)
	doubts, err := Find(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Correct(t.Context(), r, doubts, []records.Answer{says("A", doubts[0].Path, true, 1),
		says("B", doubts[0].Path, false, 2)}, time.Now())
	if err != nil || got.Contested != 1 || got.Changed != 0 || got.Path != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
