package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/inbox"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/archive"
	"hilum/ui/kit"
)

// statusLine is the lower edge of the window: what is going on, patient, model,
// warnings, and the standing line that this is not for diagnosis, which
// nothing hides.
type statusLine struct {
	widget.BaseWidget
	parts    []string
	who      *canvas.Text // who reads, and whether blinded; a click on it chooses another
	reads    string       // that who stands for
	over     bool         // the mouse is there
	choose   func()
	back     *canvas.Rectangle
	text     *canvas.Text
	standing *canvas.Text
	env      *kit.Environment
}

// separator stands between the parts of the line.
const separator = "   |   "

// leastWords is how many signs of what stands behind the reader are worth showing.
const leastWords = 5

// Measures of the line, in units.
const statusHeight, statusInset = 26, 10

func newStatusLine(env *kit.Environment, choose func()) *statusLine {
	s := &statusLine{env: env, choose: choose,
		who:      canvas.NewText("", env.Colours.Text),
		back:     canvas.NewRectangle(env.Colours.Raised),
		text:     canvas.NewText("", env.Colours.Second),
		standing: canvas.NewText(env.T(inference.NotForDiagnosis), env.Colours.Text),
	}
	s.text.TextSize, s.standing.TextSize, s.who.TextSize = kit.TextSize, kit.TextSize, kit.TextSize
	s.standing.Alignment = fyne.TextAlignTrailing
	s.standing.TextStyle.Bold = true
	s.ExtendBaseWidget(s)
	return s
}

// Present takes a state of the session.
func (s *statusLine) Present(st app.State) {
	parts, reads := statusParts(s.env, st), readerWords(s.env, st)
	if slices.Equal(parts, s.parts) && reads == s.reads {
		return
	}
	s.parts, s.reads = parts, reads
	s.who.Color = s.env.Colours.Text
	if st.Blinded {
		s.who.Color = s.env.Colours.Selected
	}
	s.Refresh()
}

// readerWords say who reads, and whether blinded; "" where nobody's answers are kept.
func readerWords(env *kit.Environment, st app.State) string {
	switch {
	case st.Reader.Key == "":
		return ""
	case st.Blinded:
		return env.T("Reader: %s, blinded", message.Data(st.Reader.Title()))
	}
	return env.T("Reader: %s", message.Data(st.Reader.Title()))
}

// Tapped implements fyne.Tappable: a click on who reads chooses another.
func (s *statusLine) Tapped(e *fyne.PointEvent) {
	if s.reads != "" && e.Position.X <= s.who.Position().X+s.who.Size().Width {
		s.choose()
	}
}

// MouseIn implements desktop.Hoverable.
func (s *statusLine) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *statusLine) MouseMoved(e *desktop.MouseEvent) {
	s.over = s.reads != "" && e.Position.X <= s.who.Position().X+s.who.Size().Width
}

// MouseOut implements desktop.Hoverable.
func (s *statusLine) MouseOut() { s.over = false }

// Cursor implements desktop.Cursorable.
func (s *statusLine) Cursor() desktop.Cursor {
	if s.over {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// statusParts are the words of the line: what is going on, whose film it is, the model and
// how far it is to be believed, and how many warnings there are. What computes is in the
// doctor's report and on the model's card.
func statusParts(env *kit.Environment, st app.State) []string {
	var out []string
	if busy := doing(env, st); busy != "" {
		out = append(out, busy)
	}
	if fetching := archive.Progress(env, st.Archive); fetching != "" {
		out = append(out, fetching)
	}
	if in := st.Inbox; in.Folder != "" {
		out = append(out, inboxWords(env, in))
	}
	if p := st.Picture; p != nil && p.Image.Header.PatientName != "" {
		out = append(out, radiograph.PersonName(p.Image.Header.PatientName))
	}
	if st.Model.Open {
		out = append(out, modelWords(env, st.Model))
	} else if !st.Engine.Error.IsZero() {
		out = append(out, env.T("No engine: no findings"))
	}
	if n := len(st.Warnings); n > 0 {
		out = append(out, env.Text(kit.Counted(n, "%s warnings")))
	}
	return out
}

// inboxWords say what came out of the inbox.
func inboxWords(env *kit.Environment, in inbox.Followed) string {
	if in.Gone {
		return env.T("Inbox not to be read")
	}
	return env.T("Inbox: %s", kit.Counted(in.Films, "%s films"))
}

// modelWords name a model with what it is to be believed for.
func modelWords(env *kit.Environment, m models.Model) string {
	var trust []string
	for _, t := range m.Trust() {
		trust = append(trust, env.Text(t))
	}
	return m.Title() + " (" + strings.Join(trust, ", ") + ")"
}

func doing(env *kit.Environment, st app.State) string {
	switch {
	case st.Loading:
		return env.T("Decoding\u2026")
	case st.Scoring:
		return env.T("Scoring\u2026")
	case st.Engine.Opening:
		return env.T("Opening the model\u2026")
	}
	return ""
}

// MinSize implements fyne.Widget.
func (s *statusLine) MinSize() fyne.Size {
	return fyne.NewSize(s.standing.MinSize().Width+40, statusHeight)
}

// CreateRenderer implements fyne.Widget.
func (s *statusLine) CreateRenderer() fyne.WidgetRenderer { return kit.Cached(s, &statusRenderer{s}) }

type statusRenderer struct{ s *statusLine }

func (r *statusRenderer) Destroy()           {}
func (r *statusRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r *statusRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.back, r.s.who, r.s.text, r.s.standing}
}

func (r *statusRenderer) Refresh() {
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *statusRenderer) Layout(size fyne.Size) {
	s := r.s
	kit.Put(s.back, 0, 0, size.Width, size.Height)
	kit.Put(s.standing, 0, 0, size.Width-statusInset, size.Height)
	room := max(size.Width-s.standing.MinSize().Width-4*statusInset, 0)
	s.who.Text = kit.Shorten(s.reads, room, kit.TextSize, fyne.TextStyle{})
	who := s.who.MinSize().Width
	kit.Put(s.who, statusInset, 0, who, size.Height)
	parts := slices.Clone(s.parts)
	if s.who.Text != "" && len(parts) > 0 {
		parts[0] = separator + parts[0]
	}
	s.text.Text = kit.Shorten(strings.Join(parts, separator), max(room-who, 0), kit.TextSize, fyne.TextStyle{})
	if who > 0 && len([]rune(s.text.Text)) < len(separator)+leastWords && len(parts) > 0 {
		s.text.Text = "" // a line with nothing behind it
	}
	kit.Put(s.text, statusInset+who, 0, max(room-who, 0), size.Height)
	s.who.Refresh()
	s.text.Refresh()
}
