package kit

import (
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// closer is the kit's theme with less room around words: what compact parts must look like.
type closer struct{ Theme }

func (c closer) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return c.Theme.Size(name) - tighter
	}
	return c.Theme.Size(name)
}

// TestCompactPartsLookAsInACloserTheme: to the pixel, at several sizes, also after a change.
func TestCompactPartsLookAsInACloserTheme(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(Theme{})
	env := environment()
	label := func() *widget.Label {
		l := widget.NewLabel("Words that wrap where the line ends, in two or three lines")
		l.Wrapping = fyne.TextWrapWord
		return l
	}
	marked := func(b *Button) *Button {
		b.Mark(true)
		b.SetText("Changed")
		return b
	}
	leading := func(b *Button) *Button {
		b.Alignment = widget.ButtonAlignLeading
		return b
	}
	chosen := func(c *Choice) *Choice {
		c.Display([]string{"one", "another"}, "another")
		return c
	}
	for name, pair := range map[string][2]fyne.CanvasObject{
		"label":   {Tight(label()), label()},
		"button":  {NewCompactButton(env, "Agree", nil, nil), NewButton(env, "Agree", nil, nil)},
		"icon":    {NewCompactButton(env, "", theme.MediaPauseIcon(), nil), NewButton(env, "", theme.MediaPauseIcon(), nil)},
		"both":    {NewCompactButton(env, "Agree", theme.InfoIcon(), nil), NewButton(env, "Agree", theme.InfoIcon(), nil)},
		"marked":  {marked(NewCompactButton(env, "Agree", nil, nil)), marked(NewButton(env, "Agree", nil, nil))},
		"leading": {leading(NewCompactButton(env, "Agree", nil, nil)), leading(NewButton(env, "Agree", nil, nil))},
		"choice":  {chosen(NewCompactChoice(env, nil, nil)), chosen(NewChoice(env, nil, nil))},
	} {
		theirs := container.NewThemeOverride(pair[1], closer{})
		if got, want := pair[0].MinSize(), theirs.MinSize(); got != want {
			t.Errorf("%s: it wants %v, in the closer theme %v", name, got, want)
		}
		for _, wide := range []float32{90, 140, 260} {
			draw := func(o fyne.CanvasObject) *canvas.Image {
				back := canvas.NewRectangle(reading().Panel)
				w := test.NewTempWindow(t, container.NewStack(back, container.New(&fixed{wide}, o)))
				w.SetPadded(false)
				w.Resize(fyne.NewSize(wide, 80))
				return canvas.NewImageFromImage(w.Canvas().Capture())
			}
			if !same(draw(pair[0]).Image, draw(theirs).Image) {
				t.Errorf("%s, %v wide: it looks different from the closer theme", name, wide)
			}
		}
	}
}

// fixed gives an object a width and the height that it wants.
type fixed struct{ width float32 }

func (f *fixed) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(f.width, o[0].MinSize().Height)
}
func (f *fixed) Layout(o []fyne.CanvasObject, _ fyne.Size) {
	o[0].Resize(fyne.NewSize(f.width, 0))
	o[0].Resize(fyne.NewSize(f.width, o[0].MinSize().Height))
}

// TestPagesKeepNothing: opening page after page, the fonts stay those of the program. A theme
// of its own for each would keep some ten megabytes of them a page.
func TestPagesKeepNothing(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(Theme{})
	env := environment()
	open := func() {
		w := test.NewWindow(Page(container.NewVBox(Heading(env, "Keys"), Prose(env, "Mouse"), NewCompactButton(env, "Note", nil, nil))))
		w.Resize(fyne.NewSize(300, 200))
		w.Canvas().Capture()
		w.Close()
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	open()
	before := heap()
	const pages, mostEach = 12, 1 << 20
	for range pages {
		open()
	}
	if grown := int64(heap()) - int64(before); grown > pages*mostEach {
		t.Errorf("%d pages keep %d MB", pages, grown>>20)
	}
}
