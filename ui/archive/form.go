package archive

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/archives"
	"hilum/ui/kit"
)

// form is what is searched for.
type form struct {
	env      *kit.Environment
	server   *widget.Select
	servers  []string
	view     *widget.Select
	name, id *kit.Box
	number   *kit.Box // accession
	from, to *kit.Box
	modality *kit.Box
	box      fyne.CanvasObject
}

func newForm(env *kit.Environment, ask, keep func()) form {
	f := form{env: env}
	box := func(hint string) *kit.Box {
		b := kit.NewBox(env)
		b.OnSubmitted = func(string) { ask() }
		b.SetPlaceHolder(hint)
		return b
	}
	f.name, f.id, f.number = box(env.T("Family, given")), box(""), box("")
	f.from, f.to = box(env.T("Day, as 2026-11-30")), box(env.T("Day, as 2026-11-30"))
	f.modality = box("CR, DX")
	f.server = widget.NewSelect(nil, nil)
	f.server.PlaceHolder = " " // its name stands above, and one is chosen as soon as one is kept
	var views []string
	for _, v := range archives.Views() {
		views = append(views, viewName(env, v))
	}
	f.view = widget.NewSelect(views, nil)
	f.view.SetSelectedIndex(0)
	kept := widget.NewButtonWithIcon("", theme.SettingsIcon(), keep)
	f.box = container.New(&fields{}, field(env, "Server", container.NewBorder(nil, nil, nil, kept, f.server)),
		field(env, "Patient's name", f.name), field(env, "Patient's number", f.id),
		field(env, "Accession number", f.number), field(env, "From day", f.from), field(env, "To day", f.to),
		field(env, "Modality", f.modality), field(env, "Projection", f.view))
	return f
}

func viewName(env *kit.Environment, v archives.View) string {
	switch v {
	case archives.PAView, archives.APView:
		return string(v)
	case archives.LateralView:
		return env.T("Lateral view")
	}
	return env.T("Any view")
}

// field is a box under its name.
func field(env *kit.Environment, name string, o fyne.CanvasObject) fyne.CanvasObject {
	label := widget.NewLabel(env.T(name))
	label.SizeName = theme.SizeNameCaptionText
	return container.New(twoLines{6}, label, o)
}

// setServers offers the servers that are kept; the one chosen before stays, else it is the first.
func (f *form) setServers(names []string) {
	f.servers = names
	was := f.server.Selected
	f.server.SetOptions(names)
	switch {
	case slices.Contains(names, was):
	case len(names) > 0:
		f.server.SetSelected(names[0])
	default:
		f.server.ClearSelected()
	}
}

// search is what the form holds.
func (f *form) search() archives.Search {
	s := archives.Search{Server: f.server.Selected, Name: f.name.Text, ID: f.id.Text, Accession: f.number.Text,
		From: f.from.Text, To: f.to.Text, Modality: f.modality.Text}
	if i := f.view.SelectedIndex(); i >= 0 {
		s.View = archives.Views()[i]
	}
	return s
}

// show fills the form.
func (f *form) show(s archives.Search) {
	for box, text := range map[*kit.Box]string{f.name: s.Name, f.id: s.ID, f.number: s.Accession, f.from: s.From,
		f.to: s.To, f.modality: s.Modality} {
		box.SetText(text)
	}
	f.server.Selected = s.Server
	f.view.SetSelectedIndex(max(slices.Index(archives.Views(), s.View), 0))
}

// fields lays the fields out in as many columns of equal width as there is room for.
type fields struct{ width float32 }

// leastField is the least width of a field, in units at the usual size of text.
const leastField, fieldGap = 200, 8

func (l *fields) columns(n int, width float32) int {
	return max(1, min(n/2, int((width+fieldGap)/(leastField+fieldGap))))
}

// MinSize implements fyne.Layout.
func (l *fields) MinSize(o []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, c := range o {
		height = max(height, c.MinSize().Height)
	}
	columns := l.columns(len(o), max(l.width, leastField))
	rows := float32((len(o) + columns - 1) / columns)
	return fyne.NewSize(leastField, rows*height)
}

// Layout implements fyne.Layout.
func (l *fields) Layout(o []fyne.CanvasObject, s fyne.Size) {
	l.width = s.Width
	columns := l.columns(len(o), s.Width)
	width := (s.Width - float32(columns-1)*fieldGap) / float32(columns)
	height := float32(0)
	for _, c := range o {
		height = max(height, c.MinSize().Height)
	}
	for i, c := range o {
		kit.Put(c, float32(i%columns)*(width+fieldGap), float32(i/columns)*height, width, height)
	}
}
