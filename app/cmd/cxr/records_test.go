package main

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/cmd/cxr/internal/reading"
	"hilum/app/records"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/training/dataset"
	"hilum/training/scores"
)

// phantoms writes films with known findings.
func phantoms(t *testing.T, n int, extra ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "films")
	args := append([]string{"phantom", "--out", dir, "--n", fmt.Sprint(n), "--seed", "7", "--size", "96"}, extra...)
	if code, _, errs := cxr(t, args...); code != exitOK {
		t.Fatal(code, errs)
	}
	return dir
}

// count is what the model said against the truth.
type count struct{ tp, fn, tn, fp int }

// readAll has a reader who knows the truth answer every finding of the films by
// the demo model, and counts the same from the outside.
func readAll(t *testing.T, store *records.Store, images string) map[string]count {
	t.Helper()
	engine, err := ort.Open(ort.Options{Provider: inference.CPU})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	src, err := cli.ModelFlags{}.Source()
	if err != nil {
		t.Fatal(err)
	}
	m, err := inference.OpenModel(engine, src)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	id, err := worklist.Identify(m)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(t.Context(), images)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]count{}
	for _, image := range d.Images {
		im, err := dicomio.Decode(t.Context(), image.Path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Score(t.Context(), im)
		if err != nil {
			t.Fatal(err)
		}
		picture := records.PictureOf(im)
		picture.Patient = image.Patient
		var answers []records.Answer
		for _, f := range r.Findings {
			present := image.Labels[d.Class(f.Class)] == dataset.Positive
			c := out[f.Class]
			a := records.Answer{Reader: "Dr A", Picture: picture, Class: f.Class, Verdict: records.Agree, Model: id,
				Logit: f.Logit, Probability: f.Probability, Threshold: f.Threshold, Positive: f.Positive}
			switch {
			case present && f.Positive:
				c.tp++
			case present:
				c.fn++
			case f.Positive:
				c.fp++
			default:
				c.tn++
			}
			if present != f.Positive {
				a.Verdict = records.Disagree
			}
			out[f.Class] = c
			answers = append(answers, a)
		}
		if _, err := store.Answer(t.Context(), answers...); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestReadingMakesAValidationSet walks from a reader's answers to a data set, a
// table of scores, thresholds and a validation report.
func TestReadingMakesAValidationSet(t *testing.T) {
	needEngine(t)
	images, dir := phantoms(t, 30), t.TempDir()
	db := filepath.Join(dir, "records.db")
	store := records.New(db)
	want := readAll(t, store, images)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	labels := filepath.Join(dir, "labels.csv")
	if code, _, errs := cxr(t, "answers", "export", "--records", db, "--out", labels); code != exitOK ||
		!strings.Contains(errs, "30 pictures with 420 labels of 14 classes") {
		t.Fatalf("exit %d, %q", code, errs)
	}
	thresholds := filepath.Join(dir, "thresholds.json")
	for _, c := range [][]string{
		{"calibrate", "--scores", labels, "--out", thresholds, "--bootstrap", "20"},
		{"validate", "--scores", labels, "--bootstrap", "20"},
		{"score", "--data", labels, "--out", filepath.Join(dir, "scores.csv"), "--provider", "cpu"},
		{"infer", "--thresholds", thresholds, "--provider", "cpu", filepath.Join(images, "images", "00000001_000.png")},
	} {
		if code, _, errs := cxr(t, c...); code != exitOK {
			t.Errorf("%v: exit %d, %q", c, code, errs)
		}
	}
	sameScores(t, labels, filepath.Join(dir, "scores.csv"))

	code, out, errs := cxr(t, "answers", "agreement", "--records", db, "--json")
	var got records.Agreement
	if err := json.Unmarshal([]byte(out), &got); code != exitOK || err != nil {
		t.Fatalf("exit %d, %q, %v", code, errs, err)
	}
	if len(got.Classes) != 14 || got.Answers != 420 {
		t.Errorf("%d classes, %d answers", len(got.Classes), got.Answers)
	}
	for _, c := range got.Classes {
		if w := want[c.Class]; w != (count{c.TP, c.FN, c.TN, c.FP}) {
			t.Errorf("%s: %+v, want %+v", c.Class, c, w)
		}
	}
	if code, out, _ := cxr(t, "answers", "agreement", "--records", db); code != exitOK ||
		!strings.Contains(out, "sensitivity") || !strings.Contains(out, records.AgreementNote) ||
		!strings.Contains(out, inference.NotForDiagnosis) {
		t.Errorf("exit %d, %q", code, out)
	}
}

// sameScores compares the logits and labels of two tables by patient and class.
func sameScores(t *testing.T, a, b string) {
	t.Helper()
	x, err1 := scores.Load(a)
	y, err2 := scores.Load(b)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if x.Rows != y.Rows || x.Patients != y.Patients || len(x.Classes) != len(y.Classes) {
		t.Fatalf("%d rows of %d patients, %d of %d", x.Rows, x.Patients, y.Rows, y.Patients)
	}
	for i, c := range x.Classes {
		for k := range c.Score {
			if d := y.Classes[i]; d.Name != c.Name || d.Positive[k] != c.Positive[k] ||
				max(d.Score[k]-c.Score[k], c.Score[k]-d.Score[k]) > 1e-4 {
				t.Fatalf("%s, row %d: %v and %v", c.Name, k, c.Score[k], d.Score[k])
			}
		}
	}
}

func TestAnswersBetweenTwoPlaces(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	store := records.New(from)
	a := records.Answer{Reader: "Dr A", Picture: records.Picture{Pixels: "x"}, Class: "Mass", Verdict: records.Agree,
		Model: records.ModelID{SHA256: "m"}, Probability: 1, Positive: true}
	if _, err := store.Answer(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "answers.jsonl")
	if code, _, errs := cxr(t, "answers", "export", "--lines", "--records", from, "--out", file); code != exitOK {
		t.Fatal(code, errs)
	}
	if code, out, errs := cxr(t, "answers", "import", file, "--records", to); code != exitOK ||
		out != "1 answers read, 1 added\n" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	write(t, file, []byte("{}\n"))
	if code, _, errs := cxr(t, "answers", "import", file, "--records", to); code != exitFailed ||
		!strings.Contains(errs, "line 1") {
		t.Errorf("a bad file: exit %d, %q", code, errs)
	}
	if code, _, errs := cxr(t, "answers", "agreement", "--records",
		filepath.Join(dir, "absent.db")); code != exitFailed || !strings.Contains(errs, "--records") {
		t.Errorf("an absent database: exit %d, %q", code, errs)
	}
	for name, args := range map[string][]string{
		"no file": {"answers", "import"}, "two": {"audit", "verify", "a", "b"}, "no folder": {"export", "x.png"},
		"form":  {"export", "x.png", "--out", dir, "--as", "docx"},
		"order": {"worklist", "x", "--sort", "shoe size"}, "nothing": {"report", "--out", dir},
		"colours": {"report", "x", "--out", dir, "--colours", "plaid"},
	} {
		if code, _, errs := cxr(t, args...); code != exitUsage || errs == "" {
			t.Errorf("%s: exit %d, %q; want 2", name, code, errs)
		}
	}
}

func TestAuditLeavesAndIsChecked(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "records.db"), filepath.Join(dir, "log.jsonl")
	store := records.New(db)
	for range 3 {
		if err := store.Log(t.Context(), records.Event{Kind: records.Opened, Path: "film.dcm"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cxr(t, "audit", "export", "--records", db, "--out", log); code != exitOK ||
		!strings.Contains(errs, "3 entries") {
		t.Fatal(code, errs)
	}
	for _, args := range [][]string{{"audit", "verify", "--records", db}, {"audit", "verify", log}} {
		if code, out, errs := cxr(t, args...); code != exitOK || !strings.Contains(out, "3 entries") {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	write(t, log, []byte(strings.Replace(string(data), "film", "firm", 1)))
	if code, _, errs := cxr(t, "audit", "verify", log); code != exitFailed || !strings.Contains(errs, "changed") {
		t.Errorf("a changed log: exit %d, %q", code, errs)
	}
	if code, _, errs := cxr(t, "audit", "verify", "--records", db, "--head", strings.Repeat("0", 63)+
		"1"); code != exitFailed || !strings.Contains(errs, "cut off") {
		t.Errorf("another head: exit %d, %q", code, errs)
	}
	if code, out, _ := cxr(t, "audit", "export", "--csv", "--records", db); code != exitOK ||
		strings.Count(out, "\n") != 4 {
		t.Errorf("as a table: exit %d, %q", code, out)
	}
}

// zipped packs the DICOM phantoms of a folder.
func zipped(t *testing.T, images string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "films.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	list, err := filepath.Glob(filepath.Join(images, "images", "*.dcm"))
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	for _, file := range list {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.Create("disc/" + filepath.Base(file))
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArchivesAreScoredListedAndExported(t *testing.T) {
	needEngine(t)
	archive := zipped(t, phantoms(t, 5, "--dicom"))
	dir := t.TempDir()
	db := filepath.Join(dir, "records.db")
	code, out, errs := cxr(t, "infer", "--json", "--provider", "cpu", archive)
	if got := lines(t, out); code != exitOK || len(got) != 5 || !strings.Contains(got[0].Path, "films.zip/disc/") {
		t.Fatalf("infer: exit %d, %d lines, %q", code, len(got), errs)
	}
	worklistOf := func(args ...string) []reading.WorklistJSON {
		code, out, errs := cxr(t, append([]string{"worklist", "--json", "--records", db, "--provider", "cpu", archive},
			args...)...)
		if code != exitOK {
			t.Fatalf("worklist: exit %d, %q", code, errs)
		}
		var list []reading.WorklistJSON
		for l := range strings.Lines(out) {
			var w reading.WorklistJSON
			if err := json.Unmarshal([]byte(l), &w); err != nil {
				t.Fatal(err)
			}
			list = append(list, w)
		}
		return list
	}
	first := worklistOf("--class", "Mass")
	for i := 1; i < len(first); i++ {
		if first[i].Margins["Mass"] > first[i-1].Margins["Mass"] {
			t.Errorf("studies %d and %d are not in order", i-1, i)
		}
	}
	if kept := worklistOf("--class", "Mass", "--no-score"); len(first) == 0 || len(kept) != len(first) ||
		kept[0].State != "scored" || kept[0].Margins["Mass"] != first[0].Margins["Mass"] {
		t.Errorf("without scoring: %+v, with: %+v", kept, first)
	}

	table, folder := filepath.Join(dir, "findings.csv"), filepath.Join(dir, "out")
	code, out, errs = cxr(t, "export", "--json", "--provider", "cpu", "--records", db, "--out", folder, "--as",
		"pdf,png16,sc,sr,gsps", "--table", table, archive)
	if code != exitOK || strings.Count(out, "\n") != 5 {
		t.Fatalf("export: exit %d, %q, %q", code, out, errs)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 5*6 { // the film beside the objects that refer to it
		t.Errorf("%d files, %v", len(files), err)
	}
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := csv.NewReader(f).ReadAll(); err != nil || len(rows) != 1+5*14 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if code, out, _ := cxr(t, "audit", "export", "--records", db); code != exitOK ||
		strings.Count(out, `"kind":"exported"`) != 5 {
		t.Errorf("the audit log has not the 5 exports: %q", out)
	}
	// the pages of the export are there: no report takes their place unless it is told to
	if code, _, errs := cxr(t, "report", "--provider", "cpu", "--records", db, "--out", folder,
		archive); code != exitFailed || strings.Count(errs, "exists already") != 5 {
		t.Errorf("report over an export: exit %d, %q", code, errs)
	}
	if code, out, errs := cxr(t, "report", "--provider", "cpu", "--records", db, "--out", folder, "--overwrite",
		archive); code != exitOK || strings.Count(out, ".pdf") != 5 {
		t.Errorf("report: exit %d, %q, %q", code, out, errs)
	}
}
