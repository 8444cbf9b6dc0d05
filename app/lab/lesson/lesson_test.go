package lesson

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/labtest"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/resources"
)

// TestReadyLessons: every lesson that comes along reads, its experiment makes
// sense, and its films can be drawn with the boxes that its steps erase.
func TestReadyLessons(t *testing.T) {
	ready := BuiltIn()
	if len(ready) != len(resources.Lessons()) || len(ready) != 3 {
		t.Fatalf("%d of %d lessons read", len(ready), len(resources.Lessons()))
	}
	for _, r := range ready {
		if r.Lesson.Experiment == nil || len(r.Lesson.Text) < 300 {
			t.Errorf("%s has no experiment or says little", r.Name)
		}
		for i, s := range r.Lesson.Steps {
			im, boxes, err := s.Image.Open(context.Background(), "")
			if err != nil {
				t.Fatalf("%s, step %d: %v", r.Name, i+1, err)
			}
			edits, focus := s.AllEdits(boxes)
			if _, err := edit.Standard().Apply(context.Background(), im, edits, nil); err != nil {
				t.Errorf("%s, step %d: %v", r.Name, i+1, err)
			}
			if s.Focus > 0 && focus < 0 || s.Erase != "" && len(edits) == 0 {
				t.Errorf("%s, step %d erases %q, of which there is no box", r.Name, i+1, s.Erase)
			}
		}
	}
	if _, err := Find("nothing"); err == nil || !strings.Contains(err.Error(), "text-marker") {
		t.Errorf("an unknown lesson: %v", err)
	}
}

// TestLessonFile: what is written reads back, with paths relative to the file.
func TestLessonFile(t *testing.T) {
	dir := t.TempDir()
	var edits []edit.Edit
	labtest.Edits(t, &edits)
	l := &Lesson{Schema: lessonSchema, Title: "T",
		Steps: []Step{{Title: "one", Image: ImageRef{Path: filepath.Join(dir, "films", "a.png")}, Edits: edits,
			Focus: 2, Strip: effect.Forgetting}}}
	path := filepath.Join(dir, "lessons.json")
	if err := l.Write(path, Standard()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path, Standard())
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Steps[0].Image.Path; p != filepath.Join("films", "a.png") {
		t.Errorf("the path became %q", p)
	}
	if !reflect.DeepEqual(got.Steps[0].Edits, l.Steps[0].Edits) {
		t.Errorf("edits became %+v", got.Steps[0].Edits)
	}
	if abs := got.Within(dir).Steps[0].Image.Path; abs != l.Steps[0].Image.Path {
		t.Errorf("back to %q", abs)
	}
}

// hostileLessons are refused, each with a sentence.
var hostileLessons = []string{
	``, `[]`, `{}`, `{"schema":2,"title":"x"}`, `{"schema":1,"title":" "}`, `{"schema":1,"title":"x","evil":1}`,
	`{"schema":1,"title":"x"} {}`,
	`{"schema":1,"title":"x","steps":[{"film":{}}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a","path":"b"}}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"phantom":{"size":99999}}}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a"},"edits":[{"kind":"erase"}]}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a"},"focus":99}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a"},"strip":"odd"}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a"},"methods":["odd"]}]}`,
	`{"schema":1,"title":"x","steps":[{"film":{"demo":"a"},"boxes":[{"label":"x","rect":{"x":7,"y":0,"w":1,"h":1}}]}]}`,
	`{"schema":1,"title":"x","experiment":{"confounder":"text:Mass:2:0","films":100,"test":100,"size":128,"epochs":1}}`,
	`{"schema":1,"title":"x","experiment":{"confounder":"text:Mass:1:0","severity":[0.5,0.1],"films":100,"test":100,"size":128,"epochs":1}}`,
	`{"schema":1,"title":"x","experiment":{"confounder":"text:Mass:1:0","films":100,"test":100,"size":128,"epochs":1,"arch":"resnet50"}}`,
	`{"schema":1,"title":"x","experiment":{"confounder":"text:Mass:1:0","films":1e9,"test":100,"size":128,"epochs":1}}`,
	`{"schema":1,"title":"x","experiment":{"confounder":"text:Mass:1:0","other":"Mass","films":100,"test":100,"size":128,"epochs":1}}`,
}

// TestLessonsReadTheCatalogue: one more method or edit in the lists is one of lessons.
func TestLessonsReadTheCatalogue(t *testing.T) {
	text := []byte(`{"schema":1,"title":"x","text":"","steps":[{"title":"","text":"","film":{"demo":"a"},"strip":"methods","methods":["tealeaves"]}]}`)
	more := Catalogue{Methods: append(saliency.Methods(),
		saliency.Method{Name: "tealeaves", Title: "Tea leaves"})}.Filled()
	l, err := decode(text, more)
	if err != nil || l.Steps[0].Methods[0] != "tealeaves" || more.MethodTitle("tealeaves") != "Tea leaves" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := decode(text, Standard()); err == nil {
		t.Error("without the entry the method is known too")
	}
	text = []byte(`{"schema":1,"title":"x","text":"","steps":[{"title":"","text":"","film":{"demo":"a"},"edits":[{"kind":"negative"}]}]}`)
	more.Edits = append(more.Edits, edit.Operation{Kind: "negative"})
	if _, err := decode(text, more); err != nil {
		t.Error(err)
	}
	if _, err := decode(text, Standard()); err == nil {
		t.Error("without the entry the kind is known too")
	}
}

func TestHostileLessons(t *testing.T) {
	for _, s := range hostileLessons {
		if l, err := decode([]byte(s), Standard()); err == nil {
			t.Errorf("%s reads as %+v", s, l)
		}
	}
	big := filepath.Join(t.TempDir(), "big.json")
	if err := os.WriteFile(big, make([]byte, maxLesson+2), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{big, filepath.Join(t.TempDir(), "none.json")} {
		if _, err := Read(path, Standard()); err == nil {
			t.Errorf("%s reads", path)
		}
	}
}

// FuzzLesson: no bytes panic; what reads can be written and reads again.
func FuzzLesson(f *testing.F) {
	for _, l := range resources.Lessons() {
		f.Add(l.Bytes)
	}
	for _, s := range hostileLessons {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decode(data, Standard())
		if err != nil {
			return
		}
		again, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(again, Standard()); err != nil {
			t.Errorf("%s does not read again: %v", again, err)
		}
	})
}

// TestPage: the page of a lesson holds its pictures, sentences and the notice, and
// asks for nothing from outside.
func TestPage(t *testing.T) {
	square := edit.Rect{X: 0.28, Y: 0.38, W: 0.19, H: 0.19}
	e := &labtest.Engine{}
	m, err := inference.OpenModel(e, labtest.Source(t))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	dir := t.TempDir()
	labtest.WritePNG(t, filepath.Join(dir, "film.png"), 64, 64)
	var edits []edit.Edit
	labtest.Edits(t, &edits)
	l := &Lesson{Schema: lessonSchema, Title: "A <b>lesson</b>", Text: "One.\n\nTwo.", Steps: []Step{
		{Title: "first", Image: ImageRef{Path: "film.png"}, Class: "Mass"},
		{Title: "second", Image: ImageRef{Path: "film.png"}, Class: "Mass", Focus: 1,
			Edits: []edit.Edit{{Kind: edit.Erase, Region: square}}, Boxes: []effect.Box{{Label: "Mass", Rect: square}}},
	}}
	path := filepath.Join(dir, "lesson.html")
	p := Player{Model: m, Engine: e, Source: labtest.Source(t), Dir: dir, Controls: 3}
	steps, err := p.Export(context.Background(), l, path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for _, want := range []string{inference.NotForDiagnosis, "A &lt;b&gt;lesson", "<p>Two.</p>", "2. second",
		"at 3 random places", "data:image/png;base64,"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "<img "); n != 3 {
		t.Errorf("%d pictures, want 3", n)
	}
	if out := regexp.MustCompile(`(?i)(https?:|src="[^d]|href=|@import|<script)`).FindString(page); out != "" {
		t.Errorf("the page asks for %q", out)
	}
	if steps[1].Control == nil || steps[1].Sentence.IsZero() || !steps[0].Sentence.IsZero() {
		t.Errorf("observations %+v", steps)
	}
}
