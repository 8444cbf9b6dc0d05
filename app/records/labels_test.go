package records_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hilum/app/records"
	"hilum/dicomio"
	"hilum/training/dataset"
	"hilum/training/scores"
)

func newStore(t *testing.T) *records.Store {
	t.Helper()
	s := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// reading is a reader's answers to two findings on films that lie in dir.
func reading(t *testing.T, s *records.Store, dir string, images int) {
	t.Helper()
	for i := range images {
		path := filepath.Join(dir, fmt.Sprintf("film%d.png", i))
		if err := os.WriteFile(path, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		mass, nodule := said(i, path, "Mass"), said(i, path, "Nodule, small")
		mass.Positive, mass.Logit = i%2 == 0, float64(i)-1.5
		if i == 1 {
			mass.Verdict = records.Disagree // a miss
		}
		nodule.Verdict = []records.Verdict{records.Unsure, records.Agree}[i%2]
		if _, err := s.Answer(t.Context(), mass, nodule); err != nil {
			t.Fatal(err)
		}
	}
}

func said(i int, path, class string) records.Answer {
	return records.Answer{
		Reader: "Dr A", Class: class, Verdict: records.Agree,
		Model: records.ModelID{Name: "demo", SHA256: "m1", Prep: "p1", Thresholds: "t1"},
		Picture: records.Picture{Pixels: fmt.Sprint("x", i), Reading: "r", Patient: fmt.Sprint("P", i/2), Sex: "F",
			Age: "061Y", View: "PA", Location: path},
		Probability: 0.5, Threshold: 0.5, Logit: 0.25,
	}
}

func TestTheTrainingSideReadsTheLabels(t *testing.T) {
	s, dir := newStore(t), t.TempDir()
	reading(t, s, dir, 4)
	table := filepath.Join(dir, "labels.csv")
	var out bytes.Buffer
	report, err := s.ExportLabels(t.Context(), &out, records.LabelOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Pictures != 4 || report.Labels != 6 || report.Unscored != 0 || report.Model.SHA256 != "m1" {
		t.Errorf("report %+v", report)
	}
	if err := os.WriteFile(table, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d.Classes, []string{"Mass"}) &&
		!reflect.DeepEqual(d.Classes, []string{"Mass", "Nodule, small"}) {
		t.Errorf("classes %q", d.Classes)
	}
	var mass []dataset.Label
	for _, f := range d.Images {
		mass = append(mass, f.Labels[0])
	}
	// positive agreed, missed, positive agreed, negative agreed
	if want := []dataset.Label{1, 1, 1, 0}; !reflect.DeepEqual(mass, want) || d.Images[0].Age != 61 ||
		d.Images[0].Patient != d.Images[1].Patient {
		t.Errorf("labels %v, want %v; first film %+v", mass, want, d.Images[0])
	}
	scores, err := scores.Read(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	c := scores.Classes[0]
	if scores.Patients != 2 || c.Name != "Mass" || !reflect.DeepEqual(c.Positive, []bool{true, true, true, false}) ||
		!reflect.DeepEqual(c.Score, []float64{-1.5, -0.5, 0.5, 1.5}) {
		t.Errorf("%d patients, %+v", scores.Patients, c)
	}
	if n := scores.Classes[1]; n.Name != "Nodule, small" || n.Unknown != 2 {
		t.Errorf("unsure answers: %+v", n)
	}
}

func TestClassesOfOnesOwnAreReadToo(t *testing.T) {
	s, dir := newStore(t), t.TempDir()
	path := filepath.Join(dir, "a.png")
	if err := os.WriteFile(path, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Answer(t.Context(), said(0, path, "Bird"), said(0, path, "Cat")); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(dir, "labels.csv")
	f, err := os.Create(table)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExportLabels(t.Context(), f, records.LabelOptions{}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d, err := dataset.Open(context.Background(), table)
	if err != nil || !reflect.DeepEqual(d.Classes, []string{"Bird", "Cat"}) {
		t.Fatalf("%v, %+v", err, d)
	}
}

func TestLabelsNeedNoAnswersOfTheModelInUse(t *testing.T) {
	s := newStore(t)
	path := "/films/a.dcm"
	if _, err := s.Answer(t.Context(), said(0, path, "Mass"), said(1, path, "Mass")); err != nil {
		t.Fatal(err)
	}
	newer := records.ModelID{Name: "newer", SHA256: "m2", Prep: "p2"}
	score := records.Score{Picture: said(1, path, "").Picture, Logits: []float32{7, -3}}
	if err := s.SaveScores(t.Context(), newer, []string{"Nodule", "Mass"}, score); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	report, err := s.ExportLabels(t.Context(), &out, records.LabelOptions{Model: newer, Identified: true})
	if err != nil || report.Labels != 2 || report.Unscored != 1 {
		t.Fatal(report, err)
	}
	want := "path,patient_id,sex,age,view,date,reader,Mass,logit_Mass,y_Mass\n" +
		"/films/a.dcm,P0,F,061Y,PA,DAY,Dr A,0,,\n/films/a.dcm,P0,F,061Y,PA,DAY,Dr A,0,-3,0\n"
	want = strings.ReplaceAll(want, "DAY", time.Now().UTC().Format(time.DateOnly))
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func TestReadersWhoDifferLeaveNoLabel(t *testing.T) {
	s := newStore(t)
	a, b := said(0, "/a", "Mass"), said(0, "/a", "Mass")
	b.Reader, b.Verdict = "Dr B", records.Disagree
	if _, err := s.Answer(t.Context(), a, b); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if report, err := s.ExportLabels(t.Context(), &out, records.LabelOptions{}); err != nil || report.Conflicts != 1 ||
		report.Labels != 0 {
		t.Error(report, err)
	}
	out.Reset()
	if report, err := s.ExportLabels(t.Context(), &out, records.LabelOptions{Reader: "Dr B"}); err != nil ||
		report.Labels != 1 {
		t.Error(report, err)
	}
	if strings.Contains(out.String(), "P0") {
		t.Error("the table names the patient")
	}
}

func TestAgreementCounts(t *testing.T) {
	var answers []records.Answer
	add := func(n int, v records.Verdict, positive bool) {
		for range n {
			a := said(len(answers), "", "Mass")
			a.Verdict, a.Positive = v, positive
			answers = append(answers, a)
		}
	}
	add(81, records.Agree, true)      // TP
	add(182, records.Disagree, false) // FN
	add(133, records.Agree, false)    // TN
	add(15, records.Disagree, true)   // FP
	add(3, records.Unsure, true)
	got := records.AgreeOn(answers)
	if len(got) != 1 || len(got[0].Classes) != 1 {
		t.Fatalf("%+v", got)
	}
	c := got[0].Classes[0]
	if c.TP != 81 || c.FN != 182 || c.TN != 133 || c.FP != 15 || c.Unsure != 3 || got[0].Answers != 414 {
		t.Errorf("%+v", c)
	}
	// scipy: binomtest(81, 263) and binomtest(133, 148), proportion_ci(method="wilson")
	for _, x := range [][2]float64{
		{c.Sensitivity.Value, 81. / 263}, {c.Sensitivity.Lo, 0.2552885198782742},
		{c.Sensitivity.Hi, 0.36620957698280004},
		{c.Specificity.Lo, 1 - 0.16048724172330803}, {c.Specificity.Hi, 1 - 0.06238639953073629},
	} {
		if math.Abs(x[0]-x[1]) > 1e-12 {
			t.Errorf("%v, want %v", x[0], x[1])
		}
	}
	answers[0].Model.Thresholds = "t2"
	answers[1].Reader = "Dr B"
	if n := len(records.AgreeOn(answers)); n != 3 {
		t.Errorf("%d groups, want one for each reader and threshold", n)
	}
}

func TestAnswersMoveBetweenDatabases(t *testing.T) {
	from, to := newStore(t), newStore(t)
	reading(t, from, t.TempDir(), 3)
	taken := said(0, "/a", "Mass")
	taken.Verdict, taken.Note = records.Withdrawn, "Mrs Smith"
	if _, err := from.Answer(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if n, err := from.ExportAnswers(t.Context(), &file, records.AnswerFilter{}, true); err != nil || n != 7 {
		t.Fatal(n, err)
	}
	for _, added := range []int{7, 0} { // the second time all are there
		report, err := to.ImportAnswers(t.Context(), bytes.NewReader(file.Bytes()), "answers.jsonl")
		if err != nil || report.Read != 7 || report.Added != added {
			t.Fatal(report, err)
		}
	}
	want, err1 := from.Answers(t.Context(), records.AnswerFilter{})
	got, err2 := to.Answers(t.Context(), records.AnswerFilter{})
	if err1 != nil || err2 != nil || !reflect.DeepEqual(got, want) || len(got) != 5 {
		t.Errorf("%v %v\n got %+v\nwant %+v", err1, err2, got, want)
	}
	file.Reset()
	if _, err := from.ExportAnswers(t.Context(), &file, records.AnswerFilter{}, false); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Smith", `"P0"`, "film0", "/a"} {
		if strings.Contains(file.String(), secret) {
			t.Errorf("the export without identity has %s", secret)
		}
	}
}

func TestABadFileOfAnswersChangesNothing(t *testing.T) {
	s := newStore(t)
	var file bytes.Buffer
	reading(t, s, t.TempDir(), 1)
	if _, err := s.ExportAnswers(t.Context(), &file, records.AnswerFilter{}, true); err != nil {
		t.Fatal(err)
	}
	empty := newStore(t)
	_, err := empty.ImportAnswers(t.Context(), strings.NewReader(file.String()+`{"reader":"x"}`), "a.jsonl")
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "a.jsonl") {
		t.Error(err)
	}
	if got, err := empty.Answers(t.Context(), records.AnswerFilter{}); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte(`{"id":1,"at":"2026-01-02T03:04:05Z","reader":"a","picture":{"pixels":"x"},"class":"Mass","verdict":"agree","scored_by":{},"regions":[{"kind":"box","points":[[0,0],[1,1]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = records.ReadAnswers(bytes.NewReader(data), func(a records.Answer) error {
			if a.Reader == "" || a.Class == "" || a.Picture.Pixels == "" || a.At.IsZero() {
				t.Errorf("passed %+v", a)
			}
			return nil
		})
	})
}

// TestThePathsOfALabelTableHoldFromItsPlace: a film below the table is named from there,
// another by its whole path, whatever folder the films were named from. The oracle is the
// reader of tables, which finds both from a third folder.
func TestThePathsOfALabelTableHoldFromItsPlace(t *testing.T) {
	s, dir := newStore(t), t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"study/below.png", "elsewhere/beside.png"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		im := &dicomio.Image{Path: name, Width: 1, Height: 1, Stored: []int32{int32(len(name))}}
		if err := os.WriteFile(name, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		a := said(len(name), "", "Mass")
		a.Picture = records.PictureOf(im)
		if _, err := s.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	table := filepath.Join(dir, "study", "labels.csv")
	var out bytes.Buffer
	if _, err := s.ExportLabels(t.Context(), &out, records.LabelOptions{Folder: filepath.Dir(table)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\nbelow.png,") ||
		!strings.Contains(out.String(), "\n"+filepath.Join(dir, "elsewhere", "beside.png")+",") {
		t.Errorf("%s", &out)
	}
	t.Chdir(t.TempDir())
	d, err := dataset.Open(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Images) != 2 {
		t.Errorf("%d films are found of 2", len(d.Images))
	}
}
