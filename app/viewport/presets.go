package viewport

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/store"
)

// OwnWindow is a window that the reader keeps under a name, in modality values.
type OwnWindow struct {
	Name   string  `json:"name"`
	Centre float64 `json:"centre"`
	Width  float64 `json:"width"`
}

// MostOwnWindows is how many are kept, each with a key.
const MostOwnWindows = 5

// windows are those that the reader goes through: of the file, all values, by name, own.
func (v *Viewport) windows(tx store.Tx, p *radiograph.Picture) []dicomio.Window {
	list := radiograph.Windows(p.Image)
	for _, preset := range radiograph.Presets() {
		list = append(list, preset.Window(p.Image))
	}
	for _, own := range v.reading.OwnWindows(tx) {
		list = append(list, own.window())
	}
	return list
}

func (o OwnWindow) window() dicomio.Window {
	return dicomio.Window{Name: o.Name, Center: o.Centre, Width: max(o.Width, radiograph.MinWidth),
		Function: dicomio.LinearExact}
}

// List lists the windows of the current picture anew, after the own ones have changed.
func (v *Viewport) List(tx store.Tx) {
	s := v.state.In(tx)
	if s.Windows = nil; v.reading.Picture(tx) != nil {
		s.Windows = v.windows(tx, v.reading.Picture(tx))
	}
}

// usePreset shows a window that comes along, by its place.
func (v *Viewport) usePreset(i int) {
	v.look(func(p *radiograph.Picture, view *radiograph.View) {
		view.Window = radiograph.Presets()[i].Window(p.Image)
	})
}

// useOwn shows a window of the reader's, by its place.
func (v *Viewport) useOwn(i int) {
	v.hub.Change(func(tx store.Tx) {
		if own := v.reading.OwnWindows(tx); i < len(own) && v.reading.Picture(tx) != nil {
			v.reading.Touch(tx)
			v.state.In(tx).View.Window = own[i].window()
		}
	})
}

// KeepWindow keeps the window in sight under a name, in place of one of that name.
func (v *Viewport) KeepWindow(name string) message.Message {
	var own []OwnWindow
	var w dicomio.Window
	v.hub.Look(func(tx store.Tx) {
		own, w = slices.Clone(v.reading.OwnWindows(tx)), v.state.In(tx).View.Window
	})
	name = strings.TrimSpace(name)
	kept := OwnWindow{name, w.Center, w.Width}
	at := slices.IndexFunc(own, func(o OwnWindow) bool { return o.Name == name })
	switch {
	case name == "":
		return message.Of("A window needs a name to be kept.")
	case w.LUT != nil:
		return message.Of("This window is a table of the file, which cannot be kept as centre and width.")
	case at >= 0:
		own[at] = kept
	case len(own) >= MostOwnWindows:
		return message.Of("%d own windows are kept already; give the name of one to replace it.", MostOwnWindows)
	default:
		own = append(own, kept)
	}
	return v.reading.KeepWindows(own)
}

// TypedWindow is what a person types as centre and width: "2048 4096", "C 40,5 / W 400".
func TypedWindow(text string) (centre, width float64, why message.Message) {
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t;/|:=CcWw\u00a0\u202f", r) })
	var numbers []float64
	for _, f := range fields {
		n, err := strconv.ParseFloat(decimalPoint(strings.Trim(f, ",")), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return 0, 0, message.Of("%q is no number; type centre and width, as 2048 4096.", f)
		}
		numbers = append(numbers, n)
	}
	switch {
	case len(numbers) != 2:
		return 0, 0, message.Of("Type two numbers, centre and width, as 2048 4096.")
	case numbers[1] < radiograph.MinWidth:
		return 0, 0, message.Of("The width is at least %g.", radiograph.MinWidth)
	}
	return numbers[0], numbers[1], message.Message{}
}

// decimalPoint is a number as it is written anywhere with a decimal point and without
// marks of thousands: the last of comma and point is the decimal sign, an apostrophe none.
func decimalPoint(s string) string {
	s = strings.NewReplacer("'", "", "\u2019", "", "\u2212", "-").Replace(s)
	comma, point := strings.LastIndex(s, ","), strings.LastIndex(s, ".")
	switch {
	case comma < 0:
		return s
	case point > comma:
		return strings.ReplaceAll(s, ",", "")
	}
	return strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
}

// SetTyped shows what was typed, or says why it is no window.
func (v *Viewport) SetTyped(text string) message.Message {
	centre, width, why := TypedWindow(text)
	if why.IsZero() {
		v.SetWindow(centre, width)
	}
	return why
}

// OwnWindowCommand is the ID of the command that shows an own window, by its place.
func OwnWindowCommand(i int) string { return "view.window.own" + strconv.Itoa(i+1) }

// presetCommands are the windows that have a key.
func (v *Viewport) presetCommands() []command.Command {
	list := []command.Command{
		{ID: "view.window.soft", Title: "Soft window", Shortcut: "Alt+6", Do: func() { v.usePreset(0) }},
		{ID: "view.window.hard", Title: "Hard window", Shortcut: "Alt+7", Do: func() { v.usePreset(1) }},
		{ID: "view.window.mediastinum", Title: "Window for the mediastinum", Shortcut: "Alt+8",
			Do: func() { v.usePreset(2) }},
	}
	for i, title := range [MostOwnWindows]string{"Own window 1", "Own window 2", "Own window 3", "Own window 4",
		"Own window 5"} {
		list = append(list, command.Command{ID: OwnWindowCommand(i), Title: title, Shortcut: "Alt+" + strconv.Itoa(i+1),
			Do: func() { v.useOwn(i) }})
	}
	return list
}
