package lab

import (
	"path/filepath"
	"slices"

	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/internal/message"
)

// PlayLesson puts a lesson on the bench and goes to its first step. dir is the
// folder that its paths are relative to.
func (b *Bench) PlayLesson(l *lesson.Lesson, dir string) {
	b.change(func() {
		b.state.Lesson, b.state.Step = l, 0
		b.lessonDir = dir
	})
	b.GoTo(0)
}

// OpenLesson reads a lesson file and plays it.
func (b *Bench) OpenLesson(path string) {
	l, err := lesson.Read(path, b.cfg.Catalogue)
	if err != nil {
		b.notify(err)
		return
	}
	b.PlayLesson(l, filepath.Dir(path))
}

// NewLesson begins an empty lesson; AddStep fills it.
func (b *Bench) NewLesson(title string) {
	b.change(func() {
		b.state.Lesson, b.state.Step = lesson.New(title), 0
		b.lessonDir = ""
	})
}

// EndLesson takes the lesson away; film and edits stay.
func (b *Bench) EndLesson() {
	b.change(func() { b.state.Lesson, b.state.Step = nil, 0 })
}

// SetLesson changes title and text of the lesson.
func (b *Bench) SetLesson(title, text string) {
	b.editLesson(func(l *lesson.Lesson) error {
		l.Title, l.Text = title, text
		return nil
	})
}

// AddStep appends what is on the bench to the lesson.
func (b *Bench) AddStep(title, text string) {
	b.editLesson(func(l *lesson.Lesson) error {
		st := &b.state
		if st.Film == nil {
			return message.New("there is no film on the bench to make a step of")
		}
		s := lesson.Step{Title: title, Text: text, Film: b.ref, Edits: slices.Clone(st.Edits), Focus: st.Selected + 1, Class: st.Class, Boxes: slices.Clone(st.Boxes), Strip: st.Strip.Kind}
		switch st.Strip.Kind {
		case effect.ByMethod:
			s.Methods = slices.Clone(st.Strip.Methods)
		case effect.Forgetting:
			s.Methods = []string{st.Strip.Method}
		}
		l.Steps = append(l.Steps, s)
		st.Step = len(l.Steps) - 1
		return nil
	})
}

// SetStep changes the words of a step.
func (b *Bench) SetStep(index int, title, text string) {
	b.editLesson(func(l *lesson.Lesson) error {
		if index < 0 || index >= len(l.Steps) {
			return errNoStep
		}
		l.Steps[index].Title, l.Steps[index].Text = title, text
		return nil
	})
}

// RemoveStep takes a step out of the lesson.
func (b *Bench) RemoveStep(index int) {
	b.editLesson(func(l *lesson.Lesson) error {
		if index < 0 || index >= len(l.Steps) {
			return errNoStep
		}
		l.Steps = slices.Delete(l.Steps, index, index+1)
		b.state.Step = max(min(b.state.Step, len(l.Steps)-1), 0)
		return nil
	})
}

var (
	errNoStep   = message.New("the lesson has no such step")
	errNoLesson = message.New("no lesson is open; begin one first")
)

// editLesson changes a copy of the lesson under the lock.
func (b *Bench) editLesson(f func(l *lesson.Lesson) error) {
	err := errNoLesson
	b.change(func() {
		if b.state.Lesson == nil {
			return
		}
		l := *b.state.Lesson
		l.Steps = slices.Clone(l.Steps)
		if err = f(&l); err == nil {
			b.state.Lesson = &l
		}
	})
	if err != nil {
		b.notify(err)
	}
}

// GoTo plays a step: its film, edits, boxes, class and strip.
func (b *Bench) GoTo(index int) {
	var s lesson.Step
	var dir string
	ok := false
	b.change(func() {
		if l := b.state.Lesson; l != nil && index >= 0 && index < len(l.Steps) {
			s, dir, ok = l.Steps[index], b.lessonDir, true
			b.state.Step = index
		}
	})
	if !ok {
		return
	}
	b.spawn("playing a lesson", func() {
		im, known, err := s.Film.Open(b.ctx, dir)
		if err != nil {
			b.notifyOf(err)
			return
		}
		if len(s.Boxes) > 0 {
			known = s.Boxes
		}
		ref := (&lesson.Lesson{Steps: []lesson.Step{s}}).Within(dir).Steps[0].Film
		b.change(func() {
			if b.state.Step != index {
				return // another step was chosen meanwhile
			}
			b.ref = ref
			b.state.Film, b.state.Edited, b.state.Name = im, im, ref.Name()
			b.show(s, known)
			b.restore(b.history.now())
		})
		b.request(settled)
	})
}

// show puts a step's edits, class and strip in place. Under the lock.
func (b *Bench) show(s lesson.Step, boxes []effect.Box) {
	st := &b.state
	st.Original, st.Former, st.Now, st.Control = nil, nil, nil, nil
	b.history.reset(snapshot{})
	edits, focus := s.AllEdits(boxes)
	if len(edits) > 0 || len(boxes) > 0 {
		b.history.push(snapshot{edits, slices.Clone(boxes)})
	}
	st.Selected = focus
	if slices.Contains(st.Classes, s.Class) {
		st.Class = s.Class
	}
	st.Strip.Kind, st.Strip.Cells = s.Strip, nil
	switch {
	case len(s.Methods) == 0:
	case s.Strip == effect.Forgetting:
		st.Strip.Method = s.Methods[0]
	default:
		st.Strip.Methods = s.Methods
	}
}

// SaveLesson writes the lesson to a file. It returns when the file is there.
func (b *Bench) SaveLesson(path string) error {
	l := b.State().Lesson
	if l == nil {
		return errNoLesson
	}
	b.mu.Lock()
	dir := b.lessonDir
	b.mu.Unlock()
	return l.Within(dir).Write(path, b.cfg.Catalogue)
}
