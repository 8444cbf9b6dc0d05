package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hilum/app/classmap"
	"hilum/app/radiograph"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/scan"
	"hilum/internal/wording"
	"hilum/resources"
)

// Open adds files, and the pictures in folders, to the list and selects the
// first. Folders are searched in the background.
func (s *Session) Open(paths ...string) {
	if len(paths) == 0 {
		return
	}
	s.spawn("looking for pictures", func() {
		found, problems := studies.Find(s.ctx, paths)
		if s.ctx.Err() != nil {
			return
		}
		if len(found) > 0 {
			s.add(s.fileStudies(found))
		}
		s.notifyProblems(problems)
	})
}

// notifyProblems says the first and counts the others.
func (s *Session) notifyProblems(problems []studies.Problem) {
	if len(problems) == 0 {
		return
	}
	text := wording.Sentence(problems[0].Err)
	if n := len(problems) - 1; n > 0 {
		text += fmt.Sprintf(" %d more files cannot be read.", n)
	}
	s.Notify(text)
}

// OpenDemo adds the studies that come with the program.
func (s *Session) OpenDemo() {
	var list []newStudy
	for _, d := range resources.DemoStudies() {
		i, err := scan.InMemory(studies.DemoFolder+d.Name, d.Bytes)
		if err != nil {
			s.Notify(wording.Sentence(err))
			continue
		}
		list = append(list, newStudy{Study: studies.Study{Name: d.Name, Title: d.Name, Demo: true}, source: source{i, i.Decode, i.Attributes}})
	}
	s.add(list)
}

type newStudy struct {
	studies.Study
	source
}

func (s *Session) fileStudies(files []*scan.Instance) []newStudy {
	var list []newStudy
	for _, i := range files {
		n := newStudy{Study: studies.Study{Path: i.Location(), Name: i.Name(), Title: i.Name(), Detail: filepath.Dir(i.Path)}, source: source{i, i.Decode, i.Attributes}}
		n.Patient, n.When = radiograph.Whose(i.Location(), &i.Study)
		if i.Member == "" {
			n.load = func(ctx context.Context) (*dicomio.Image, error) { return s.cfg.Decode(ctx, i.Path) }
		}
		if title := radiograph.PersonName(i.Study.PatientName); title != "" {
			n.Title, n.Detail = title, strings.TrimSpace(radiograph.Date(i.Study.StudyDate)+"  "+i.Study.ViewPosition)
		}
		list = append(list, n)
	}
	return list
}

// add appends studies that are not open yet and selects the first of the list.
func (s *Session) add(list []newStudy) {
	if len(list) == 0 {
		return
	}
	first := -1
	s.change(func() {
		studies := slices.Clone(s.state.Studies)
		places := make(map[string]int, len(studies)+len(list))
		for i := range studies {
			places[studies[i].Place()] = i
		}
		for _, n := range list {
			at, there := places[n.Place()]
			if !there {
				n.ID = s.nextID
				s.nextID++
				at = len(studies)
				places[n.Place()] = at
				studies = append(studies, n.Study)
				s.entries = append(s.entries, entry{source: n.source, keeper: &keeper{}})
			}
			if first < 0 {
				first = at
			}
		}
		s.state.Studies = studies
	})
	s.enlist(list)
	s.Select(first)
}

// Select makes a study the current one: the last load is cancelled, the picture
// is shown as soon as it is decoded and scored after that.
func (s *Session) Select(index int) {
	var generation int
	var ctx context.Context
	ok := false
	s.change(func() {
		if index < 0 || index >= len(s.state.Studies) {
			return
		}
		ok = true
		s.leave()
		ctx = s.begin()
		generation = s.generation
		s.state.Current, s.state.Message = index, ""
		s.state.Key = s.list.KeyOf(s.state.Studies[index].Place())
		s.state.ListRow = s.state.Listed.Index(s.state.Key)
		s.state.Picture, s.state.Result = nil, s.entries[index].result
		s.state.Identity, s.state.Answers = nil, nil
		s.state.Loading, s.state.Scoring = true, false
		s.state.Map.Peek = false
		s.dropDraft()
		s.state.Compare.Older = 0
		s.findPriors()
		s.showSheet()
		s.state.Warnings = s.warnings()
	})
	if ok {
		s.spawn("opening a study", func() { s.load(ctx, generation) })
	}
}

// begin starts a new generation and returns its context. Under the lock.
func (s *Session) begin() context.Context {
	s.stopCurrent()
	s.generation++
	s.touch()
	ctx, cancel := context.WithCancel(s.ctx)
	s.current, s.stopCurrent = ctx, cancel
	s.state.Mapping, s.state.Method = false, classmap.MethodMaps{}
	return ctx
}

// leave remembers how the reader looked at the current study. Under the lock.
func (s *Session) leave() {
	if c := s.state.Current; c >= 0 && s.state.Picture != nil {
		v := s.state.View
		s.entries[c].view = &v
	}
}

// load decodes the current study, then scores it.
func (s *Session) load(ctx context.Context, generation int) {
	s.mu.Lock()
	if s.generation != generation {
		s.mu.Unlock()
		return
	}
	c := s.state.Current // not an index from before: the list may have moved
	study, decode := s.state.Studies[c], s.entries[c].load
	s.mu.Unlock()
	picture := s.waitAhead(ctx, study.ID)
	if picture == nil {
		im, err := decode(ctx)
		if err != nil {
			s.failed(ctx, generation, err)
			return
		}
		picture = radiograph.New(im)
	}
	if s.show(generation, study.ID, picture) {
		s.cfg.Trace("picture")
		s.spawn("reading annotations", func() { s.loadSheet(study.ID, picture) })
		s.score(ctx, generation, picture.Image)
		s.loadPriors()
		s.lookAhead(generation)
	}
}

// waitAhead gives the picture of a study that is kept, or is being decoded ahead
// this moment; nil when it is to be decoded.
func (s *Session) waitAhead(ctx context.Context, id int) *radiograph.Picture {
	s.mu.Lock()
	picture, a := s.recent.Get(id), s.ahead
	s.mu.Unlock()
	if picture != nil || a == nil || a.id != id {
		return picture
	}
	select {
	case <-a.done:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recent.Get(id)
}

// show puts a decoded picture on screen; false when the reader has moved on.
func (s *Session) show(generation, id int, p *radiograph.Picture) bool {
	current := false
	s.change(func() {
		if current = s.generation == generation; !current {
			return
		}
		s.recent.Put(id, p)
		c := s.state.Current
		s.state.Picture, s.state.Loading = p, false
		s.state.View = s.firstView(p)
		if v := s.entries[c].view; v != nil {
			s.state.View = *v
			s.refit()
		}
		s.state.Studies = slices.Clone(s.state.Studies)
		study := &s.state.Studies[c]
		study.Status, study.Error, study.Seen = studies.Ready, "", true
		s.list.MarkSeen(s.state.Key, true)
		study.Title, study.Detail = radiograph.TitleOf(p.Image, study.Name)
		if study.Patient == "" {
			study.Patient, study.When = radiograph.Whose(study.Path, &p.Image.Study)
		}
		s.findPriors()
		s.showSheet()
		s.state.Warnings = s.warnings()
	})
	return current
}

// failed records why the current study cannot be shown.
func (s *Session) failed(ctx context.Context, generation int, err error) {
	if ctx.Err() != nil {
		return // the reader has moved on
	}
	s.change(func() {
		if s.generation != generation {
			return
		}
		s.state.Loading = false
		s.state.Message = wording.Sentence(err)
		s.state.Studies = slices.Clone(s.state.Studies)
		study := &s.state.Studies[s.state.Current]
		study.Status, study.Error, study.Seen = studies.Failed, s.state.Message, true
		s.list.MarkSeen(s.state.Key, true)
		s.list.Note(study.Place(), "", nil, errors.New(study.Error))
	})
}

// CloseStudy takes a study off the list; its neighbour becomes the current one.
func (s *Session) CloseStudy(index int) {
	next, moved, closed := -1, false, ""
	s.change(func() {
		if index < 0 || index >= len(s.state.Studies) {
			return
		}
		closed = s.state.Studies[index].Place()
		s.recent.Drop(s.state.Studies[index].ID)
		s.state.Studies = slices.Delete(slices.Clone(s.state.Studies), index, index+1)
		s.entries = slices.Delete(s.entries, index, index+1)
		switch c := s.state.Current; {
		case index < c:
			s.state.Current--
		case index == c:
			moved = true
			next = min(index, len(s.state.Studies)-1)
			s.begin()
			s.state.Current, s.state.Picture, s.state.Result = -1, nil, nil
			s.state.Key, s.state.ListRow = "", -1
			s.state.Identity, s.state.Answers = nil, nil
			s.state.Loading, s.state.Scoring = false, false
			s.dropDraft()
			s.findPriors()
			s.showSheet()
			s.state.Warnings = s.warnings()
		}
	})
	if closed != "" {
		s.list.Remove(closed)
	}
	if moved && next >= 0 {
		s.Select(next)
	}
}

// Attributes reads the attributes of the current study's file, none for PNG and
// JPEG. It takes as long as reading the file does.
func (s *Session) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	s.mu.Lock()
	if s.state.Current < 0 {
		s.mu.Unlock()
		return nil, errors.New("no study is open")
	}
	read := s.entries[s.state.Current].attributes
	s.mu.Unlock()
	return read(ctx)
}

// warnings collects what the reader should know before believing a score.
// Under the lock.
func (s *Session) warnings() []string {
	var out []string
	if s.state.Engine.Error != "" {
		out = append(out, s.state.Engine.Error)
	}
	out = append(out, s.state.Model.Warnings...)
	switch r := s.state.Result; {
	case r != nil:
		out = append(out, r.Warnings...)
	case s.state.Picture != nil:
		out = append(out, s.state.Picture.Image.Warnings...)
	}
	return out
}
