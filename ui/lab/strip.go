package lab

import (
	"image"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/classmap"
	"hilum/app/lab"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/raster"
	"hilum/ui/kit"
)

const stripHeight, noteHeight = 232, 20

// mapStrip is the row of maps at the bottom.
type mapStrip struct {
	w       *Window
	content fyne.CanvasObject
	kind    *kit.Choice
	method  *kit.Choice       // of a strip of forgetting layers
	room    fyne.CanvasObject // of method, which it would keep while hidden
	pick    *kit.Button       // the methods of a strip by method
	signed  *kit.Button
	note    *widget.Label
	cells   [effect.MaxCells]*mapCell
	row     *fyne.Container
	body    *fyne.Container
}

// The words for the kinds of strip.
var stripWords = []struct {
	kind effect.StripKind
	text string
}{{effect.NoStrip, "No maps"}, {effect.ByMethod, "Methods side by side"}, {effect.Forgetting, "Layers forgotten"}}

func newMapStrip(w *Window) *mapStrip {
	s := &mapStrip{w: w, note: widget.NewLabel("")}
	s.note.Truncation, s.note.SizeName = fyne.TextTruncateEllipsis, theme.SizeNameCaptionText
	var words []string
	for _, k := range stripWords {
		words = append(words, w.environment.T(k.text))
	}
	s.kind = kit.NewChoice(w.environment, words, func(text string) {
		for _, k := range stripWords {
			if w.environment.T(k.text) == text {
				w.bench.Maps.SetStrip(k.kind)
			}
		}
	})
	s.method = kit.NewChoice(w.environment, nil, func(text string) {
		for _, m := range w.bench.Catalogue().Methods {
			if w.environment.T(m.Title) == text {
				w.bench.Maps.SetForgetting(m.Name)
			}
		}
	})
	s.pick = kit.NewButton(w.environment, "Methods\u2026", nil, w.pickMethods)
	s.signed = kit.NewButton(w.environment, "Evidence against", nil, func() {
		w.against = !w.against
		w.present()
	})
	s.row = container.NewGridWithColumns(effect.MaxCells)
	for i := range s.cells {
		s.cells[i] = newMapCell(w.environment)
		s.row.Add(s.cells[i].content)
	}
	s.room = kit.Sized(s.method, 170)
	bar := container.NewHBox(kit.Sized(s.kind, 190), s.room, s.pick, s.signed)
	note := container.New(&fixedHeight{noteHeight}, kit.Tight(s.note))
	s.body = container.NewBorder(note, nil, nil, nil, container.New(&fixedHeight{stripHeight - noteHeight}, s.row))
	line := canvas.NewRectangle(w.environment.Colours.Line)
	line.SetMinSize(fyne.NewSize(0, 1))
	s.content = container.NewStack(canvas.NewRectangle(w.environment.Colours.Panel),
		container.NewVBox(line, bar, s.body))
	return s
}

type fixedHeight struct{ height float32 }

// MinSize implements fyne.Layout.
func (f *fixedHeight) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, f.height) }

// Layout implements fyne.Layout.
func (f *fixedHeight) Layout(o []fyne.CanvasObject, s fyne.Size) {
	for _, x := range o {
		kit.Put(x, 0, 0, s.Width, s.Height)
	}
}

func (s *mapStrip) present(st lab.State) {
	for _, k := range stripWords {
		if k.kind == st.Strip.Kind {
			s.kind.Display(s.kind.Options, s.w.environment.T(k.text))
		}
	}
	setVisible(s.room, st.Strip.Kind == effect.Forgetting)
	setVisible(s.pick, st.Strip.Kind == effect.ByMethod)
	setVisible(s.signed, st.Strip.Kind != effect.NoStrip)
	s.signed.Mark(s.w.against)
	c := s.w.bench.Catalogue()
	s.method.Display(methodTitles(s.w.environment, c), s.w.environment.T(c.MethodTitle(st.Strip.Method)))
	if text := stripNote(s.w.environment, st); s.note.Text != text {
		s.note.SetText(text)
	}
	if setVisible(s.body, st.Strip.Kind != effect.NoStrip) {
		s.w.relayout()
	}
	if st.Strip.Kind == effect.NoStrip {
		return
	}
	for i, c := range s.cells {
		setVisible(c.content, i < len(st.Strip.Cells)) // its place stays
		if i < len(st.Strip.Cells) {
			c.present(cellView{st.Edited, s.w.after.pyramid, &s.w.after.table, st.Strip.Cells[i], s.w.against})
		} else {
			c.clear()
		}
	}
}

func methodTitles(env *kit.Environment, c lesson.Catalogue) []string {
	var out []string
	for _, m := range c.Methods {
		out = append(out, env.T(m.Title))
	}
	return out
}

// setVisible shows or hides an object; true when that changed something.
func setVisible(o fyne.CanvasObject, on bool) bool {
	if o.Visible() == on {
		return false
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
	return true
}

func stripNote(env *kit.Environment, st lab.State) string {
	switch {
	case st.Strip.Kind == effect.NoStrip || st.Image == nil:
		return ""
	case st.Strip.Drawing:
		return env.T("Maps of %s: %d drawn\u2026", env.ClassName(st.Class), len(st.Strip.Cells))
	case len(st.Boxes) == 0:
		return env.T("Maps of %s. Draw a box to see which of them hit it.", env.ClassName(st.Class))
	}
	return env.T(
		"Maps of %s, held against the boxes: is the strongest place inside, and how much do they overlap (IoU).",
		env.ClassName(st.Class),
	)
}

// mapCell is one map with its title and what it hits.
type mapCell struct {
	content fyne.CanvasObject
	image   *canvas.Raster
	title   *canvas.Text
	lines   [2]*canvas.Text

	view     cellView
	full     bool
	table    raster.Table
	renderer raster.Renderer
	heat     *raster.Heat
	colours  raster.ColourMap
	env      *kit.Environment
}

// cellView is what a cell depends on.
type cellView struct {
	picture *dicomio.Image
	pyramid *raster.Pyramid // of the picture, shared with the pane
	table   *raster.Table
	cell    effect.Cell
	against bool
}

func newMapCell(env *kit.Environment) *mapCell {
	c := &mapCell{env: env, title: canvas.NewText("", env.Colours.Text)}
	c.image = canvas.NewRaster(c.paint)
	c.image.ScaleMode = canvas.ImageScalePixels
	c.title.TextSize = kit.CaptionSize
	box := container.NewVBox(c.title)
	for i := range c.lines {
		c.lines[i] = canvas.NewText("", env.Colours.Second)
		c.lines[i].TextSize = kit.CaptionSize
		box.Add(c.lines[i])
	}
	c.content = container.NewPadded(container.NewBorder(nil, box, nil, nil, c.image))
	return c
}

func (c *mapCell) clear() {
	if c.full {
		c.full, c.view, c.heat = false, cellView{}, nil
		c.write("", "", "")
		c.image.Refresh()
	}
}

func (c *mapCell) present(v cellView) {
	if c.full && v.pyramid == c.view.pyramid && v.cell.Heat == c.view.cell.Heat && v.against == c.view.against {
		return
	}
	if v.pyramid != c.view.pyramid {
		c.table = *v.table
	}
	c.view, c.full = v, true
	c.heat, c.colours = heatOf(v.cell.Heat, v.against)
	text := cellLines(c.env, v.cell)
	c.write(c.env.Text(v.cell.Title), text[0], text[1])
	c.image.Refresh()
}

// heatOf makes a map drawable on its own scale.
func heatOf(h *inference.Heatmap, against bool) (*raster.Heat, raster.ColourMap) {
	m := classmap.Map{On: true, PerMap: true, Signed: against, Colours: raster.Ember}
	if h == nil {
		return nil, m.ColourMap()
	}
	m.Class = h.Class
	return classmap.Heat(&inference.Result{Maps: []inference.Heatmap{*h}}, m), m.ColourMap()
}

// cellLines are what a map hits in two lines, or why there is none.
func cellLines(env *kit.Environment, c effect.Cell) [2]string {
	lines := env.Words().Texts(c.Lines())
	var out [2]string
	copy(out[:], lines)
	if len(lines) > 2 {
		out[1] = strings.Join(lines[1:], "; ")
	}
	return out
}

func (c *mapCell) write(title, a, b string) {
	for i, t := range []*canvas.Text{c.title, c.lines[0], c.lines[1]} {
		t.Text = [3]string{title, a, b}[i]
		t.Refresh()
	}
}

// mapOpacity is how strongly maps cover the small pictures.
const mapOpacity = 0.6

func (c *mapCell) paint(w, h int) image.Image {
	f := raster.Frame{W: w, H: h, Table: &c.table}
	if c.view.pyramid != nil {
		f.Pyramid, f.Place = c.view.pyramid, raster.Fit(c.view.picture.Width, c.view.picture.Height, max(w, 1),
			max(h, 1))
		if c.heat != nil {
			f.Heat, f.Colours, f.Opacity = c.heat, &c.colours, mapOpacity
		}
	}
	return c.renderer.Render(f)
}
