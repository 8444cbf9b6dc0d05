// Package toolbar is the row under the menus of the main window: what is wanted all day, one
// click away, with what there is no room for in a menu at its end. Its core type is [Toolbar].
package toolbar

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/dicomio"
	"hilum/internal/raster"
	"hilum/ui/kit"
	"hilum/ui/menu"
)

// Model is what the toolbar asks of the session beside its commands.
type Model interface {
	SetWindow(centre, width float64)
	NextWindow()
	State() app.State
	SetOpacity(v float64)
	SetColours(name string)
	SetPerMap(on bool)
}

// Toolbar is the row under the menus: what is wanted all day, one click away.
type Toolbar struct {
	Content  *fyne.Container
	session  Model
	Windows  *kit.Choice
	presets  []dicomio.Window
	picture  *radiograph.Picture
	Invert   *kit.Button
	Fit      *kit.Button
	One      *kit.Button
	Reset    *kit.Button
	Map      *kit.Button
	Colours  *kit.Choice
	Scale    *kit.Choice
	Signed   *kit.Button
	Opacity  *kit.Slider
	Export   *kit.Button
	Measure  *kit.Choice
	Compare  *kit.Button
	More     *kit.Button // leads to what there is no room for
	row      *kit.Overflow
	commands map[string]command.Command
	env      *kit.Environment
}

// The words of the choice between one scale for all maps and one for each.
const (
	SharedScale = "One scale"
	OwnScale    = "Own scale"
)

// New makes the row; the commands are those that its controls run.
func New(k *kit.Environment, s Model, commands []command.Command) *Toolbar {
	t := &Toolbar{env: k, session: s, commands: map[string]command.Command{}}
	for _, c := range commands {
		t.commands[c.ID] = c
	}
	t.Windows = kit.NewChoice(k, nil, t.chooseWindow)
	t.Windows.PlaceHolder = k.T("Window")
	t.Invert = t.button("Invert", theme.ColorAchromaticIcon(), "view.invert")
	t.Fit, t.One = t.button("Fit", theme.ZoomFitIcon(), "view.fit"), t.button("1:1", theme.ZoomInIcon(), "view.one")
	t.Reset = t.button("Reset", theme.ViewRefreshIcon(), "view.reset")
	t.Map = t.button("Map", theme.ColorChromaticIcon(), "map.toggle")
	t.Signed = t.button("Two-sided", sign("signed", signedSign), "map.signed")
	t.Colours = kit.NewChoice(k, nil, t.chooseColours)
	t.Scale = kit.NewChoice(
		k, []string{k.T(SharedScale), k.T(OwnScale)}, func(v string) { s.SetPerMap(v == k.T(OwnScale)) },
	)
	t.Opacity = kit.NewSlider(k, 0, 1, 0.05, s.SetOpacity)
	t.Measure = kit.NewChoice(k, nil, t.chooseTool)
	t.Measure.PlaceHolder = k.T("Measure")
	t.Compare = t.button("Compare", sign("compare", compareSign), "compare.two")
	t.Export = t.button("Export", theme.DocumentSaveIcon(), menu.ExportCommand)
	t.More = kit.NewButton(k, "", theme.MoreHorizontalIcon(), t.showMore)
	t.More.Tip = func() string { return k.T("What there is no room for") }
	t.row = &kit.Overflow{Items: t.items(), More: t.More}
	t.Content = t.row.Content()
	return t
}

// items are the controls in their order, with what goes first where there is no room.
func (t *Toolbar) items() []kit.RowItem {
	return []kit.RowItem{
		{Object: t.button("Open", theme.FolderOpenIcon(), menu.OpenCommand), Rank: 1},
		{Object: divider(), Rank: 2}, {Object: kit.ForOptions(t.Windows, 130), Rank: 2}, {Object: t.Invert, Rank: 4},
		{Object: t.Fit, Rank: 5}, {Object: t.One, Rank: 6}, {Object: t.Reset, Rank: 7}, {Object: divider(), Rank: 3},
		{Object: t.Map, Rank: 3}, {Object: kit.ForOptions(t.Colours, 94), Rank: 12},
		{Object: kit.ForOptions(t.Scale, 104), Rank: 13},
		{Object: t.Signed, Rank: 11}, {Object: t.opacityBox(), Rank: 10}, {Object: divider(), Rank: 8},
		{Object: kit.ForOptions(t.Measure, 100), Rank: 8}, {Object: t.Compare, Rank: 9},
		{Object: t.Export, Rank: 8, Right: true},
	}
}

// button runs a command, and says which one and by which key where the mouse rests.
func (t *Toolbar) button(words string, icon fyne.Resource, id string) *kit.Button {
	b := kit.NewButton(t.env, words, icon, func() { t.run(id) })
	b.Tip = func() string {
		for _, c := range t.env.Commands() {
			if c.ID == id && c.Shortcut != "" {
				return menu.Title(t.env, c) + "  (" + menu.KeyText(t.env, c.Shortcut) + ")"
			}
		}
		return t.env.T(t.commands[id].Title)
	}
	return b
}

func (t *Toolbar) opacityBox() fyne.CanvasObject {
	label := canvas.NewText(" "+t.env.T("Opacity"), t.env.Colours.Second)
	label.TextSize = kit.TextSize
	return container.NewHBox(label, kit.Sized(t.Opacity, 110))
}

func divider() fyne.CanvasObject { return widget.NewSeparator() }

// showMore offers what there is no room for, as a menu.
func (t *Toolbar) showMore() {
	pop := fyne.NewMenu("")
	for _, id := range t.leftOut() {
		c := t.commands[id]
		item := fyne.NewMenuItem(t.env.T(c.Title), func() { t.run(id) })
		item.Disabled = c.Enabled != nil && !c.Enabled()
		pop.Items = append(pop.Items, item)
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(t.More)
	if c == nil || len(pop.Items) == 0 {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.More)
	shown := widget.NewPopUpMenu(pop, c)
	shown.ShowAtPosition(fyne.NewPos(at.X+t.More.Size().Width-shown.MinSize().Width, at.Y+t.More.Size().Height))
}

// leftOut are the commands of the controls that are not in the row.
func (t *Toolbar) leftOut() (out []string) {
	ids := map[fyne.CanvasObject][]string{
		t.row.Items[0].Object: {menu.OpenCommand}, t.Windows: {"view.window"}, t.Invert: {"view.invert"},
		t.Fit: {"view.fit"}, t.One: {"view.one"}, t.Reset: {"view.reset"}, t.Map: {"map.toggle"},
		t.Scale: {"map.scale"}, t.Signed: {"map.signed"}, t.Opacity: {"map.fainter", "map.stronger"}, t.Measure: Tools(),
		t.Compare: {"compare.two"}, t.Export: {menu.ExportCommand},
	}
	for _, item := range t.row.Items {
		if item.Object.Visible() {
			continue
		}
		for o, commands := range ids {
			if o == item.Object || within(o, item.Object) {
				out = append(out, commands...)
			}
		}
	}
	return out
}

// within tells whether an object stands in a container, at any depth.
func within(o, in fyne.CanvasObject) bool {
	box, ok := in.(*fyne.Container)
	return ok && slices.ContainsFunc(box.Objects, func(c fyne.CanvasObject) bool { return c == o || within(o, c) })
}

func (t *Toolbar) run(id string) {
	if c, ok := t.commands[id]; ok && c.Enabled() {
		c.Do()
	}
}

// Present takes a state of the session.
func (t *Toolbar) Present(st app.State) {
	open := st.Picture != nil
	maps := st.Result != nil
	for _, b := range []*kit.Button{t.Invert, t.Fit, t.One, t.Reset, t.Export} {
		b.SetEnabled(open)
	}
	t.Invert.Mark(open && st.View.Invert)
	t.Fit.Mark(open && st.View.Fit)
	t.One.Mark(open && st.View.Place.Zoom == 1)
	for _, b := range []*kit.Button{t.Map, t.Signed} {
		b.SetEnabled(maps)
	}
	t.Map.Mark(maps && st.Map.On)
	t.Signed.Mark(maps && st.Map.Signed)
	t.Compare.SetEnabled(st.Current >= 0)
	t.Compare.Mark(st.Compare.Layout != viewport.OnePicture && st.Compare.Layout != viewport.BesideItself)
	t.presentTools(st)
	t.presentWindows(st)
	t.presentColours(st.Map)
	scale := t.env.T(SharedScale)
	if st.Map.PerMap {
		scale = t.env.T(OwnScale)
	}
	t.Scale.Display(t.Scale.Options, scale)
	t.Opacity.Display(st.Map.Opacity)
}

// Tools are the commands of the tools, in the order of the menu.
func Tools() []string {
	out := make([]string, 0, len(annotation.Kinds())+1)
	for _, k := range annotation.Kinds() {
		out = append(out, "measure."+string(k))
	}
	return append(out, "measure."+string(measure.Calibrate))
}

// presentTools offers the tools and shows the one in hand.
func (t *Toolbar) presentTools(st app.State) {
	names := make([]string, 0, len(Tools()))
	for _, id := range Tools() {
		names = append(names, t.env.T(t.commands[id].Title))
	}
	at := ""
	if st.Measure.Tool != measure.NoTool {
		at = t.env.T(t.commands["measure."+string(st.Measure.Tool)].Title)
	}
	t.Measure.Display(names, at)
	if open := st.Picture != nil; open == t.Measure.Disabled() {
		if open {
			t.Measure.Enable()
		} else {
			t.Measure.Disable()
		}
	}
}

func (t *Toolbar) chooseTool(name string) {
	for _, id := range Tools() {
		if t.env.T(t.commands[id].Title) == name {
			t.run(id)
		}
	}
}

// presentColours offers the one-sided colours; evidence against has colours of
// its own.
func (t *Toolbar) presentColours(m classmap.Map) {
	if m.Signed {
		t.Colours.Display([]string{t.env.T("For / against")}, t.env.T("For / against"))
		t.Colours.Disable()
		return
	}
	at := raster.Ember // what preferences of another version may name is unknown
	var names []string
	for _, n := range raster.ColourMaps() {
		if n == raster.Signed {
			continue
		}
		names = append(names, t.env.T(kit.Capitalised(n)))
		if n == m.Colours {
			at = n
		}
	}
	t.Colours.Display(names, t.env.T(kit.Capitalised(at)))
	if t.Colours.Disabled() {
		t.Colours.Enable()
	}
}

// chooseColours takes the colours of that name.
func (t *Toolbar) chooseColours(name string) {
	for _, n := range raster.ColourMaps() {
		if t.env.T(kit.Capitalised(n)) == name {
			t.session.SetColours(n)
		}
	}
}

// presentWindows lists the picture's windows when the picture changed, and
// shows which one is in use.
func (t *Toolbar) presentWindows(st app.State) {
	if st.Picture == nil {
		t.picture, t.presets = nil, nil
		t.Windows.Display(nil, "")
		t.Windows.Disable()
		return
	}
	if st.Picture != t.picture {
		t.picture = st.Picture
		t.Windows.Enable()
	}
	t.presets = st.Windows
	names := make([]string, len(t.presets))
	at := t.env.T("Manual")
	for i, w := range t.presets {
		names[i] = t.windowName(w)
		if w == st.View.Window {
			at = names[i]
		}
	}
	t.Windows.Display(names, at)
}

// windowName is the file's own word for a window, or ours in the reader's language.
func (t *Toolbar) windowName(w dicomio.Window) string {
	switch {
	case w.Name == "":
		return "C " + t.env.Number(w.Center) + " W " + t.env.Number(w.Width)
	case slices.Contains(t.picture.Image.VOI, w):
		return kit.Capitalised(w.Name)
	}
	return t.env.T(kit.Capitalised(w.Name))
}

// chooseWindow goes on to the window of that name. The session walks through
// them, so that tables and functions of the file stay what they are.
func (t *Toolbar) chooseWindow(name string) {
	for range t.presets {
		if t.windowName(t.session.State().View.Window) == name {
			return
		}
		t.session.NextWindow()
	}
}
