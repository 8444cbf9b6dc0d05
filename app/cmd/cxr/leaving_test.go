package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/inspect"
)

// acting are the characters that a terminal obeys (ECMA-48) and that turn text round
// (UAX 9), but line ends and tabs.
var acting = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")

func plainOutput(t *testing.T, what string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if m := acting.FindString(s); m != "" {
			t.Errorf("%s prints %q in %q", what, m, s)
		}
	}
}

// labelled gives the arguments of the peer's model with other labels at the
// beginning.
func labelled(t *testing.T, labels ...string) []string {
	t.Helper()
	needEngine(t)
	for i := len(labels); i < 14; i++ {
		labels = append(labels, fmt.Sprintf("class %d", i))
	}
	data, err := json.Marshal(labels)
	path := filepath.Join(t.TempDir(), "labels.json")
	if err = errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	return []string{"--model", filepath.Join(peer, "model.onnx"), "--labels", path, "--provider", "cpu"}
}

// A label is no path: Nodule/Mass is one of VinDr-CXR. Labels that make one name get
// two, and none leaves the folder.
func TestLabelsAreNoPaths(t *testing.T) {
	image, dir := filepath.Join(peer, "00000001_000.png"), t.TempDir()
	labels := []string{"Nodule/Mass", "Nodule_Mass", "nodule:mass", "../../escape", "x/../../y", "CON", "..",
		strings.Repeat("long ", 60) + "a", strings.Repeat("long ", 60) + "b", "z\x1b[2J\x07", "\u202Egnp", "tail. "}
	out := filepath.Join(dir, "a", "b", "maps")
	code, text, errs := cxr(t, append([]string{"cam", "--json", "--method", "gradcam", "--out", out, image},
		labelled(t, labels...)...)...)
	found, err := filepath.Glob(filepath.Join(out, "*.png"))
	if code != exitOK || err != nil || len(found) != 14 {
		t.Fatalf("exit %d, %d pictures, %q", code, len(found), errs)
	}
	plainOutput(t, "cam", text, errs)
	seen := map[string]bool{}
	for l := range strings.Lines(text) {
		var line struct{ Class, File string }
		if err := json.Unmarshal([]byte(l), &line); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(line.File); err != nil || seen[strings.ToLower(line.File)] ||
			filepath.Dir(line.File) != out {
			t.Errorf("the map of %q is said to be %q: %v", line.Class, line.File, err)
		}
		seen[strings.ToLower(line.File)] = true
	}
	var others []string
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Dir(path) != out {
			others = append(others, path)
		}
		return err
	})
	if others != nil {
		t.Errorf("outside the folder: %q", others)
	}
	code, text, errs = cxr(t, append([]string{"infer", "--gradcam", filepath.Join(dir, "maps"), image},
		labelled(t, labels...)...)...)
	if code != exitOK {
		t.Errorf("infer: exit %d, %q", code, errs)
	}
	plainOutput(t, "infer", text, errs)
}

// Control characters of names and values never reach a terminal raw, in whatever
// command and stream.
func TestEscapeCodesAreNotPrinted(t *testing.T) {
	dir := t.TempDir()
	im, err := dicomio.Decode(t.Context(), filepath.Join(peer, "00000001_000.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	const safe, bad = "DOEXXXXXJAXNEX", "DOE\x1b[31mJA\x07NE\x7f"
	im.Header.PatientName, im.Header.StudyDescription, im.Header.PatientID = safe, safe, safe
	if err := derived.WriteImage(&b, im); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "film\x1b[2J\u009b\u202E.dcm")
	if err := os.WriteFile(image, bytes.ReplaceAll(b.Bytes(), []byte(safe), []byte(bad)), 0o600); err != nil {
		t.Skip(err) // the file system has no such names
	}
	model := modelArgs(t)
	db := filepath.Join(dir, "r.db")
	for _, args := range [][]string{
		{"dicom", image}, {"dicom", "--json", image}, {"dicom", image + "x"},
		{"anonymise", image, filepath.Join(dir, "out.dcm")}, {"anonymise", image, image},
		append([]string{"infer", image, image + "x"}, model...),
		append([]string{"infer", "--json", image, image + "x"}, model...),
		append([]string{"worklist", "--records", db, image}, model...),
		append([]string{"worklist", "--json", "--records", db, image}, model...),
		append([]string{"export", "--identified", "--out", filepath.Join(dir, "o"), "--as", "sr,film,pdf", "--table",
			filepath.Join(dir, "o", "t.csv"), image}, model...),
		{"audit", "export", "--records", db}, {"audit", "export", "--csv", "--records", db}, {"nothing\x1b[2J"},
		{"infer", "--flag\x1b[2J"},
	} {
		code, out, errs := cxr(t, args...)
		plainOutput(t, args[0], out, errs)
		if code < 0 || code > 2 {
			t.Errorf("%q: exit %d", args[0], code)
		}
	}
	written, _ := filepath.Glob(filepath.Join(dir, "o", "*.dcm"))
	if len(written) != 2 {
		t.Errorf("%d objects were exported", len(written))
	}
	for _, path := range written {
		list, err := inspect.Attributes(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			plainOutput(t, filepath.Base(path)+" "+a.Tag, a.Value)
		}
	}
	table, err := os.ReadFile(filepath.Join(dir, "o", "t.csv"))
	if err != nil {
		t.Fatal(err)
	}
	plainOutput(t, "the table", string(table))
}

// What is there stays: every command that writes refuses to take the place of a file
// that it did not write, says so, and takes it with --overwrite.
func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(peer, "00000001_000.png")
	scores := filepath.Join(dir, "scores.csv")
	var rows strings.Builder
	rows.WriteString("image,patient_id,logit_A,y_A\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "f%d.png,p%d,%d.5,%d\n", i, i, i%7-3, (i%7)/4)
	}
	if err := os.WriteFile(scores, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string // within the command's folder
		args []string
	}{
		"anonymise": {"film.dcm", []string{"anonymise", filepath.Join(peer, "00000001_000.dcm"), "FILE"}},
		"cam": {"00000001_000_gradcam_Mass.png",
			append([]string{"cam", "--class", "Mass", "--out", "DIR", image}, modelArgs(t)...)},
		"export": {"t.csv", append([]string{"export", "--as", "png", "--out", "DIR", "--table", "FILE", image},
			modelArgs(t)...)},
		"calibrate": {"t.json", []string{"calibrate", "--scores", scores, "--bootstrap", "0", "--out", "FILE"}},
		"validate":  {"report.html", []string{"validate", "--scores", scores, "--bootstrap", "0", "--out", "DIR"}},
		"phantom":   {"Data_Entry_2017_v2020.csv", []string{"phantom", "--n", "1", "--size", "64", "--out", "DIR"}},
	} {
		folder := filepath.Join(dir, name)
		file := filepath.Join(folder, c.file)
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(file, []byte("mine"), 0o600)); err != nil {
			t.Fatal(err)
		}
		args := strings.Split(strings.NewReplacer("FILE", file, "DIR", folder).Replace(strings.Join(c.args, "\x00")),
			"\x00")
		code, _, errs := cxr(t, args...)
		if data, _ := os.ReadFile(file); code != exitFailed || !strings.Contains(errs, "exists already") ||
			string(data) != "mine" {
			t.Errorf("%s: exit %d, %q; the file holds %.20q", name, code, errs, data)
		}
		if name == "validate" { // what it wrote before it met the file
			continue
		}
		if code, _, errs = cxr(t, append(args, "--overwrite")...); code != exitOK {
			t.Errorf("%s --overwrite: exit %d, %q", name, code, errs)
		}
		if data, _ := os.ReadFile(file); string(data) == "mine" {
			t.Errorf("%s --overwrite wrote nothing", name)
		}
	}
}

// Two films of equal pixels, and one film twice, are exported apart; a table lies in
// the folder that the command makes; the same command again changes nothing.
func TestExportsOfEqualPixelsLieApart(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join(peer, "00000001_000.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.png", "b.png"} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "new", "deep")
	args := append([]string{"export", "--as", "png", "--out", out, "--table", filepath.Join(out, "tables", "t.csv"),
		filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")}, modelArgs(t)...)
	code, text, errs := cxr(t, args...)
	files, _ := filepath.Glob(filepath.Join(out, "*.png"))
	if code != exitOK || len(files) != 2 || !strings.Contains(text, files[0]) || !strings.Contains(text, files[1]) {
		t.Errorf("exit %d, %q, %q, %q", code, files, text, errs)
	}
	if _, err := os.Stat(filepath.Join(out, "tables", "t.csv")); err != nil {
		t.Error(err)
	}
}
