package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/inbox"
	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/ui/archive"
	"hilum/ui/kit"
)

// statusLine is the lower edge of the window: what is going on, patient, model,
// warnings, and the standing line that this is not for diagnosis, which
// nothing hides.
type statusLine struct {
	widget.BaseWidget
	parts    []string
	back     *canvas.Rectangle
	text     *canvas.Text
	standing *canvas.Text
	env      *kit.Environment
}

// Measures of the line, in units.
const statusHeight, statusInset = 26, 10

func newStatusLine(env *kit.Environment) *statusLine {
	s := &statusLine{env: env,
		back:     canvas.NewRectangle(env.Colours.Raised),
		text:     canvas.NewText("", env.Colours.Second),
		standing: canvas.NewText(env.T(inference.NotForDiagnosis), env.Colours.Text),
	}
	s.text.TextSize, s.standing.TextSize = kit.TextSize, kit.TextSize
	s.standing.Alignment = fyne.TextAlignTrailing
	s.standing.TextStyle.Bold = true
	s.ExtendBaseWidget(s)
	return s
}

// Present takes a state of the session.
func (s *statusLine) Present(st app.State) {
	parts := statusParts(s.env, st)
	if slices.Equal(parts, s.parts) {
		return
	}
	s.parts = parts
	s.Refresh()
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
	return []fyne.CanvasObject{r.s.back, r.s.text, r.s.standing}
}

func (r *statusRenderer) Refresh() {
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *statusRenderer) Layout(size fyne.Size) {
	s := r.s
	kit.Put(s.back, 0, 0, size.Width, size.Height)
	kit.Put(s.standing, 0, 0, size.Width-statusInset, size.Height)
	room := size.Width - s.standing.MinSize().Width - 4*statusInset
	s.text.Text = kit.Shorten(strings.Join(s.parts, "   |   "), max(room, 0), kit.TextSize, fyne.TextStyle{})
	kit.Put(s.text, statusInset, 0, max(room, 0), size.Height)
	s.text.Refresh()
}
