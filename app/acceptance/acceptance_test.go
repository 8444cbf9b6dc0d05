package acceptance

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/dossier"
	"hilum/app/radiograph"
	"hilum/app/runs"
	"hilum/app/runs/columns"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/ort"
	"hilum/internal/catalogue"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/resources"
)

// awkward is a table as a German spreadsheet writes it: a byte order mark, semicolons, decimal commas,
// paths of another machine with DICOM files, headings of the site's own, a film that is missing, and
// one label in nine turned, so that no figure is perfect.
func awkward(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	d := phantom.Dataset{Dir: dir, N: n, Seed: 5, Size: 96, Format: &phantom.Format{Ending: ".dcm",
		Encode: func(e phantom.Exam) ([]byte, error) {
			var b bytes.Buffer
			err := derived.WriteImage(&b, radiograph.PhantomImage(e.Image, false))
			return b.Bytes(), err
		}}}
	if err := phantom.WriteDataset(t.Context(), d, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "Data_Entry_2017_v2020.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\ufeffAufnahme;Fall;G;Alter;Erguss;Infiltrate;Kommentar\r\n")
	answer := func(i int, labels, class string) string {
		yes := strings.Contains(labels, class) != (i%9 == 4)
		switch {
		case i%31 == 7:
			return "fraglich"
		case yes:
			return "ja"
		}
		return "nein"
	}
	for i, r := range rows[1:] {
		fmt.Fprintf(&b, "D:\\Archiv\\%s;%s;%s;%s,0;%s;%s;\"liegend; Kontrolle\"\r\n", r[0], r[3],
			map[string]string{"M": "m", "F": "w"}[r[5]], r[4], answer(i, r[1], "Effusion"), answer(i+3, r[1], "Infiltration"))
	}
	b.WriteString("D:\\Archiv\\fehlt.dcm;77;m;44,0;nein;nein;\r\n")
	path := filepath.Join(dir, "befunde.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The newcomer's way: an awkward table, what is proposed of its columns taken, a model calibrated on
// the site's films, a dossier. Every figure is found again from the folder, and where a
// Python with scikit-learn is named (HILUM_PEER_PYTHON), by it from the site's own table.
func TestNewcomerToDossier(t *testing.T) {
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 2})
	if err != nil {
		t.Skip("no ONNX Runtime: ", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	worker := runs.Worker{OpenEngine: func() (inference.Engine, error) {
		return ort.Open(ort.Options{Provider: inference.CPU, Threads: 2})
	}}
	dir := t.TempDir()
	desk, err := runs.Open(runs.Config{Dir: dir, Start: worker.Do,
		Demo: inference.Source{Name: "demo", ONNX: resources.DemoModel(), Thresholds: resources.DemoThresholds()}})
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	table := awkward(t, 330)
	r, err := desk.Create(runs.Settings{Data: table, CalibrateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := columns.Look(t.Context(), table, nil)
	if err != nil || len(s.Asked()) != 3 {
		t.Fatalf("asked of %+v, %v", s, err)
	}
	if _, err := desk.Tables().SetColumns(r.Dir, s.Header, s.AsProposed(nil)); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []runs.Kind{runs.KindCheck, runs.KindJudge} {
		if err := worker.Do(t.Context(), runs.Spec{Kind: kind, Dir: r.Dir}, make(chan struct{}), nil); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	again, err := runs.Open(runs.Config{Dir: dir, Start: worker.Do})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	r = again.State().Run(r.Dir)
	if r == nil || r.Data == nil || r.Data.Counts.Found != 330 || r.Data.Counts.Missing != 1 {
		t.Fatalf("%+v", r)
	}
	out := filepath.Join(dir, "dossier")
	d, err := Job{Run: r, Site: dossier.Site{Name: "Klinikum Nord"}, Out: out, Program: "test", Words: words(t),
		Methods: calib.Calibrators(), Rounds: 50}.Do(t.Context())
	if err != nil || len(d.Report.Classes) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	v, err := dossier.Verify(context.Background(), out, calib.Calibrators())
	if err != nil || len(v.Differences) != 0 || v.Figures == 0 {
		t.Errorf("%+v, %v", v, err)
	}
	python := os.Getenv("HILUM_PEER_PYTHON")
	if python == "" {
		t.Skip("HILUM_PEER_PYTHON names no Python with scikit-learn")
	}
	said, err := exec.Command(python, "../../testdata/peers/dossier_check.py", out, table, "Aufnahme", "Effusion=Erguss",
		"Infiltration=Infiltrate").CombinedOutput()
	if err != nil || strings.TrimSpace(string(said)) != "14" {
		t.Errorf("scikit-learn: %v\n%s", err, said)
	}
}

// words are those of a German page.
func words(t *testing.T) message.Words {
	t.Helper()
	l, err := catalogue.Open("de")
	if err != nil {
		t.Fatal(err)
	}
	return message.In(l)
}

// What a site says is kept, and a site without a name does not sign.
func TestStatement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "site.json")
	s, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Save() == nil {
		t.Error("a site without a name was taken")
	}
	s.Site.Name, s.Site.Author = "Klinikum Nord", "A. Physik"
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if again, err := Load(path); err != nil || again.Site.Author != "A. Physik" {
		t.Errorf("%+v, %v", again, err)
	}
}
