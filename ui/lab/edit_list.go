package lab

import (
	"fmt"
	"reflect"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/ui/kit"
)

// editList lists the edits and the boxes: each edit can be selected, switched off
// and on, and removed.
type editList struct {
	w      *Window
	box    *fyne.Container
	scroll *container.Scroll
	st     lab.State
	fresh  bool
}

func newEditList(w *Window) *editList {
	l := &editList{w: w, box: container.New(&kit.Stacked{})}
	l.scroll = container.NewVScroll(l.box)
	l.scroll.SetMinSize(fyne.NewSize(toolsWidth-10, 80))
	return l
}

// present rebuilds the rows when what they show changed.
func (l *editList) present(st lab.State) {
	ops := l.w.bench.Catalogue().Edits
	same := l.fresh && reflect.DeepEqual(titles(ops, st), titles(ops, l.st)) && st.Selected == l.st.Selected &&
		(st.Image == nil) == (l.st.Image == nil)
	l.st, l.fresh = st, true
	if same {
		return
	}
	l.box.RemoveAll()
	switch {
	case st.Image == nil:
		l.box.Add(kit.Prose(l.w.environment, "Open a film to begin."))
	case len(st.Edits) == 0:
		l.box.Add(kit.Prose(l.w.environment, "Choose a tool and draw on the film. What the model says moves at once."))
	}
	for i, e := range st.Edits {
		l.box.Add(l.row(i, e))
	}
	for i, b := range st.Boxes {
		l.box.Add(l.boxRow(i, b))
	}
	l.box.Refresh()
}

// titles is what the rows show.
func titles(ops edit.Operations, st lab.State) []string {
	var out []string
	for _, e := range st.Edits {
		out = append(out, fmt.Sprint(ops.Title(e), e.Off))
	}
	for _, b := range st.Boxes {
		out = append(out, b.Label)
	}
	return out
}

func (l *editList) row(i int, e edit.Edit) fyne.CanvasObject {
	b := l.w.bench
	eye := theme.VisibilityIcon()
	if e.Off {
		eye = theme.VisibilityOffIcon()
	}
	title, _, _ := strings.Cut(l.w.environment.Text(b.Catalogue().Edits.Title(e)), ":")
	name := kit.NewButton(l.w.environment, fmt.Sprintf("%d  %s", i+1, title), nil, func() { b.Edits.Select(i) })
	name.Alignment = widget.ButtonAlignLeading
	back := canvas.NewRectangle(l.w.environment.Colours.Panel)
	if i == l.st.Selected {
		back.FillColor = l.w.environment.Colours.Chosen
	}
	tools := container.NewHBox(
		kit.NewButton(l.w.environment, "", eye, func() { b.Edits.Toggle(i) }),
		kit.NewButton(l.w.environment, "", theme.DeleteIcon(), func() { b.Edits.Remove(i) }),
	)
	return container.NewStack(back, container.NewBorder(nil, nil, nil, tools, name))
}

func (l *editList) boxRow(i int, x effect.Box) fyne.CanvasObject {
	text := canvas.NewText(
		l.w.environment.T("box: %s", l.w.environment.ClassName(x.Label)), boxColour(l.w.environment, l.st, x.Label),
	)
	text.TextSize = kit.TextSize
	remove := kit.NewButton(l.w.environment, "", theme.DeleteIcon(), func() { l.w.bench.Edits.RemoveBox(i) })
	// in line with the edits' names
	inset := container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), 0), text)
	return container.NewBorder(nil, nil, nil, remove, inset)
}
