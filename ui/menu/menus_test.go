package menu

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"hilum/app/command"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

func listed() []command.Command {
	off := func() bool { return false }
	return []command.Command{
		{ID: "file.open", Title: "Open\u2026", Menu: "File", Shortcut: "Ctrl+O", Do: func() {}},
		{ID: "file.export", Title: "Export\u2026", Menu: "File", Shortcut: "E", Do: func() {}},
		{ID: "view.invert", Title: "Invert", Menu: "View", Shortcut: "I", Do: func() {}},
		{ID: "view.turn", Title: "Turn clockwise", Menu: "View", Shortcut: "Ctrl+Right", Do: func() {}},
		{ID: "file.close", Title: "Close study", Menu: "File", Do: func() {}, Enabled: off},
	}
}

// TestKeysStandUnderEachOther in a menu, readable, and an item runs by its key only where
// no box has the focus: it has none that the toolkit knows of.
func TestKeysStandUnderEachOther(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	m := New(uitest.Environment(t), listed())
	at := map[string]float32{}
	for _, menu := range m.Main.Items {
		for _, i := range menu.Items {
			title, key := kit.MenuParts(i.Label)
			if key == "" {
				continue
			}
			if i.Shortcut != nil {
				t.Errorf("%s has its key twice", title)
			}
			before := i.Label[:len(i.Label)-len(key)]
			x := fyne.MeasureText(before, theme.TextSize(), fyne.TextStyle{}).Width
			if first, ok := at[menu.Label]; ok && math.Abs(float64(x-first)) > 3 {
				t.Errorf("the key of %s stands at %v, the first one at %v", title, x, first)
			}
			at[menu.Label] = x
		}
	}
	if len(at) != 2 {
		t.Errorf("keys in %d menus, want 2", len(at))
	}
}

// TestWordsOfMenusAreReadable: at least 4.5:1 (WCAG 2.1, 1.4.3), what cannot be done now
// included.
func TestWordsOfMenusAreReadable(t *testing.T) {
	th := kit.Theme{}
	back := luminance(th.Color(theme.ColorNameMenuBackground, theme.VariantDark))
	for _, name := range []fyne.ThemeColorName{theme.ColorNameForeground, theme.ColorNameDisabled} {
		c := luminance(th.Color(name, theme.VariantDark))
		if ratio := (c + 0.05) / (back + 0.05); ratio < 4.5 {
			t.Errorf("%s on a menu: %.2f to 1", name, ratio)
		}
	}
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(c color.Color) float64 {
	n := kit.NRGBA(c)
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n.R) + 0.7152*part(n.G) + 0.0722*part(n.B)
}

// TestMarksAndLines: what is on has a mark, groups are parted by lines, none at an end.
func TestMarksAndLines(t *testing.T) {
	m := New(uitest.Environment(t), listed())
	if !m.Update(func(id string) bool { return id == "view.invert" }) {
		t.Error("nothing changed")
	}
	for _, menu := range m.Main.Items {
		for at, i := range menu.Items {
			title, _ := kit.MenuParts(i.Label)
			if i.Checked != (title == "Invert") {
				t.Errorf("%s: marked %v", title, i.Checked)
			}
			if i.IsSeparator && (at == 0 || at == len(menu.Items)-1) {
				t.Errorf("a line at the end of %s", menu.Label)
			}
		}
	}
	if items := m.Main.Items[1].Items; len(items) != 3 || !items[1].IsSeparator {
		t.Errorf("View has %d items, want two and a line between them", len(items))
	}
}

// TestMenuOfWhatCanBeDone leaves out what cannot, and lines that part nothing.
func TestMenuOfWhatCanBeDone(t *testing.T) {
	on := func(id string) bool { return id == "view.turn" }
	m := Of(uitest.Environment(t), listed(), []string{"", "view.turn", "", "file.close", "", "no.such"}, on)
	if len(m.Items) != 1 || !m.Items[0].Checked {
		t.Errorf("%d items, the first %+v", len(m.Items), m.Items)
	}
}

// TestRecentIsOffered, by its place in the list, and forgotten.
func TestRecentIsOffered(t *testing.T) {
	m := New(uitest.Environment(t), listed())
	if !m.recent.Disabled {
		t.Error("nothing was opened, and something is offered")
	}
	opened, forgotten := -1, false
	m.SetRecent([]string{"/a", "/b"}, func(i int) { opened = i }, func() { forgotten = true })
	items := m.recent.ChildMenu.Items
	items[1].Action()
	items[len(items)-1].Action()
	if opened != 1 || !forgotten || m.recent.Disabled || items[1].Label != "/b" {
		t.Errorf("opened %d, forgotten %v", opened, forgotten)
	}
}
