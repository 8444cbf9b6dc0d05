package page

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// ownWindows is the tab of the windows that the reader keeps: name, centre, width and key of
// each. What is typed is kept as soon as it makes a window.
type ownWindows struct {
	p    *preferencesPage
	rows *fyne.Container
	add  *widget.Button
	box  fyne.CanvasObject
}

func newOwnWindows(p *preferencesPage) *ownWindows {
	env := p.options.Env
	w := &ownWindows{p: p, rows: container.New(&kit.Stacked{Gap: 6})}
	w.add = widget.NewButtonWithIcon(env.T("Another window"), theme.ContentAddIcon(), w.another)
	head := container.New(&windowColumns{}, kit.Strong(env, "Name"), kit.Strong(env, "Centre"),
		kit.Strong(env, "Width"), kit.Strong(env, "Key"), widget.NewLabel(""))
	w.box = page(
		second(env.T("Windows of your own, in the values of the film. Keep this window, in the menu View, keeps the one in sight.")),
		head, w.rows, container.NewHBox(w.add),
	)
	w.present()
	return w
}

// present makes the rows anew.
func (w *ownWindows) present() {
	own := w.p.options.Settings.Preferences().Windows
	w.rows.RemoveAll()
	for i, o := range own {
		w.rows.Add(w.row(i, o))
	}
	if len(own) < viewport.MostOwnWindows {
		w.add.Enable()
	} else {
		w.add.Disable()
	}
	w.rows.Refresh()
}

func (w *ownWindows) row(i int, o viewport.OwnWindow) fyne.CanvasObject {
	env := w.p.options.Env
	name := kit.NewBox(env)
	name.SetText(o.Name)
	name.OnChanged = func(text string) {
		if text = strings.TrimSpace(text); text == "" {
			w.p.refused(message.New("a window needs a name to be kept"))
			return
		}
		w.change(i, func(o *viewport.OwnWindow) { o.Name = text })
	}
	number := func(v float64, set func(o *viewport.OwnWindow, v float64) bool) *kit.Box {
		b := kit.NewBox(env)
		b.SetText(strconv.FormatFloat(v, 'g', 8, 64))
		b.OnChanged = func(text string) {
			n, err := env.ReadNumber(text)
			if try := o; err != nil || !set(&try, n) {
				w.p.refused(message.Errorf("%q is no value of a window", text))
				return
			}
			w.change(i, func(o *viewport.OwnWindow) { set(o, n) })
		}
		return b
	}
	centre := number(o.Centre, func(o *viewport.OwnWindow, v float64) bool { o.Centre = v; return finite(v) })
	width := number(o.Width, func(o *viewport.OwnWindow, v float64) bool { o.Width = v; return finite(v) && v > 0 })
	id := viewport.OwnWindowCommand(i)
	key := newKeyField(env, env.Modifiers)
	key.show(w.keyOf(id), func(shortcut string) {
		w.p.rows.give(id, shortcut)
		w.present()
	})
	gone := kit.NewButton(env, "", theme.DeleteIcon(), func() {
		w.p.prefer(func(q *settings.Preferences) { q.Windows = slices.Delete(slices.Clone(q.Windows), i, i+1) })
		w.present()
	})
	return container.New(&windowColumns{}, name, centre, width, key, gone)
}

// finite tells the values that a window can have: those that stored values reach.
func finite(v float64) bool { return v > -1e9 && v < 1e9 }

// keyOf is the key of a command.
func (w *ownWindows) keyOf(id string) string {
	for _, c := range w.p.options.Commands() {
		if c.ID == id {
			return c.Shortcut
		}
	}
	return ""
}

func (w *ownWindows) change(i int, f func(o *viewport.OwnWindow)) {
	w.p.prefer(func(q *settings.Preferences) {
		q.Windows = slices.Clone(q.Windows)
		f(&q.Windows[i])
	})
}

// another adds a window of the usual values.
func (w *ownWindows) another() {
	w.p.prefer(func(q *settings.Preferences) {
		name := w.p.options.Env.T("Window %d", len(q.Windows)+1)
		q.Windows = append(slices.Clone(q.Windows), viewport.OwnWindow{Name: name, Centre: 2048, Width: 4096})
	})
	w.present()
}

// windowColumns are the widths of a row: name, centre, width, key, and a button.
type windowColumns struct{}

// The columns, in units; the name has the rest.
const (
	numberColumn = 110
	keyColumn    = 150
	buttonColumn = 40
	columnGap    = 6
)

// MinSize implements fyne.Layout.
func (*windowColumns) MinSize(o []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, c := range o {
		height = max(height, c.MinSize().Height)
	}
	return fyne.NewSize(120+2*numberColumn+keyColumn+buttonColumn+4*columnGap, height)
}

// Layout implements fyne.Layout.
func (*windowColumns) Layout(o []fyne.CanvasObject, s fyne.Size) {
	widths := []float32{0, numberColumn, numberColumn, keyColumn, buttonColumn}
	widths[0] = s.Width - 2*numberColumn - keyColumn - buttonColumn - 4*columnGap
	x := float32(0)
	for i, c := range o {
		kit.Put(c, x, 0, widths[i], s.Height)
		x += widths[i] + columnGap
	}
}
