package app

import (
	"cmp"
	"context"
	"slices"

	"hilum/app/annotation"
	"hilum/app/answers"
	"hilum/app/archives"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/export"
	"hilum/app/findings"
	"hilum/app/foreign"
	"hilum/app/history"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// The links are what each feature sees of the others, through the interface that it
// declares. They decide nothing; what several of them pass on stands in now.

// now is what all links share: the current study.
type now struct{ w *Workstation }

func (l now) Current(tx store.Tx) (id int, ok bool)        { return l.w.Studies.Current(tx) }
func (l now) Picture(tx store.Tx) *radiograph.Picture      { return l.w.Studies.In(tx).Picture }
func (l now) Result(tx store.Tx) *inference.Result         { return l.w.Findings.In(tx).Result }
func (l now) Selection(tx store.Tx) (context.Context, int) { return l.w.Studies.Selection(tx) }
func (l now) Newest(tx store.Tx, generation int) bool      { return l.w.Studies.Newest(tx, generation) }
func (l now) Notify(m message.Message)                     { l.w.Notices.Notify(m) }
func (l now) Tell(m message.Message)                       { l.w.Notices.Tell(m) }
func (l now) TellIn(tx store.Tx, m message.Message)        { l.w.Notices.TellIn(tx, m) }
func (l now) Say(tx store.Tx, m message.Message)           { l.w.Notices.Say(tx, m) }
func (l now) Fail(err error)                               { l.w.Notices.Fail(err) }
func (l now) FailIn(tx store.Tx, err error)                { l.w.Notices.FailIn(tx, err) }
func (l now) Trace(milestone string)                       { l.w.cfg.Trace(milestone) }

// Image is the current picture's; nil for none.
func (l now) Image(tx store.Tx) *dicomio.Image {
	if p := l.Picture(tx); p != nil {
		return p.Image
	}
	return nil
}

type studiesLink struct{ now }

func (l studiesLink) Select(index int)     { l.w.Select(index) }
func (l studiesLink) CloseStudy(index int) { l.w.CloseStudy(index) }
func (l studiesLink) HasModel() bool       { return l.w.State().Model.Open }

func (l studiesLink) ChosenClass() string {
	st := l.w.State()
	return st.ChosenClass()
}

func (l studiesLink) Busy(tx store.Tx) bool {
	return l.w.Findings.In(tx).Scoring || l.w.Maps.In(tx).Mapping
}

func (l studiesLink) Known(tx store.Tx, id int) bool {
	return l.w.Models.InUse(tx) == nil || l.w.Findings.Of(tx, id) != nil
}

func (l studiesLink) Fetch(ctx context.Context, id int) { _, _, _ = l.w.fetch(ctx, id) }

type viewportLink struct{ now }

func (l viewportLink) Touch(tx store.Tx) { l.w.Studies.Touch(tx) }

func (l viewportLink) WholeRange(tx store.Tx) bool {
	return l.w.Settings.Now(tx).FirstWindow == settings.FullWindow
}

func (l viewportLink) OwnWindows(tx store.Tx) []viewport.OwnWindow {
	return l.w.Settings.Now(tx).Windows
}

func (l viewportLink) KeepWindows(list []viewport.OwnWindow) message.Message {
	if err := l.w.Settings.SetPreferences(func(p *settings.Preferences) { p.Windows = list }); err != nil {
		return message.Sentence(err)
	}
	return message.Message{}
}

type comparisonLink struct{ now }

func (l comparisonLink) Open(tx store.Tx, id int) bool        { return l.w.Studies.Index(tx, id) >= 0 }
func (l comparisonLink) Before(tx store.Tx, id int) []int     { return l.w.Studies.Before(tx, id) }
func (l comparisonLink) OtherViews(tx store.Tx, id int) []int { return l.w.Studies.OtherViews(tx, id) }

func (l comparisonLink) Hanging(tx store.Tx) (rules []viewport.Rule, each bool) {
	p := l.w.Settings.Now(tx)
	return p.HangingRules(), p.HangEach
}

func (l comparisonLink) HangEach(on bool) {
	if err := l.w.Settings.SetPreferences(func(p *settings.Preferences) { p.HangEach = on }); err != nil {
		l.w.Notices.Fail(err)
	}
}

func (l comparisonLink) Scores(tx store.Tx) bool { return l.w.Models.InUse(tx) != nil }

func (l comparisonLink) Changed(tx store.Tx) {
	l.w.Findings.Arrange(tx)
	l.w.Measure.Show(tx)
	l.w.Foreign.LoadBeside(tx)
}

func (l comparisonLink) Pane(tx store.Tx, id int) viewport.Pane {
	s := l.w.Studies.In(tx)
	st := s.Studies[l.w.Studies.Index(tx, id)]
	pane := viewport.Pane{
		StudyID: id, Title: st.Title, Date: radiograph.WhenWords(st.When),
		Picture: l.w.Studies.Picture(tx, id), Result: l.w.Findings.Seen(tx, id), Hidden: blindingOf(l.w).hides(tx, id),
		View: cmp.Or(st.Header.ViewPosition, st.Title),
	}
	if s.Current >= 0 {
		pane.Identity = s.Studies[s.Current].Owner().Is(st.Owner())
	}
	pane.Error = st.Failure()
	return pane
}

func (l comparisonLink) Fetch(ctx context.Context, id int) (*radiograph.Picture, *inference.Result, error) {
	return l.w.fetch(ctx, id)
}

// Withheld tells whether the current findings are not shown as such.
func (l answersLink) Withheld(tx store.Tx) bool {
	return l.w.Findings.In(tx).Held()
}

type findingsLink struct{ now }

func (l findingsLink) Model(tx store.Tx) *inference.Model  { return l.w.Models.InUse(tx) }
func (l findingsLink) Classes(tx store.Tx) []string        { return l.w.Models.In(tx).Model.Classes }
func (l findingsLink) Prior(tx store.Tx) *inference.Result { return l.w.Comparison.Prior(tx) }
func (l findingsLink) Comparing() bool                     { return l.w.Comparison.Comparing() }

func (l findingsLink) Alerts(tx store.Tx) (before, picture []message.Message) {
	s := l.w.Models.In(tx)
	if !s.Engine.Error.IsZero() {
		before = append(before, s.Engine.Error)
	}
	if im := l.Image(tx); im != nil {
		picture = im.Warnings
	}
	return append(before, s.Model.Warnings...), picture
}

func (l findingsLink) Scored(tx store.Tx, id int, r *inference.Result) {
	l.w.Models.Took(tx, r.Prep+r.Run)
	l.w.Studies.Note(tx, l.w.Models.In(tx).Model.SHA256, r)
	l.w.Maps.Follow(tx)
}

type mapsLink struct{ now }

func (l mapsLink) Model(tx store.Tx) *inference.Model { return l.w.Models.InUse(tx) }
func (l mapsLink) Largest(tx store.Tx) string         { return l.w.Findings.Largest(tx) }
func (l mapsLink) Choose(tx store.Tx, class string)   { l.w.Answers.In(tx).Chosen = class }
func (l mapsLink) Quietly(tx store.Tx)                { l.w.History.Quietly(tx) }

func (l mapsLink) Mapped(tx store.Tx, r *inference.Result) {
	if id, open := l.Current(tx); open {
		l.w.Findings.Keep(tx, id, r)
		l.w.Findings.In(tx).Result = l.w.Findings.Seen(tx, id)
	}
}

func (l mapsLink) Keyed(i int) (class string, ok bool) {
	st := l.w.State()
	return st.KeyedClass(i)
}

// Positive tells whether a class is called on the current picture, in findings that are
// shown.
func (l mapsLink) Positive(tx store.Tx, class string) bool {
	s := l.w.Findings.In(tx)
	if !s.Shown() {
		return false
	}
	f, ok := s.Result.Finding(class)
	return ok && f.Positive && f.NoValid == ""
}

func (l mapsLink) NextRow(m classmap.Map) (class string, ok bool) {
	rows := findings.Classes(l.w.State().Rows)
	at := slices.IndexFunc(rows, func(c string) bool { return c != m.Class && !m.More.Has(c) })
	if at < 0 {
		return "", false
	}
	return rows[at], true
}

type measureLink struct{ now }

func (l measureLink) Region(tx store.Tx, m annotation.Mark) { l.w.Answers.Region(tx, m) }

func (l measureLink) Drawn(tx store.Tx, id int, before, after annotation.Sheet) {
	l.w.History.Drawn(tx, id, before, after)
}

func (l measureLink) Beside(tx store.Tx) (out []measure.Pane) {
	for _, p := range l.w.Comparison.In(tx).Compare.Priors {
		if p.Picture != nil {
			out = append(out, measure.Pane{StudyID: p.StudyID, Picture: p.Picture})
		}
	}
	return out
}

func (l measureLink) Rebased(tx store.Tx, id int, on annotation.Sheet) {
	l.w.History.Rebase(tx, id, on)
}

type answersLink struct{ now }

func (l answersLink) Classes(tx store.Tx) []string          { return findings.Classes(l.w.Findings.In(tx).Rows) }
func (l answersLink) MapClass(tx store.Tx) string           { return l.w.Maps.In(tx).Map.Class }
func (l answersLink) Draw()                                 { l.w.Measure.SetTool(measure.RegionTool) }
func (l answersLink) Model() (records.ModelID, bool, error) { return l.w.Models.ID() }

func (l answersLink) Answered(tx store.Tx, class string, before, after answers.Opinion) {
	l.w.History.Answered(tx, class, before, after)
}

type remarksLink struct{ now }

func (l remarksLink) Identity(tx store.Tx) *records.Picture { return l.w.Answers.In(tx).Identity }
func (l remarksLink) Reader(tx store.Tx) string             { return l.w.Readers.Key(tx) }

func (l remarksLink) Later(f func(context.Context, *records.Store) error) bool {
	return l.w.Answers.Later(f)
}

type foreignLink struct{ now }

func (l foreignLink) Origin(tx store.Tx) scan.Origin {
	if e := l.w.Studies.Entry(tx); e != nil {
		return e.Origin
	}
	return nil
}

func (l foreignLink) Beside(tx store.Tx) (out []foreign.Neighbour) {
	studies := l.w.Studies.In(tx).Studies
	for _, p := range l.w.Comparison.In(tx).Compare.Priors {
		at := l.w.Studies.Index(tx, p.StudyID)
		if p.Picture == nil || at < 0 || studies[at].Entry == nil {
			continue
		}
		out = append(out, foreign.Neighbour{StudyID: p.StudyID, Image: p.Picture.Image, Origin: studies[at].Entry.Origin})
	}
	return out
}

func (l foreignLink) ShowAs(tx store.Tx, v radiograph.View, a evidence.Area) {
	l.w.Viewport.ShowAs(tx, v, [4]float64{a.X, a.Y, a.X + a.Width, a.Y + a.Height})
}

func (l answersLink) Remember(path string, p records.Picture, m records.ModelID, r *inference.Result) {
	l.w.list.Remember(path, p, m, r)
}

type historyLink struct{ now }

func (l historyLink) Mark(tx store.Tx, study int, from, to annotation.Sheet) {
	l.w.Measure.Restore(tx, study, from, to)
}

// PutDown lets go of what is being drawn, and of a window that is being looked for.
func (l historyLink) PutDown(tx store.Tx) {
	l.w.Measure.Drop(tx)
	l.w.Viewport.DropAutoWindow(tx)
}

func (l historyLink) Prompt(tx store.Tx)                     { l.w.Measure.Prompt(tx) }
func (l historyLink) Answer(class string, o answers.Opinion) { l.w.Answers.Again(class, o) }

func (l historyLink) Aspect(tx store.Tx) history.Aspect {
	v, c, f, m := l.w.Viewport.In(tx), &l.w.Comparison.In(tx).Compare, l.w.Findings.In(tx), l.w.Maps.In(tx)
	return history.Aspect{
		View: v.View, Map: m.Map, Layout: c.Layout, Hung: c.Hung, Swipe: c.Swipe, Older: c.Older, Corners: v.Corners,
		Lens: v.Lens,
		Sort: f.Sort, Only: f.Only, Scale: f.Scale, Query: l.w.Studies.In(tx).Query,
	}
}

func (l historyLink) Look(tx store.Tx, a history.Aspect) {
	v, c, f := l.w.Viewport.In(tx), &l.w.Comparison.In(tx).Compare, l.w.Findings.In(tx)
	l.w.Studies.Touch(tx)
	v.View, v.Corners, v.Lens = a.View, a.Corners, a.Lens
	c.Layout, c.Hung, c.Swipe, c.Older = a.Layout, a.Hung, a.Swipe, a.Older
	f.Sort, f.Only, f.Scale = a.Sort, a.Only, a.Scale
	l.w.Maps.In(tx).Map = a.Map
	l.w.Studies.In(tx).Query = a.Query
	l.w.Comparison.Reopen(tx)
	l.w.Viewport.Refit(tx)
}

func (l historyLink) Undone(requeried bool) {
	if requeried {
		l.w.Studies.Worklist.Relist()
	}
	l.w.Maps.Want()
	l.w.Comparison.Load()
}

type exportsLink struct{ w *Workstation }

func (l exportsLink) List() *worklist.List { return l.w.list }

func (l exportsLink) Model() (m *inference.Model) {
	l.w.hub.Look(func(tx store.Tx) { m = l.w.Models.InUse(tx) })
	return m
}

func (l exportsLink) Blinded() bool { return answersLink{now(l)}.Blinded() }

func (l exportsLink) LogExport(im *dicomio.Image, files []string, identified bool) {
	l.w.Answers.Log().Export(im, files, identified)
}

func (l exportsLink) Subject() (s export.Subject) {
	l.w.hub.Look(func(tx store.Tx) {
		st := l.w.stateIn(tx)
		if st.Picture == nil || st.Current < 0 {
			return
		}
		s = export.Subject{
			Image: st.Picture.Image, Result: st.Result, Model: l.w.Models.InUse(tx),
			Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Map: st.Map, Maps: st.ClassMaps(),
			Method: st.MethodTitle(),
			Marks:  st.Measure.Sheet.Marks, Scale: st.Measure.Scale, Answers: st.AnswersState.Sorted(), Reader: st.Reader.Title(),
			KeyImage: st.KeyImage, Conclusion: st.RemarksState.Conclusion,
		}
		switch {
		case st.Hidden:
			s.Held = []message.Message{message.Of("the reader had not answered yet (blinded reading).")}
		case st.Held():
			s.Held = st.Withheld
		}
		if e := l.w.Studies.Entry(tx); e != nil {
			s.File = e.File
		}
	})
	return s
}

type settingsLink struct{ now }

func (l settingsLink) Commands() []command.Command      { return l.w.Commands() }
func (l settingsLink) DefaultShortcut(id string) string { return l.w.commands.Default(id) }

func (l settingsLink) Shown(tx store.Tx, p *settings.Preferences) {
	m, f := l.w.Maps.In(tx).Map, l.w.Findings.In(tx)
	p.Sort, p.Details = f.Sort, f.Details
	p.Opacity, p.PerMap, p.Signed, p.Colours = m.Opacity, m.PerMap, m.Signed, m.Colours
	p.Corners = l.w.Viewport.In(tx).Corners
	if l.w.cfg.Records != nil {
		p.Blinded = l.w.Readers.In(tx).Blinded
	}
}

func (l settingsLink) Apply(tx store.Tx, p settings.Preferences) {
	f := l.w.Findings.In(tx)
	if f.Details = p.Details; f.Sort != p.Sort {
		f.Sort = p.Sort
		l.w.Findings.Arrange(tx)
	}
	l.w.Viewport.List(tx)
	l.w.Viewport.In(tx).Corners = p.Corners
	m := &l.w.Maps.In(tx).Map
	m.Opacity, m.PerMap, m.Signed, m.Colours = p.Opacity, p.PerMap, p.Signed, p.Colours
}

// arrivalLink is what those need who bring films by themselves.
type arrivalLink struct{ now }

// Find gives the pictures at a place; what cannot be read was checked by who brought it.
func (l arrivalLink) Find(ctx context.Context, path string) []*scan.Instance {
	found, _ := studies.Find(ctx, l.w.Studies.Sources(), []string{path})
	return found
}

// Join adds films; one that is open from another place, by its SOP Instance UID, is not added
// a second time.
func (l arrivalLink) Join(show bool, found ...*scan.Instance) {
	open := l.w.State().Studies
	elsewhere := func(film *scan.Instance) int {
		return slices.IndexFunc(open, func(o studies.Study) bool {
			return film.Header.InstanceUID != "" && o.Header.InstanceUID == film.Header.InstanceUID &&
				o.Location() != film.Location()
		})
	}
	there := -1
	if len(found) > 0 {
		there = elsewhere(found[0])
	}
	found = slices.DeleteFunc(slices.Clone(found), func(film *scan.Instance) bool { return elsewhere(film) >= 0 })
	if show && there >= 0 {
		l.w.Select(there)
		show = false
	}
	if show {
		l.w.Studies.Add(found...)
	} else {
		l.w.Studies.Join(found...)
	}
	l.w.hub.Change(func(tx store.Tx) {
		l.w.History.Quietly(tx) // nobody did it, so nobody undoes it
		l.w.Comparison.Arrived(tx)
	})
	l.w.Comparison.Load()
}

type inboxLink struct{ now }

func (l inboxLink) Find(ctx context.Context, path string) []*scan.Instance {
	return arrivalLink(l).Find(ctx, path)
}
func (l inboxLink) Join(show bool, found ...*scan.Instance) { arrivalLink(l).Join(show, found...) }

func (l inboxLink) Keep(folder string) {
	if err := l.w.Settings.SetPreferences(func(p *settings.Preferences) { p.Inbox = folder }); err != nil {
		l.w.Notices.Fail(err)
	}
}

type archivesLink struct{ now }

func (l archivesLink) Find(ctx context.Context, path string) []*scan.Instance {
	return arrivalLink(l).Find(ctx, path)
}
func (l archivesLink) Join(show bool, found ...*scan.Instance) {
	arrivalLink(l).Join(show, found...)
}

func (l archivesLink) Opened(tx store.Tx) (list []archives.Opened) {
	open := l.w.Studies.In(tx).Studies
	for i := range open {
		list = append(list, archives.Opened{Disk: open[i].Disk(), Study: open[i].Header.StudyUID})
	}
	return list
}

func (l archivesLink) SelectStudy(uid string) bool {
	open := l.w.State().Studies
	at := slices.IndexFunc(open, func(s studies.Study) bool { return s.Header.StudyUID == uid })
	if at >= 0 {
		l.w.Select(at)
	}
	return at >= 0
}

func (l archivesLink) Limit() int64 { return int64(l.w.Settings.Preferences().FetchedMB) << 20 }

func (l archivesLink) Priors() (wanted bool, server string) {
	p := l.w.Settings.Preferences()
	return p.Priors, p.PriorsFrom
}

type recoveryLink struct{ now }

func (l recoveryLink) Open(paths ...string) { l.w.Studies.Open(paths...) }

// OpenDemo opens the demo studies where nothing else is to be opened: phantoms have no place
// among the films of an inbox.
func (l recoveryLink) OpenDemo() {
	if !l.w.cfg.Bare && l.w.Settings.Preferences().Inbox == "" {
		l.w.Studies.OpenDemo()
	}
}

func (l recoveryLink) SelectPath(path string) { l.w.Studies.SelectPath(path) }
func (l recoveryLink) ReopensAlways() bool    { return l.w.Settings.Preferences().Reopen }

func (l recoveryLink) Reopen(in, open []string) (opened, failed int) {
	return l.w.Studies.Reopen(in, open)
}

func (l recoveryLink) OfferTour() {
	if !l.w.Settings.Preferences().TourSeen {
		l.w.Tour.StartTour()
	}
}

func (l recoveryLink) Opened() (paths []string, current string) {
	st := l.w.State()
	for i := range st.Studies {
		path := st.Studies[i].Location()
		if st.Studies[i].Demo() {
			path = "" // it comes from no place that can be opened
		}
		paths = append(paths, path)
	}
	if st.Current >= 0 && st.Current < len(st.Studies) {
		current = paths[st.Current]
	}
	return paths, current
}
