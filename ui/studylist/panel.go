// Package studylist is the column of studies: search, order and filters over the rows of
// the worklist, and how far scoring is. Its core type is [Panel].
package studylist

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"hilum/app"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// Model is what the panel asks of the session's studies.
type Model interface {
	SelectRow(row int)
	SetQuery(change func(*worklist.Query))
}

// Options are what the panel is given by its window.
type Options struct {
	Env   *kit.Environment
	Run   func(id string) func() // makes the function that runs a command
	Open  func()                 // asks for files
	Leave func()                 // gives the keyboard back to the picture
	// Small finds the small picture of a film; nil while there is none.
	Small func(*scan.Instance) *image.NRGBA
}

// Panel is the column of studies: search, order and filters over the
// rows, and below them how far the background's scoring is.
type Panel struct {
	model   Model
	list    *List
	search  *searchField
	order   *kit.Choice
	unseen  *kit.Button
	only    *kit.Button
	score   *kit.Button
	counts  *canvas.Text
	groove  *canvas.Rectangle
	done    *canvas.Rectangle
	footer  *fyne.Container
	Content *fyne.Container
	shown   panelShown
}

// panelShown is what of the state the panel's head and foot were last drawn
// for.
type panelShown struct {
	listed *worklist.Snapshot
	query  worklist.Query
	model  bool
}

// New makes the column of the studies of a model.
func New(m Model, o Options) *Panel {
	k := o.Env
	p := &Panel{model: m, list: newList(k, o.Small, m.SelectRow)}
	p.search = newSearchField(o.Env, func(text string) {
		m.SetQuery(func(q *worklist.Query) { q.Text = text })
	}, o.Leave)
	p.search.move = p.moveTo
	p.order = kit.NewCompactChoice(k, nil, p.setOrder)
	p.unseen = kit.NewCompactButton(k, "New", nil, o.Run("list.unseen"))
	p.only = kit.NewCompactButton(k, "Positive", nil, o.Run("list.positive"))
	p.only.Tip, p.order.Tip = p.whyHidden, p.whyHidden
	p.score = kit.NewButton(k, "", theme.MediaPlayIcon(), o.Run("list.score"))
	p.counts = canvas.NewText("", o.Env.Colours.Second)
	p.counts.TextSize = kit.CaptionSize
	p.groove, p.done = canvas.NewRectangle(o.Env.Colours.Groove), canvas.NewRectangle(o.Env.Colours.Selected)
	p.footer = container.New(&foot{}, p.counts, p.groove, p.done, p.score)
	filters := container.NewBorder(nil, nil, nil, container.NewHBox(p.unseen, p.only), p.order)
	add := kit.NewButton(k, "", theme.ContentAddIcon(), o.Open)
	head := container.NewVBox(kit.Header(o.Env, "Studies", add), p.search, filters)
	p.Content = container.NewBorder(head, p.footer, nil, nil, p.list)
	return p
}

// The words of the orders.
const (
	patientOrder = "Patient"
	dateOrder    = "Date"
	marginOrder  = "Margin"
)

// setOrder sorts by what a person chose: a fixed order, or the margin of a class.
func (p *Panel) setOrder(name string) {
	classes := p.shown.listed.Classes
	p.model.SetQuery(func(q *worklist.Query) {
		q.Class = ""
		switch name {
		case p.list.env.T(patientOrder):
			q.Sort = worklist.ByPatient
		case p.list.env.T(dateOrder):
			q.Sort = worklist.ByDate
		default:
			q.Sort = worklist.ByMargin
			for _, c := range classes {
				if p.list.env.ClassName(c) == name {
					q.Class = c
				}
			}
		}
	})
}

// Present takes a state of the session.
func (p *Panel) Present(st app.State) {
	p.list.Present(st)
	now := panelShown{st.Listed, st.Query, st.Model.Open}
	if now == p.shown {
		return
	}
	p.shown = now
	names := []string{p.list.env.T(patientOrder), p.list.env.T(dateOrder), p.list.env.T(marginOrder)}
	for _, c := range st.Listed.Classes {
		names = append(names, p.list.env.ClassName(c))
	}
	if st.Listed.Hidden > 0 { // an order by margin would tell
		names = names[:2]
	}
	p.order.Display(names, orderName(p.list.env, st.Query))
	p.unseen.Mark(st.Query.Unseen)
	p.only.Mark(st.Query.Positive != "")
	p.only.SetEnabled(st.Model.Open && (st.Listed.Hidden == 0 || st.Query.Positive != ""))
	p.search.show(st.Query.Text)
	p.presentProgress(st)
}

// whyHidden says why the list cannot be narrowed to what is positive nor ordered by margin; ""
// where it can.
func (p *Panel) whyHidden() string {
	if p.shown.listed == nil || p.shown.listed.Hidden == 0 {
		return ""
	}
	return p.list.env.T("Blinded reading: this would tell what is hidden")
}

func orderName(env *kit.Environment, q worklist.Query) string {
	switch {
	case q.Sort == worklist.ByDate:
		return env.T(dateOrder)
	case q.Sort == worklist.ByMargin && q.Class != "":
		return env.ClassName(q.Class)
	case q.Sort == worklist.ByMargin:
		return env.T(marginOrder)
	}
	return env.T(patientOrder)
}

// presentProgress says how many studies there are and how many are new, or how
// far scoring is.
func (p *Panel) presentProgress(st app.State) {
	s := st.Listed
	at := s.Scoring
	done := at.Done + at.Failed
	icon := theme.MediaPlayIcon()
	if at.Running {
		icon = theme.MediaPauseIcon()
	}
	if p.score.Icon != icon {
		p.score.SetIcon(icon)
	}
	text := listCounts(p.list.env, s)
	if at.Running {
		text = p.list.env.T("Scoring %s of %s", message.Count(done), message.Count(at.Total))
	}
	p.counts.Text = text
	p.score.SetEnabled(st.Model.Open)
	p.score.Hidden = at.Total == 0 || done == at.Total && at.Failed == 0 && !at.Running
	p.groove.Hidden = p.score.Hidden
	p.done.Hidden = p.groove.Hidden
	p.footer.Layout.(*foot).share = float32(done) / float32(max(at.Total, 1))
	p.footer.Refresh()
}

// listCounts says what is in the list.
func listCounts(env *kit.Environment, s *worklist.Snapshot) string {
	if s.Studies == 0 {
		return ""
	}
	text := studyCount(env, s.Studies)
	if s.Len() != s.Studies {
		text = env.T("%s of %s studies", message.Count(s.Len()), message.Count(s.Studies))
	}
	if s.Unseen > 0 {
		text += ", " + env.T("%s new", message.Count(s.Unseen))
	}
	return text
}

func studyCount(env *kit.Environment, n int) string {
	if n == 1 {
		return env.T("1 study")
	}
	return env.T("%s studies", message.Count(n))
}

// foot places the line below the rows.
type foot struct{ share float32 }

const footHeight = 34

// MinSize implements fyne.Layout.
func (*foot) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(120, footHeight)
}

// Layout implements fyne.Layout: counts, groove, done, button.
func (f *foot) Layout(o []fyne.CanvasObject, s fyne.Size) {
	button := o[3].MinSize()
	right := s.Width - 4
	if o[3].Visible() {
		right -= button.Width
	}
	kit.Put(o[0], 20, 6, right-20, 14)
	kit.Put(o[1], 20, 24, right-28, 4)
	kit.Put(o[2], 20, 24, (right-28)*f.share, 4)
	kit.Put(o[3], s.Width-button.Width-2, 2, button.Width, s.Height-4)
}

// moveTo makes the study current that is so many rows away; for 0 it is the first one.
func (p *Panel) moveTo(by int) {
	row := 0
	if by != 0 && p.list.row >= 0 {
		row = min(max(p.list.row+by, 0), p.list.listed.Len()-1)
	}
	if p.list.listed.Len() > 0 {
		p.model.SelectRow(row)
	}
}

// searchField narrows the list while one types. The arrows go through what was found;
// Enter goes to the first hit, where they did not choose another, and gives the keyboard
// back to the picture; Escape does so with an empty field.
type searchField struct {
	kit.Box
	leave func()
	move  func(by int) // 0 is to the first hit
	moved bool         // the arrows chose a hit
	quiet bool
}

func newSearchField(env *kit.Environment, changed func(string), leave func()) *searchField {
	f := &searchField{Box: kit.BoxIn(env), leave: leave, move: func(int) {}}
	f.PlaceHolder = env.T("Search patient, date, file")
	f.OnChanged = func(text string) {
		f.moved = false
		if !f.quiet {
			changed(text)
		}
	}
	f.OnSubmitted = func(text string) {
		if text != "" && !f.moved {
			f.move(0)
		}
		leave()
	}
	f.ExtendBaseWidget(f)
	return f
}

// CreateRenderer implements fyne.Widget: the toolkit's, with the two rectangles
// behind the text, whose round corners are dear, as a still.
func (f *searchField) CreateRenderer() fyne.WidgetRenderer {
	r := f.Box.Entry.CreateRenderer()
	return kit.Cached(f, r, r.Objects()[2:]...)
}

// show displays a text that did not come from here.
func (f *searchField) show(text string) {
	if f.Text != text {
		f.quiet = true
		f.SetText(text)
		f.quiet = false
	}
}

// TypedKey implements fyne.Focusable.
func (f *searchField) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		f.SetText("")
		f.leave()
	case fyne.KeyDown:
		f.step(1)
	case fyne.KeyUp:
		f.step(-1)
	default:
		f.Box.Entry.TypedKey(e)
	}
}

// step goes to the next hit or the one before; from the text it goes to the first.
func (f *searchField) step(by int) {
	if !f.moved {
		by = 0
	}
	f.move(by)
	f.moved = true
}

// Search is the field that narrows the list.
func (p *Panel) Search() fyne.Focusable { return p.search }
