package lab

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/ui/kit"
)

const toolsWidth = 250

// toolPanel is the column at the left: tools, the list of edits, and the figures
// of the selected one.
type toolPanel struct {
	content fyne.CanvasObject
	column  *fyne.Container
	buttons map[tool]*kit.Button
	whole   []*kit.Button // edits of the whole film
	label   *kit.Choice   // of new boxes
	list    *editList
	figures *figures
}

func newToolPanel(w *Window) *toolPanel {
	p := &toolPanel{buttons: map[tool]*kit.Button{}, list: newEditList(w), figures: newFigures(w)}
	pick := func(text string, t tool) fyne.CanvasObject {
		b := kit.NewButton(w.environment, text, nil, func() { w.hand.setTool(t) })
		p.buttons[t] = b
		return b
	}
	group := func(g edit.Group, more ...fyne.CanvasObject) fyne.CanvasObject {
		for _, t := range w.hand.allTools() {
			switch {
			case t.Group != g:
			case t.Drawn:
				if t.Edit.Kind == edit.Paste {
					more = append(more, pick("Copy", tool{copies: true}))
				}
				more = append(more, pick(t.Text, tool{makes: t.Edit}))
			default:
				more = append(more, kit.NewButton(w.environment, t.Text, nil, w.hand.takeUp(t)))
			}
		}
		return inRows(more)
	}
	p.label = kit.NewChoice(w.environment, nil, func(s string) {
		w.hand.confounder = s == w.environment.T(labelConfounder)
		w.present()
	})
	top := container.New(&kit.Stacked{Gap: 2},
		kit.Header(w.environment, string(edit.ChangesPlaces), nil),
		group(edit.ChangesPlaces, pick("Select", choosing)),
		groupTitle(w.environment, string(edit.LaysOn)),
		group(edit.LaysOn),
		groupTitle(w.environment, string(edit.ChangesAll)),
		group(edit.ChangesAll),
		groupTitle(w.environment, "For the maps"),
		container.NewBorder(nil, nil, pick("Box", tool{box: true}), nil, p.label),
		widget.NewSeparator(),
		kit.Header(w.environment, "Edits", w.undoButtons()),
	)
	p.column = container.NewBorder(top, p.figures.box, nil, nil, p.list.scroll)
	p.content = kit.Panel(w.environment, toolsWidth, p.column, false)
	return p
}

// inRows puts the buttons of a group three in a row, of one width where their words fit.
func inRows(buttons []fyne.CanvasObject) fyne.CanvasObject {
	const inRow = 3
	for len(buttons)%inRow != 0 {
		buttons = append(buttons, canvas.NewRectangle(color.Transparent))
	}
	box := container.NewVBox()
	for row := range slices.Chunk(buttons, inRow) {
		box.Add(container.New(kit.Fair{}, row...))
	}
	return box
}

// groupTitle stands over a group of tools.
func groupTitle(env *kit.Environment, text string) fyne.CanvasObject {
	t := canvas.NewText("  "+env.T(text), env.Colours.Second)
	t.TextSize = kit.CaptionSize
	return t
}

// The two kinds of label that a new box can have.
const (
	labelClass      = "around the class"
	labelConfounder = "around a confounder"
)

func (w *Window) undoButtons() fyne.CanvasObject {
	w.undo = kit.NewButton(w.environment, "", theme.ContentUndoIcon(), w.bench.Edits.Undo)
	w.redo = kit.NewButton(w.environment, "", theme.ContentRedoIcon(), w.bench.Edits.Redo)
	return container.NewHBox(
		w.undo, w.redo, kit.NewButton(w.environment, "", theme.ContentClearIcon(), w.bench.Edits.Clear),
	)
}

func (p *toolPanel) present(w *Window, st lab.State) {
	for t, b := range p.buttons {
		b.Mark(t == w.hand.tool)
		b.SetEnabled(st.Image != nil && (t.makes.Kind != edit.Paste || w.hand.clip != nil))
	}
	for _, b := range p.whole {
		b.SetEnabled(st.Image != nil)
	}
	chosen := labelClass
	if w.hand.confounder {
		chosen = labelConfounder
	}
	p.label.Display(
		[]string{p.list.w.environment.T(labelClass), p.list.w.environment.T(labelConfounder)},
		p.list.w.environment.T(chosen),
	)
	w.undo.SetEnabled(st.CanUndo)
	w.redo.SetEnabled(st.CanRedo)
	p.list.present(st)
	if p.figures.present(st) {
		p.column.Refresh()
	}
}
