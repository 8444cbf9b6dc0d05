package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/dicomio"
	"hilum/ui/raster"
)

// Steering is what the toolbar asks of the session beside its commands.
type Steering interface {
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
	session  Steering
	windows  *choice
	presets  []dicomio.Window
	picture  *app.Picture
	invert   *button
	fit      *button
	one      *button
	reset    *button
	showMap  *button
	colours  *choice
	scale    *choice
	signed   *button
	opacity  *slider
	export   *button
	commands map[string]app.Command
}

// The words of the choice between one scale for all maps and one for each.
const (
	sharedScale = "One scale"
	ownScale    = "Own scale"
)

func newToolbar(k *keys, s Steering, commands []app.Command) *toolbar {
	t := &toolbar{session: s, commands: map[string]app.Command{}}
	for _, c := range commands {
		t.commands[c.ID] = c
	}
	do := func(id string) func() { return func() { t.run(id) } }
	t.windows = newChoice(k, nil, t.chooseWindow)
	t.windows.PlaceHolder = "Window"
	t.invert, t.fit = newButton(k, "Invert", nil, do("view.invert")), newButton(k, "Fit", nil, do("view.fit"))
	t.one, t.reset = newButton(k, "1:1", nil, do("view.one")), newButton(k, "Reset", nil, do("view.reset"))
	t.showMap, t.signed = newButton(k, "Map", nil, do("map.toggle")), newButton(k, "Two-sided", nil, do("map.signed"))
	t.colours = newChoice(k, nil, func(title string) { s.SetColours(strings.ToLower(title)) })
	t.scale = newChoice(k, []string{sharedScale, ownScale}, func(v string) { s.SetPerMap(v == ownScale) })
	t.opacity = newSlider(k, 0, 1, 0.05, s.SetOpacity)
	t.export = newButton(k, "Export", theme.DocumentSaveIcon(), do(idExport))
	t.content = container.NewHBox(
		newButton(k, "Open", theme.FolderOpenIcon(), do(idOpen)), divider(),
		sized(t.windows, 150), t.invert, t.fit, t.one, t.reset, divider(),
		t.showMap, sized(t.colours, 94), sized(t.scale, 104), t.signed, opacityLabel(), sized(t.opacity, 110),
		layout.NewSpacer(), t.export,
	)
	return t
}

func opacityLabel() fyne.CanvasObject {
	t := canvas.NewText(" Opacity", colourSecond)
	t.TextSize = textSize
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
	for _, b := range []*button{t.invert, t.fit, t.one, t.reset, t.export} {
		b.enable(open)
	}
	t.invert.mark(open && st.View.Invert)
	t.fit.mark(open && st.View.Fit)
	t.one.mark(open && st.View.Place.Zoom == 1)
	for _, b := range []*button{t.showMap, t.signed} {
		b.enable(maps)
	}
	t.showMap.mark(maps && st.Map.On)
	t.signed.mark(maps && st.Map.Signed)
	t.presentWindows(st)
	t.presentColours(st.Map)
	scale := sharedScale
	if st.Map.PerMap {
		scale = ownScale
	}
	t.scale.show(t.scale.Options, scale)
	t.opacity.show(st.Map.Opacity)
}

// presentColours offers the one-sided colours; evidence against has colours of
// its own.
func (t *toolbar) presentColours(m app.Map) {
	if m.Signed {
		t.colours.show([]string{"For / against"}, "For / against")
		t.colours.Disable()
		return
	}
	at := raster.Ember // what preferences of another version may name is unknown
	var names []string
	for _, n := range raster.ColourMaps() {
		if n == raster.Signed {
			continue
		}
		names = append(names, title(n))
		if n == m.Colours {
			at = n
		}
	}
	t.colours.show(names, title(at))
	if t.colours.Disabled() {
		t.colours.Enable()
	}
}

// title begins a name with a capital.
func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// presentWindows lists the picture's windows when the picture changed, and
// shows which one is in use.
func (t *toolbar) presentWindows(st app.State) {
	if st.Picture == nil {
		t.picture, t.presets = nil, nil
		t.windows.show(nil, "")
		t.windows.Disable()
		return
	}
	if st.Picture != t.picture {
		t.picture, t.presets = st.Picture, app.Windows(st.Picture.Image)
		t.windows.Enable()
	}
	names := make([]string, len(t.presets))
	at := "Manual"
	for i, w := range t.presets {
		names[i] = windowName(w)
		if w == st.View.Window {
			at = names[i]
		}
	}
	t.windows.show(names, at)
}

func windowName(w dicomio.Window) string {
	if w.Name != "" {
		return title(w.Name)
	}
	return "C " + number(w.Center) + " W " + number(w.Width)
}

// chooseWindow goes on to the window of that name. The session walks through
// them, so that tables and functions of the file stay what they are.
func (t *toolbar) chooseWindow(name string) {
	for range t.presets {
		if windowName(t.session.State().View.Window) == name {
			return
		}
		t.session.NextWindow()
	}
}

// sized gives an object a fixed width.
func sized(o fyne.CanvasObject, width float32) fyne.CanvasObject {
	return container.New(&wide{width}, o)
}

type wide struct{ width float32 }

// MinSize implements fyne.Layout.
func (w *wide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(w.width, objects[0].MinSize().Height)
}

// Layout implements fyne.Layout.
func (w *wide) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	put(objects[0], 0, 0, s.Width, s.Height)
}
