package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
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

// ToolbarModel is what the toolbar asks of the session beside its commands.
type ToolbarModel interface {
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
	session  ToolbarModel
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
	commands map[string]command.Command
	env      *kit.Environment
}

// The words of the choice between one scale for all maps and one for each.
const (
	sharedScale = "One scale"
	ownScale    = "Own scale"
)

func newToolbar(k *kit.Environment, s ToolbarModel, commands []command.Command) *toolbar {
	t := &toolbar{env: k, session: s, commands: map[string]command.Command{}}
	for _, c := range commands {
		t.commands[c.ID] = c
	}
	do := func(id string) func() { return func() { t.run(id) } }
	t.windows = kit.NewChoice(k, nil, t.chooseWindow)
	t.windows.PlaceHolder = k.T("Window")
	t.invert, t.fit = kit.NewButton(k, "Invert", nil, do("view.invert")), kit.NewButton(k, "Fit", nil, do("view.fit"))
	t.one, t.reset = kit.NewButton(k, "1:1", nil, do("view.one")), kit.NewButton(k, "Reset", nil, do("view.reset"))
	t.showMap, t.signed = kit.NewButton(
		k, "Map", nil, do("map.toggle"),
	), kit.NewButton(k, "Two-sided", nil, do("map.signed"))
	t.colours = kit.NewChoice(k, nil, func(title string) { s.SetColours(strings.ToLower(title)) })
	t.scale = kit.NewChoice(
		k, []string{k.T(sharedScale), k.T(ownScale)}, func(v string) { s.SetPerMap(v == k.T(ownScale)) },
	)
	t.opacity = kit.NewSlider(k, 0, 1, 0.05, s.SetOpacity)
	t.measure = kit.NewChoice(k, nil, t.chooseTool)
	t.measure.PlaceHolder = k.T("Measure")
	t.compare = kit.NewButton(k, "Compare", nil, do("compare.two"))
	t.export = kit.NewButton(k, "Export", theme.DocumentSaveIcon(), do(idExport))
	t.content = container.NewHBox(
		kit.NewButton(k, "Open", theme.FolderOpenIcon(), do(menu.OpenCommand)), divider(),
		kit.Sized(t.windows, 130), t.invert, t.fit, t.one, t.reset, divider(),
		t.showMap, kit.Sized(t.colours, 94), kit.Sized(t.scale, 104), t.signed, opacityLabel(k), kit.Sized(t.opacity, 110),
		divider(), kit.Sized(t.measure, 100), t.compare,
		layout.NewSpacer(), t.export,
	)
	return t
}

func opacityLabel(env *kit.Environment) fyne.CanvasObject {
	t := canvas.NewText(" "+env.T("Opacity"), env.Colours.Second)
	t.TextSize = kit.TextSize
	return t
}

func divider() fyne.CanvasObject { return widget.NewSeparator() }

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
		names = append(names, kit.Capitalised(n))
		if n == m.Colours {
			at = n
		}
	}
	t.colours.Display(names, kit.Capitalised(at))
	if t.colours.Disabled() {
		t.colours.Enable()
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
		t.picture, t.presets = st.Picture, radiograph.Windows(st.Picture.Image)
		t.windows.Enable()
	}
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
		return "C " + kit.Number(w.Center) + " W " + kit.Number(w.Width)
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
