package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference/saliency"
	"hilum/internal/atomicfile"
	"hilum/internal/phantom"
	"hilum/internal/regular"
	"hilum/resources"
)

// Lesson is what an educator shows, step by step: films, edits, boxes and words.
// What is to be seen in the figures is never part of it: it is computed anew
// whenever the lesson is played, with the model that is in use then.
type Lesson struct {
	Schema     int         `json:"schema"` // 1
	Title      string      `json:"title"`
	Text       string      `json:"text"`                 // paragraphs apart by empty lines
	Experiment *Experiment `json:"experiment,omitempty"` // biased data and a model trained on them; the steps then use that model
	Steps      []Step      `json:"steps"`
}

// Step is one page of a lesson.
type Step struct {
	Title   string            `json:"title"`
	Text    string            `json:"text"`
	Film    FilmRef           `json:"film"`
	Edits   []Edit            `json:"edits,omitempty"`
	Erase   string            `json:"erase,omitempty"` // label: what lies in its boxes is erased before the edits; boxes that overlap are one
	Focus   int               `json:"focus,omitempty"` // edit whose effect is told, from 1, those of Erase first; 0 for none
	Class   string            `json:"class,omitempty"` // class that is looked at
	Boxes   []Box             `json:"boxes,omitempty"`
	Strip   StripKind         `json:"strip,omitempty"`
	Methods []saliency.Method `json:"methods,omitempty"` // of a strip by methods; of one of layers, the first
}

// FilmRef says where a film comes from: exactly one of its fields.
type FilmRef struct {
	Path    string      `json:"path,omitempty"` // file, relative to the lesson's
	Demo    string      `json:"demo,omitempty"` // name of a study that comes with the program
	Phantom *PhantomRef `json:"phantom,omitempty"`
}

// PhantomRef is a phantom film; see phantom.Options.
type PhantomRef struct {
	Seed        uint64      `json:"seed"`
	Visit       uint64      `json:"visit,omitempty"`
	Size        int         `json:"size,omitempty"`
	View        string      `json:"view,omitempty"`
	Findings    []LesionRef `json:"findings,omitempty"`
	Devices     bool        `json:"devices,omitempty"`
	Confounders []string    `json:"confounders,omitempty"`
}

// LesionRef is one finding of a phantom, severity 0..1.
type LesionRef struct {
	Finding  string  `json:"finding"`
	Severity float64 `json:"severity"`
}

const (
	lessonSchema  = 1
	maxLesson     = 4 << 20 // bytes
	maxSteps      = 200
	maxStepEdits  = 200
	maxLessonFilm = 1024 // pixels of a phantom's side
	maxErased     = 16   // regions of one label
)

// ReadLesson reads a lesson file.
func ReadLesson(path string) (*Lesson, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the lesson: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLesson+1))
	if err == nil && len(data) > maxLesson {
		err = errors.New("it is too large for a lesson")
	}
	var l *Lesson
	if err == nil {
		l, err = DecodeLesson(data)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the lesson %s: %w", filepath.Base(path), err)
	}
	return l, nil
}

// DecodeLesson reads a lesson and checks all of it.
func DecodeLesson(data []byte) (*Lesson, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var l Lesson
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("it is no lesson: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is no lesson: something follows its end")
	}
	return &l, l.Check()
}

// Check says what is wrong with a lesson, or nil.
func (l *Lesson) Check() error {
	switch {
	case l.Schema != lessonSchema:
		return fmt.Errorf("its schema is %d; this program reads %d", l.Schema, lessonSchema)
	case strings.TrimSpace(l.Title) == "":
		return errors.New("it has no title")
	case len(l.Steps) > maxSteps:
		return fmt.Errorf("it has %d steps, and %d are the most", len(l.Steps), maxSteps)
	}
	if l.Experiment != nil {
		if err := l.Experiment.Check(); err != nil {
			return err
		}
	}
	for i, s := range l.Steps {
		if err := s.check(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s Step) check() error {
	if err := s.Film.check(); err != nil {
		return err
	}
	if len(s.Edits) > maxStepEdits || len(s.Boxes) > maxStepEdits {
		return fmt.Errorf("it has more than %d edits or boxes", maxStepEdits)
	}
	for _, e := range s.Edits {
		if err := e.Check(); err != nil {
			return err
		}
	}
	for _, b := range s.Boxes {
		if err := b.Rect.check(); err != nil {
			return fmt.Errorf("box %q: %w", b.Label, err)
		}
	}
	if s.Focus < 0 || s.Focus > len(s.Edits)+maxErased {
		return fmt.Errorf("its focus %d is no edit", s.Focus)
	}
	if !slices.Contains([]StripKind{NoStrip, ByMethod, Forgetting}, s.Strip) {
		return fmt.Errorf("its strip %q is not known", s.Strip)
	}
	if len(s.Methods) > 0 {
		return checkMethods(s.Methods)
	}
	return nil
}

func (r FilmRef) check() error {
	n := 0
	for _, has := range []bool{r.Path != "", r.Demo != "", r.Phantom != nil} {
		if has {
			n++
		}
	}
	if n != 1 {
		return errors.New("it must name one film: a path, a demo study or a phantom")
	}
	if p := r.Phantom; p != nil && p.Size > maxLessonFilm {
		return fmt.Errorf("a phantom of %d pixels is too large for a lesson", p.Size)
	}
	return nil
}

// Open reads or draws the film. dir is the folder that paths are relative to. The
// boxes of a phantom are known: findings by their names, confounders by theirs.
func (r FilmRef) Open(ctx context.Context, dir string) (*dicomio.Image, []Box, error) {
	switch {
	case r.Phantom != nil:
		return r.Phantom.draw()
	case r.Demo != "":
		for _, s := range resources.DemoStudies() {
			if s.Name == r.Demo {
				im, err := dicomio.DecodeBytes(ctx, s.Name, s.Bytes)
				return im, nil, err
			}
		}
		return nil, nil, fmt.Errorf("there is no demo study %q", r.Demo)
	}
	path := r.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	im, err := dicomio.Decode(ctx, path)
	return im, nil, err
}

// edits are all edits of a step on a film with known boxes, and the one whose
// effect is told, -1 for none.
func (s Step) edits(boxes []Box) (list []Edit, focus int) {
	var erased []Rect
	for _, b := range boxes {
		if s.Erase != "" && strings.EqualFold(b.Label, s.Erase) {
			erased = join(erased, b.Rect)
		}
	}
	for _, r := range erased[:min(len(erased), maxErased)] {
		list = append(list, Edit{Kind: Erase, Region: r})
	}
	list = append(list, s.Edits...)
	return list, min(s.Focus, len(list)) - 1
}

// Name is what to call the film.
func (r FilmRef) Name() string {
	switch {
	case r.Phantom != nil:
		return fmt.Sprintf("phantom %d", r.Phantom.Seed)
	case r.Demo != "":
		return r.Demo
	}
	return filepath.Base(r.Path)
}

func (p *PhantomRef) options() phantom.Options {
	o := phantom.Options{Seed: p.Seed, Visit: p.Visit, Size: p.Size, View: phantom.View(p.View), Devices: p.Devices}
	for _, l := range p.Findings {
		o.Findings = append(o.Findings, phantom.Lesion{Finding: phantom.Finding(l.Finding), Severity: l.Severity})
	}
	for _, c := range p.Confounders {
		o.Confounders = append(o.Confounders, phantom.ConfounderKind(c))
	}
	return o
}

func (p *PhantomRef) draw() (*dicomio.Image, []Box, error) {
	film, err := phantom.Generate(p.options())
	if err != nil {
		return nil, nil, err
	}
	return radiograph.PhantomImage(film, false), phantomBoxes(film), nil
}

// phantomBoxes gives the boxes of findings and confounders.
func phantomBoxes(f *phantom.Film) []Box {
	w, h := float64(f.Width), float64(f.Height)
	var out []Box
	add := func(label string, boxes []phantom.Box) {
		for _, b := range boxes {
			out = append(out, Box{label, Rect{float64(b.X0) / w, float64(b.Y0) / h, float64(b.X1-b.X0) / w, float64(b.Y1-b.Y0) / h}})
		}
	}
	for _, m := range f.Marks {
		add(string(m.Finding), m.Boxes)
	}
	for _, c := range f.Confounders {
		add(string(c.Kind), c.Boxes)
	}
	return out
}

// Write saves a lesson; paths of films become relative to its folder.
func (l *Lesson) Write(path string) error {
	if err := l.Check(); err != nil {
		return fmt.Errorf("cannot write the lesson: %w", err)
	}
	out := *l
	out.Steps = slices.Clone(l.Steps)
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("cannot write the lesson: %w", err)
	}
	for i := range out.Steps {
		if p := out.Steps[i].Film.Path; filepath.IsAbs(p) {
			if rel, err := filepath.Rel(dir, p); err == nil {
				out.Steps[i].Film.Path = rel
			}
		}
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write the lesson: %w", err)
	}
	return atomicfile.WriteBytes(path, append(data, '\n'))
}
