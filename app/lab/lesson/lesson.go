// Package lesson is what an educator shows step by step: films, edits, boxes and words in a
// file, played with whatever model is in use, and written as one page. Its core types are
// [Lesson] and [Player]; [Catalogue] is what its steps may use. It imports app/lab/edit,
// app/lab/effect, app/lab/bias, inference, inference/saliency, dicomio, internal/phantom,
// internal/raster and resources.
package lesson

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

	"hilum/app/lab/bias"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/phantom"
	"hilum/internal/regular"
	"hilum/resources"
)

// Lesson is what an educator shows, step by step: films, edits, boxes and words.
// What is to be seen in the figures is never part of it: it is computed anew
// whenever the lesson is played, with the model that is in use then.
type Lesson struct {
	Schema int    `json:"schema"` // 1
	Title  string `json:"title"`
	Text   string `json:"text"` // paragraphs apart by empty lines
	// biased data and a model trained on them; the steps then use that model
	Experiment *bias.Experiment `json:"experiment,omitempty"`
	Steps      []Step           `json:"steps"`
}

// Step is one step of a lesson.
type Step struct {
	Title string      `json:"title"`
	Text  string      `json:"text"`
	Image ImageRef    `json:"film"`
	Edits []edit.Edit `json:"edits,omitempty"`
	// label: what lies in its boxes is erased before the edits; boxes that overlap are one
	Erase string `json:"erase,omitempty"`
	// edit whose effect is told, from 1, those of Erase first; 0 for none
	Focus   int              `json:"focus,omitempty"`
	Class   string           `json:"class,omitempty"` // class that is looked at
	Boxes   []effect.Box     `json:"boxes,omitempty"`
	Strip   effect.StripKind `json:"strip,omitempty"`
	Methods []string         `json:"methods,omitempty"` // of a strip by methods; of one of layers, the first
}

// ImageRef says where a film comes from: exactly one of its fields.
type ImageRef struct {
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
	lessonSchema = 1
	maxLesson    = 4 << 20 // bytes
	maxSteps     = 200
	maxStepEdits = 200
	maxErased    = 16 // regions of one label
)

// New is a lesson without steps.
func New(title string) *Lesson { return &Lesson{Schema: lessonSchema, Title: title} }

// Read reads a lesson file; c is what its steps may use.
func Read(path string, c Catalogue) (*Lesson, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("cannot read the lesson: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLesson+1))
	if err == nil && len(data) > maxLesson {
		err = message.New("it is too large for a lesson")
	}
	var l *Lesson
	if err == nil {
		l, err = decode(data, c)
	}
	if err != nil {
		return nil, message.Errorf("cannot read the lesson %s: %w", filepath.Base(path), err)
	}
	return l, nil
}

// decode reads a lesson and checks all of it; c is what its steps may use.
func decode(data []byte, c Catalogue) (*Lesson, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var l Lesson
	if err := d.Decode(&l); err != nil {
		return nil, message.Errorf("it is no lesson: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, message.New("it is no lesson: something follows its end")
	}
	return &l, l.Check(c)
}

// Check says what is wrong with a lesson whose steps may use what is in a catalogue,
// or nil.
func (l *Lesson) Check(c Catalogue) error {
	switch {
	case l.Schema != lessonSchema:
		return message.Errorf("its schema is %d; this program reads %d", l.Schema, lessonSchema)
	case strings.TrimSpace(l.Title) == "":
		return message.New("it has no title")
	case len(l.Steps) > maxSteps:
		return message.Errorf("it has %d steps, and %d are the most", len(l.Steps), maxSteps)
	}
	if l.Experiment != nil {
		if err := l.Experiment.Check(); err != nil {
			return err
		}
	}
	for i, s := range l.Steps {
		if err := s.check(c); err != nil {
			return message.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s Step) check(c Catalogue) error {
	if err := s.Image.check(); err != nil {
		return err
	}
	if len(s.Edits) > maxStepEdits || len(s.Boxes) > maxStepEdits {
		return message.Errorf("it has more than %d edits or boxes", maxStepEdits)
	}
	for _, e := range s.Edits {
		if err := c.Edits.Check(e); err != nil {
			return err
		}
	}
	for _, b := range s.Boxes {
		if err := b.Rect.Check(); err != nil {
			return message.Errorf("box %q: %w", b.Label, err)
		}
	}
	if s.Focus < 0 || s.Focus > len(s.Edits)+maxErased {
		return message.Errorf("its focus %d is no edit", s.Focus)
	}
	if !slices.Contains([]effect.StripKind{effect.NoStrip, effect.ByMethod, effect.Forgetting}, s.Strip) {
		return message.Errorf("its strip %q is not known", s.Strip)
	}
	if len(s.Methods) > 0 {
		return c.CheckMethods(s.Methods)
	}
	return nil
}

func (r ImageRef) check() error {
	n := 0
	for _, has := range []bool{r.Path != "", r.Demo != "", r.Phantom != nil} {
		if has {
			n++
		}
	}
	if n != 1 {
		return message.New("it must name one film: a path, a demo study or a phantom")
	}
	if p := r.Phantom; p != nil && p.Size > bias.MaxImage {
		return message.Errorf("a phantom of %d pixels is too large for a lesson", p.Size)
	}
	return nil
}

// Open reads or draws the film. dir is the folder that paths are relative to. The
// boxes of a phantom are known: findings by their names, confounders by theirs.
func (r ImageRef) Open(ctx context.Context, dir string) (*dicomio.Image, []effect.Box, error) {
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
		return nil, nil, message.Errorf("there is no demo study %q", r.Demo)
	}
	path := r.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	im, err := dicomio.Decode(ctx, path)
	return im, nil, err
}

// AllEdits are all edits of a step on a film with known boxes, and the one whose
// effect is told, -1 for none.
func (s Step) AllEdits(boxes []effect.Box) (list []edit.Edit, focus int) {
	var erased []edit.Rect
	for _, b := range boxes {
		if s.Erase != "" && strings.EqualFold(b.Label, s.Erase) {
			erased = edit.Join(erased, b.Rect)
		}
	}
	for _, r := range erased[:min(len(erased), maxErased)] {
		list = append(list, edit.Edit{Kind: edit.Erase, Region: r})
	}
	list = append(list, s.Edits...)
	return list, min(s.Focus, len(list)) - 1
}

// Name is what to call the film.
func (r ImageRef) Name() string {
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

func (p *PhantomRef) draw() (*dicomio.Image, []effect.Box, error) {
	image, err := phantom.Generate(p.options())
	if err != nil {
		return nil, nil, err
	}
	return radiograph.PhantomImage(image, false), effect.PhantomBoxes(image), nil
}

// Write saves a lesson; paths of films become relative to its folder.
func (l *Lesson) Write(path string, c Catalogue) error {
	if err := l.Check(c); err != nil {
		return message.Errorf("cannot write the lesson: %w", err)
	}
	out := *l
	out.Steps = slices.Clone(l.Steps)
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return message.Errorf("cannot write the lesson: %w", err)
	}
	for i := range out.Steps {
		if p := out.Steps[i].Image.Path; filepath.IsAbs(p) {
			if rel, err := filepath.Rel(dir, p); err == nil {
				out.Steps[i].Image.Path = rel
			}
		}
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return message.Errorf("cannot write the lesson: %w", err)
	}
	return atomicfile.WriteBytes(path, append(data, '\n'))
}

// Within is the lesson with paths that hold everywhere: dir is the folder that
// they are relative to.
func (l *Lesson) Within(dir string) *Lesson {
	out := *l
	out.Steps = slices.Clone(l.Steps)
	for i := range out.Steps {
		p := &out.Steps[i].Image.Path
		if *p == "" || filepath.IsAbs(*p) {
			continue
		}
		if abs, err := filepath.Abs(filepath.Join(dir, *p)); err == nil {
			*p = abs
		}
	}
	return &out
}
