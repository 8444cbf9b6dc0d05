package menu

import (
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"hilum/app/command"
	"hilum/ui/kit"
)

// nativeMenus tells whether the system draws the menus, with the keys where it likes them.
const nativeMenus = runtime.GOOS == "darwin"

// alignKeys puts the keys of a menu under each other.
func alignKeys(items []*fyne.MenuItem) {
	width := func(s string) float32 { return fyne.MeasureText(s, theme.TextSize(), fyne.TextStyle{}).Width }
	widest := float32(0)
	for _, i := range items {
		title, _ := kit.MenuParts(i.Label)
		widest = max(widest, width(title))
	}
	const padding = "\u00a0"
	unit := width(padding+padding) - width(padding)
	for _, i := range items {
		if title, key := kit.MenuParts(i.Label); key != "" && unit > 0 {
			n := int((widest-width(title))/unit + 0.5)
			i.Label = title + kit.KeyMark + strings.Repeat(padding, n) + key
		}
	}
}

// Of makes a menu of some commands, as it opens where the mouse is: those that can be done,
// in the order of their names; "" is a line.
func Of(env *kit.Environment, commands []command.Command, ids []string, on func(id string) bool) *fyne.Menu {
	byID := map[string]command.Command{}
	for _, c := range commands {
		byID[c.ID] = c
	}
	out := fyne.NewMenu("")
	for _, id := range ids {
		c, ok := byID[id]
		switch {
		case id == "" && len(out.Items) > 0 && !out.Items[len(out.Items)-1].IsSeparator:
			out.Items = append(out.Items, fyne.NewMenuItemSeparator())
		case ok && (c.Enabled == nil || c.Enabled()):
			item := menuItem(env, c)
			item.Checked = on(id)
			out.Items = append(out.Items, item)
		}
	}
	if n := len(out.Items); n > 0 && out.Items[n-1].IsSeparator {
		out.Items = out.Items[:n-1]
	}
	alignKeys(out.Items)
	return out
}
