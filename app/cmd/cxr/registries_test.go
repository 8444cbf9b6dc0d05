package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/export"
	"hilum/app/lab/edit"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/graph"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/internal/tinynet"
	"hilum/resources"
)

// ours is a set of findings that does not come along.
func ours() findingset.Set {
	return findingset.Set{Name: "ours", Title: "Our hospital", Made: "Read by two people.", Labels: []findingset.Label{
		{Name: "Shunt", Display: "Shunt", What: "A shunt.", Pitfalls: "It is thin."},
		{Name: "Edema", Display: "Edema", What: "Water.", Pitfalls: "Ours."},
	}}
}

// TestASetOfFindingsIsMetEverywhere: one more entry in the list is all that --labels,
// --findings and their help need.
func TestASetOfFindingsIsMetEverywhere(t *testing.T) {
	more := cli.BuiltIn()
	more.Findings = append(more.Findings, ours())
	dir := t.TempDir()
	onnx, err := tinynet.Encode(2, 8)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "m.onnx"), onnx, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, help := range []string{"infer", "import", "card"} {
		if _, out, _ := captured(t,
			func() int { return runWith(t.Context(), []string{help, "--help"}, more) }); !strings.Contains(out,
			"ours") {
			t.Errorf("cxr %s --help does not name it", help)
		}
	}
	model := filepath.Join(dir, "out.onnx")
	args := []string{"import", filepath.Join(dir, "m.onnx"), "--labels", "ours", "--findings", "ours", "--contract",
		"logits", "--out", model}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code != exitOK {
		t.Fatal(errs)
	}
	m, err := graph.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	spec, _, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil || strings.Join(spec.Classes, ",") != "Shunt,Edema" ||
		spec.Vocabulary(more.Findings).Title != "Our hospital" {
		t.Errorf("%+v, %v", spec, err)
	}
	if code, _, _ := cxr(t, args...); code == exitOK {
		t.Error("without the entry the name is known too")
	}
}

// TestASiteDescribesItsFindingsInAFile: the model carries the description with it.
func TestASiteDescribesItsFindingsInAFile(t *testing.T) {
	dir := t.TempDir()
	file, model := filepath.Join(dir, "ours.json"), filepath.Join(dir, "demo.onnx")
	text, err := json.Marshal(ours())
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	onnx, err := tinynet.Encode(2, 8)
	if err == nil {
		err = os.WriteFile(model, onnx, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(dir, "a.onnx"), filepath.Join(dir, "b.onnx")
	if code, _, errs := cxr(t, "import", model, "--labels", file, "--out", first); code == exitOK {
		t.Errorf("a set is taken for a list of labels: %s", errs)
	}
	labels := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(labels, []byte("Shunt\nEdema\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cxr(t, "import", model, "--labels", labels, "--contract", "logits", "--out",
		first); code != exitOK {
		t.Fatal(errs)
	}
	if code, _, errs := cxr(t, "card", first, "--findings", file, "--out", second); code != exitOK {
		t.Fatal(errs)
	}
	m, err := graph.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	spec, _, err := inference.ReadSpec(m, inference.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	about, made, ok := spec.Vocabulary(findingset.Sets()).About("Edema")
	if !ok || about.What != "Water." || made != "Read by two people." {
		t.Errorf("%+v, %q", about, made)
	}
	if _, out, _ := cxr(t, "card", second); !strings.Contains(out, "Our hospital (ours), which has 2 of 2 labels") {
		t.Errorf("the card shows no set: %s", out)
	}
	for _, bad := range []string{"nobody", labels} {
		if code, _, _ := cxr(t, "card", first, "--findings", bad, "--out",
			filepath.Join(dir, "c.onnx")); code == exitOK {
			t.Errorf("--findings %s is accepted", bad)
		}
	}
}

// TestASaliencyMethodIsMetInCam: one more entry in the list is a method of cxr cam and
// stands in its help.
func TestASaliencyMethodIsMetInCam(t *testing.T) {
	more := cli.BuiltIn()
	more.Methods = append(more.Methods, saliency.Method{
		Name: "brightness", Title: "Brightness", About: "What is bright.",
		Explain: func(_ context.Context, p *saliency.Problem) ([]saliency.Map, error) {
			var out []saliency.Map
			h, w := int(p.Image.Shape[2]), int(p.Image.Shape[3])
			for _, c := range p.Query.Classes {
				out = append(out, saliency.Map{Class: c, H: h, W: w, Values: p.Image.Data[:h*w]})
			}
			return out, nil
		},
	})
	if _, out, _ := captured(t,
		func() int { return runWith(t.Context(), []string{"cam", "--help"}, more) }); !strings.Contains(out,
		"What is bright.") {
		t.Error(out)
	}
	dir := t.TempDir()
	args := append([]string{"cam", "--json", "--method", "brightness", "--class", "Mass", "--out", dir},
		modelArgs(t)...)
	args = append(args, filepath.Join(peer, "00000001_000.png"))
	code, out, errs := captured(t, func() int { return runWith(t.Context(), args, more) })
	if files, _ := filepath.Glob(filepath.Join(dir, "*_brightness_*.png")); code != exitOK || len(files) != 1 {
		t.Errorf("exit %d, %q, %q, %v", code, out, errs, files)
	}
	if code, _, _ := cxr(t, args...); code != exitUsage {
		t.Error("without the entry the method is known too")
	}
}

// TestAnEditIsMetInLessons: one more entry in the list is an edit that lesson files may
// name, and the page calls it by its title.
func TestAnEditIsMetInLessons(t *testing.T) {
	more := cli.BuiltIn()
	more.Edits = append(more.Edits, edit.Operation{
		Kind:  "negative",
		Title: func(edit.Edit) message.Message { return message.Of("Turn into its negative") },
		Doing: func(edit.Edit) message.Message { return message.Of("This negative") },
		Apply: func(_ context.Context, s *edit.Sheet, _ edit.Edit, _ edit.Images) error {
			s.Map(func(u float32) float32 { return 1 - u })
			return nil
		},
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "negative.json")
	lesson := `{"schema":1,"title":"Negatives","text":"","steps":[{"title":"One","text":"","film":{"demo":"3-mass.dcm"},"edits":[{"kind":"negative"}],"focus":1,"class":"Mass","strip":"methods","methods":["layercam"]}]}`
	if err := os.WriteFile(file, []byte(lesson), 0o600); err != nil {
		t.Fatal(err)
	}
	needEngine(t)
	args := []string{"lab", "lesson", file, "--out", dir, "--provider", "cpu"}
	code, out, errs := captured(t, func() int { return runWith(t.Context(), args, more) })
	if code != exitOK || !strings.Contains(out, "This negative") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "lesson.html")); err != nil ||
		!strings.Contains(string(page), "Turn into its negative") || !strings.Contains(string(page), "Layer-CAM") {
		t.Errorf("the page does not name it: %v", err)
	}
	if code, _, errs := cxr(t, args...); code == exitOK || !strings.Contains(errs, "negative") {
		t.Errorf("without the entry the kind is known too: %q", errs)
	}
}

// TestAFormOfExportIsMetEverywhere: one more entry in the list is all that --as, its help
// and the export itself need.
func TestAFormOfExportIsMetEverywhere(t *testing.T) {
	more := cli.BuiltIn()
	more.Forms = append(more.Forms, export.Form{
		Name: "words", Title: "The findings in words", About: "a line of text a finding", Suffix: "-words.txt",
		Write: func(_ context.Context, p *export.Prepared, w io.Writer) error {
			_, err := fmt.Fprintln(w, len(p.Report.Result.Findings), "findings")
			return err
		},
	})
	if _, out, _ := captured(t,
		func() int { return runWith(t.Context(), []string{"export", "--help"}, more) }); !strings.Contains(out,
		"a line of text a finding") {
		t.Errorf("the help does not name it: %s", out)
	}
	dir := t.TempDir()
	args := []string{"export", demoImage(t, dir), "--out", filepath.Join(dir, "out"), "--as", "words"}
	if code, _, errs := captured(t, func() int { return runWith(t.Context(), args, more) }); code != exitOK {
		t.Fatal(errs)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "out", "*-words.txt"))
	if len(files) != 1 {
		t.Fatalf("written: %v", files)
	}
	if text, err := os.ReadFile(files[0]); err != nil || string(text) != "14 findings\n" {
		t.Errorf("%q, %v", text, err)
	}
	if code, _, _ := cxr(t, args...); code == exitOK {
		t.Error("without the entry the form is known too")
	}
}

// demoImage is a study that comes with the program, as a file.
func demoImage(t *testing.T, dir string) string {
	t.Helper()
	d := resources.DemoStudies()[0]
	path := filepath.Join(dir, d.Name)
	if err := os.WriteFile(path, d.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
