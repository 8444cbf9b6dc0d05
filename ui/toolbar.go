package ui

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

// toolbarModel is what the toolbar asks of the session beside its commands.
type toolbarModel interface {
	SetWindow(centre, width float64)
	NextWindow()
	State() app.State
	SetOpacity(v float64)
	SetColours(name string)
	SetPerMap(on bool)
}

// toolbar is the row under the menus: what is wanted all day, one click away.
type toolbar struct {
	content  *fyne.Container
	session  toolbarModel
	windows  *kit.Choice
	presets  []dicomio.Window
	picture  *radiograph.Picture
	invert   *kit.Button
	fit      *kit.Button
	one      *kit.Button
	reset    *kit.Button
	showMap  *kit.Button
	colours  *kit.Choice
	scale    *kit.Choice
	signed   *kit.Button
	opacity  *kit.Slider
	export   *kit.Button
	measure  *kit.Choice
	compare  *kit.Button
	more     *kit.Button // leads to what there is no room for
	row      *kit.Overflow
	commands map[string]command.Command
	env      *kit.Environment
}

// The words of the choice between one scale for all maps and one for each.
const (
	sharedScale = "One scale"
	ownScale    = "Own scale"
)

func newToolbar(k *kit.Environment, s toolbarModel, commands []command.Command) *toolbar {
	t := &toolbar{env: k, session: s, commands: map[string]command.Command{}}
	for _, c := range commands {
		t.commands[c.ID] = c
	}
	t.windows = kit.NewChoice(k, nil, t.chooseWindow)
	t.windows.PlaceHolder = k.T("Window")
	t.invert = t.button("Invert", theme.ColorAchromaticIcon(), "view.invert")
	t.fit, t.one = t.button("Fit", theme.ZoomFitIcon(), "view.fit"), t.button("1:1", theme.ZoomInIcon(), "view.one")
	t.reset = t.button("Reset", theme.ViewRefreshIcon(), "view.reset")
	t.showMap = t.button("Map", theme.ColorChromaticIcon(), "map.toggle")
	t.signed = t.button("Two-sided", sign("signed", signedSign), "map.signed")
	t.colours = kit.NewChoice(k, nil, t.chooseColours)
	t.scale = kit.NewChoice(
		k, []string{k.T(sharedScale), k.T(ownScale)}, func(v string) { s.SetPerMap(v == k.T(ownScale)) },
	)
	t.opacity = kit.NewSlider(k, 0, 1, 0.05, s.SetOpacity)
	t.measure = kit.NewChoice(k, nil, t.chooseTool)
	t.measure.PlaceHolder = k.T("Measure")
	t.compare = t.button("Compare", sign("compare", compareSign), "compare.two")
	t.export = t.button("Export", theme.DocumentSaveIcon(), idExport)
	t.more = kit.NewButton(k, "", theme.MoreHorizontalIcon(), t.showMore)
	t.more.Tip = func() string { return k.T("What there is no room for") }
	t.row = &kit.Overflow{Items: t.items(), More: t.more}
	t.content = t.row.Content()
	return t
}

// items are the controls in their order, with what goes first where there is no room.
func (t *toolbar) items() []kit.RowItem {
	return []kit.RowItem{
		{Object: t.button("Open", theme.FolderOpenIcon(), menu.OpenCommand), Rank: 1},
		{Object: divider(), Rank: 2}, {Object: kit.ForOptions(t.windows, 130), Rank: 2}, {Object: t.invert, Rank: 4},
		{Object: t.fit, Rank: 5}, {Object: t.one, Rank: 6}, {Object: t.reset, Rank: 7}, {Object: divider(), Rank: 3},
		{Object: t.showMap, Rank: 3}, {Object: kit.ForOptions(t.colours, 94), Rank: 12},
		{Object: kit.ForOptions(t.scale, 104), Rank: 13},
		{Object: t.signed, Rank: 11}, {Object: t.opacityBox(), Rank: 10}, {Object: divider(), Rank: 8},
		{Object: kit.ForOptions(t.measure, 100), Rank: 8}, {Object: t.compare, Rank: 9},
		{Object: t.export, Rank: 8, Right: true},
	}
}

// button runs a command, and says which one and by which key where the mouse rests.
func (t *toolbar) button(words string, icon fyne.Resource, id string) *kit.Button {
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

func (t *toolbar) opacityBox() fyne.CanvasObject {
	label := canvas.NewText(" "+t.env.T("Opacity"), t.env.Colours.Second)
	label.TextSize = kit.TextSize
	return container.NewHBox(label, kit.Sized(t.opacity, 110))
}

func divider() fyne.CanvasObject { return widget.NewSeparator() }

// showMore offers what there is no room for, as a menu.
func (t *toolbar) showMore() {
	pop := fyne.NewMenu("")
	for _, id := range t.leftOut() {
		c := t.commands[id]
		item := fyne.NewMenuItem(t.env.T(c.Title), func() { t.run(id) })
		item.Disabled = c.Enabled != nil && !c.Enabled()
		pop.Items = append(pop.Items, item)
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(t.more)
	if c == nil || len(pop.Items) == 0 {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t.more)
	shown := widget.NewPopUpMenu(pop, c)
	shown.ShowAtPosition(fyne.NewPos(at.X+t.more.Size().Width-shown.MinSize().Width, at.Y+t.more.Size().Height))
}

// leftOut are the commands of the controls that are not in the row.
func (t *toolbar) leftOut() (out []string) {
	ids := map[fyne.CanvasObject][]string{
		t.row.Items[0].Object: {menu.OpenCommand}, t.windows: {"view.window"}, t.invert: {"view.invert"},
		t.fit: {"view.fit"}, t.one: {"view.one"}, t.reset: {"view.reset"}, t.showMap: {"map.toggle"},
		t.scale: {"map.scale"}, t.signed: {"map.signed"}, t.opacity: {idFainter, idClearer}, t.measure: tools(),
		t.compare: {"compare.two"}, t.export: {idExport},
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

func (t *toolbar) run(id string) {
	if c, ok := t.commands[id]; ok && c.Enabled() {
		c.Do()
	}
}

// Present takes a state of the session.
func (t *toolbar) Present(st app.State) {
	open := st.Picture != nil
	maps := st.Result != nil
	for _, b := range []*kit.Button{t.invert, t.fit, t.one, t.reset, t.export} {
		b.SetEnabled(open)
	}
	t.invert.Mark(open && st.View.Invert)
	t.fit.Mark(open && st.View.Fit)
	t.one.Mark(open && st.View.Place.Zoom == 1)
	for _, b := range []*kit.Button{t.showMap, t.signed} {
		b.SetEnabled(maps)
	}
	t.showMap.Mark(maps && st.Map.On)
	t.signed.Mark(maps && st.Map.Signed)
	t.compare.SetEnabled(st.Current >= 0)
	t.compare.Mark(st.Compare.Layout != viewport.OnePicture && st.Compare.Layout != viewport.BesideItself)
	t.presentTools(st)
	t.presentWindows(st)
	t.presentColours(st.Map)
	scale := t.env.T(sharedScale)
	if st.Map.PerMap {
		scale = t.env.T(ownScale)
	}
	t.scale.Display(t.scale.Options, scale)
	t.opacity.Display(st.Map.Opacity)
}

// tools are the commands of the tools, in the order of the menu.
func tools() []string {
	out := make([]string, 0, len(annotation.Kinds())+1)
	for _, k := range annotation.Kinds() {
		out = append(out, "measure."+string(k))
	}
	return append(out, "measure."+string(measure.Calibrate))
}

// presentTools offers the tools and shows the one in hand.
func (t *toolbar) presentTools(st app.State) {
	names := make([]string, 0, len(tools()))
	for _, id := range tools() {
		names = append(names, t.env.T(t.commands[id].Title))
	}
	at := ""
	if st.Measure.Tool != measure.NoTool {
		at = t.env.T(t.commands["measure."+string(st.Measure.Tool)].Title)
	}
	t.measure.Display(names, at)
	if open := st.Picture != nil; open == t.measure.Disabled() {
		if open {
			t.measure.Enable()
		} else {
			t.measure.Disable()
		}
	}
}

func (t *toolbar) chooseTool(name string) {
	for _, id := range tools() {
		if t.env.T(t.commands[id].Title) == name {
			t.run(id)
		}
	}
}

// presentColours offers the one-sided colours; evidence against has colours of
// its own.
func (t *toolbar) presentColours(m classmap.Map) {
	if m.Signed {
		t.colours.Display([]string{t.env.T("For / against")}, t.env.T("For / against"))
		t.colours.Disable()
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
	t.colours.Display(names, t.env.T(kit.Capitalised(at)))
	if t.colours.Disabled() {
		t.colours.Enable()
	}
}

// chooseColours takes the colours of that name.
func (t *toolbar) chooseColours(name string) {
	for _, n := range raster.ColourMaps() {
		if t.env.T(kit.Capitalised(n)) == name {
			t.session.SetColours(n)
		}
	}
}

// presentWindows lists the picture's windows when the picture changed, and
// shows which one is in use.
func (t *toolbar) presentWindows(st app.State) {
	if st.Picture == nil {
		t.picture, t.presets = nil, nil
		t.windows.Display(nil, "")
		t.windows.Disable()
		return
	}
	if st.Picture != t.picture {
		t.picture = st.Picture
		t.windows.Enable()
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
	t.windows.Display(names, at)
}

// windowName is the file's own word for a window, or ours in the reader's language.
func (t *toolbar) windowName(w dicomio.Window) string {
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
func (t *toolbar) chooseWindow(name string) {
	for range t.presets {
		if t.windowName(t.session.State().View.Window) == name {
			return
		}
		t.session.NextWindow()
	}
}
