package lab

import (
	"math"
	"slices"

	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/internal/message"
)

// tool is what the left button does on the pictures.
type tool struct {
	makes  edit.Edit // from a drawn rectangle; of no kind for the others
	box    bool      // a box around something, no edit
	copies bool      // takes a piece to be pasted
}

// allTools are those of the bench's operations, in their order.
func (w *Window) allTools() []edit.Tool {
	var out []edit.Tool
	for _, op := range w.bench.Catalogue().Edits {
		out = append(out, op.Tools...)
	}
	return out
}

// of is the bench's tool that the window's is.
func (w *Window) of(t tool) edit.Tool {
	list := w.allTools()
	if i := slices.IndexFunc(list, func(o edit.Tool) bool { return o.Edit == t.makes }); i >= 0 {
		return list[i]
	}
	return edit.Tool{}
}

// takeUp has a person draw what a tool makes, or makes it at once.
func (w *Window) takeUp(t edit.Tool) func() {
	if t.Drawn {
		return func() { w.setTool(tool{makes: t.Edit}) }
	}
	return w.addWhole(t.Edit)
}

// pasteTool puts a copied piece where it is drawn.
func (w *Window) pasteTool() tool {
	op, _ := w.bench.Catalogue().Edits.Find(edit.Paste)
	if len(op.Tools) == 0 {
		return choosing
	}
	return tool{makes: op.Tools[0].Edit}
}

// choosing selects, moves and resizes: the tool that others fall back to.
var choosing = tool{}

// clip is a piece that was copied.
type clip struct {
	rect  edit.Rect
	image lesson.ImageRef
}

const (
	clickSize = 0.12 // what a click without a drag makes, fractions of the film
	leastDrag = 0.01 // what is shorter is a click
)

// gesture is what the left button is doing.
type gesture struct {
	active   bool
	x, y     float64 // where it began, in the film's frame (a crop: the picture's)
	rect     edit.Rect
	index    int // edit that is moved or resized, -1 for a new rectangle
	corner   int // 0..3 resizes, -1 moves
	original edit.Edit
	moved    bool
}

// press begins a gesture. It implements hand.
func (w *Window) press(p *pane, x, y float64) {
	st := w.bench.State()
	if st.Image == nil {
		return
	}
	fx, fy := w.place(p, st, x, y)
	w.gesture = gesture{active: true, x: fx, y: fy, index: -1, corner: -1}
	if w.tool != choosing {
		w.gesture.rect = edit.Rect{X: fx, Y: fy}
		return
	}
	i, corner := w.under(p, st, fx, fy)
	if i < 0 {
		w.gesture.active = false
		w.bench.Edits.Select(-1)
		return
	}
	w.gesture.index, w.gesture.corner, w.gesture.original = i, corner, st.Edits[i]
	w.bench.Edits.Select(i)
}

// place takes a point of a pane to the film's frame; for a crop, to the picture's.
func (w *Window) place(p *pane, st lab.State, x, y float64) (fx, fy float64) {
	crop := w.tool.makes.Kind == edit.Crop
	switch {
	case p == w.after && !crop:
		return st.Frame.ToImage(x, y)
	case p == w.before && crop:
		return st.Frame.ToPicture(x, y)
	}
	return x, y
}

// under finds the edit at a place of the film and which of its corners, -1 for
// none; the selected edit's corners come first, then the newest.
func (w *Window) under(p *pane, st lab.State, x, y float64) (index, corner int) {
	ux, uy := p.unit()
	const near = 9 // units of Fyne's
	if i := st.Selected; i >= 0 && i < len(st.Edits) && w.bench.Catalogue().Edits.Placed(st.Edits[i]) {
		r := st.Edits[i].Region
		for c := range 4 {
			cx, cy := r.X+r.W*float64(c%2), r.Y+r.H*float64(c/2)
			if math.Abs(x-cx) < near*ux && math.Abs(y-cy) < near*uy {
				return i, c
			}
		}
	}
	for i, e := range slices.Backward(st.Edits) {
		if w.bench.Catalogue().Edits.Placed(e) && e.Region.Contains(x, y) {
			return i, -1
		}
	}
	return -1, -1
}

// grip is the cursor over a place. It implements hand.
func (w *Window) grip(p *pane, x, y float64) desktop.Cursor {
	st := w.bench.State()
	if st.Image == nil {
		return desktop.DefaultCursor
	}
	if w.tool != choosing {
		return desktop.CrosshairCursor
	}
	fx, fy := w.place(p, st, x, y)
	if i, _ := w.under(p, st, fx, fy); i >= 0 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// drag goes on with a gesture. It implements hand.
func (w *Window) drag(p *pane, x, y float64) {
	g := &w.gesture
	if !g.active {
		return
	}
	st := w.bench.State()
	x, y = w.place(p, st, x, y)
	g.moved = true
	if g.index < 0 {
		g.rect = spanned(g.x, g.y, x, y)
		w.present()
		return
	}
	e := g.original
	if g.corner < 0 {
		e.Region.X, e.Region.Y = e.Region.X+x-g.x, e.Region.Y+y-g.y
	} else {
		e.Region = resized(e.Region, g.corner, x-g.x, y-g.y)
	}
	if w.bench.Catalogue().Edits.Check(e) == nil {
		w.bench.Edits.Adjust(g.index, e)
	}
}

// spanned is the rectangle between two corners.
func spanned(x0, y0, x1, y1 float64) edit.Rect {
	return edit.Rect{X: min(x0, x1), Y: min(y0, y1), W: math.Abs(x1 - x0), H: math.Abs(y1 - y0)}
}

// resized moves one corner of a rectangle; the opposite one stays.
func resized(r edit.Rect, corner int, dx, dy float64) edit.Rect {
	x0, y0, x1, y1 := r.X, r.Y, r.X+r.W, r.Y+r.H
	if corner%2 == 0 {
		x0 += dx
	} else {
		x1 += dx
	}
	if corner/2 == 0 {
		y0 += dy
	} else {
		y1 += dy
	}
	return spanned(x0, y0, x1, y1)
}

// release ends a gesture. It implements hand.
func (w *Window) release(*pane) {
	g := w.gesture
	w.gesture = gesture{index: -1}
	if !g.active {
		return
	}
	if g.index >= 0 {
		w.bench.Edits.Settle()
		return
	}
	w.apply(w.sized(g))
	w.present()
}

// sized gives a click the usual size.
func (w *Window) sized(g gesture) edit.Rect {
	if g.rect.W >= leastDrag || g.rect.H >= leastDrag {
		return g.rect
	}
	size := [2]float64{clickSize, clickSize}
	if s := w.of(w.tool).Size; s[0] > 0 {
		size = s
	}
	if w.tool.makes.Kind == edit.Paste && w.clip != nil {
		size = [2]float64{w.clip.rect.W, w.clip.rect.H}
	}
	return edit.Rect{X: g.x - size[0]/2, Y: g.y - size[1]/2, W: size[0], H: size[1]}
}

// apply does what the tool does with a drawn rectangle.
func (w *Window) apply(r edit.Rect) {
	st := w.bench.State()
	switch t := w.tool; {
	case t.box:
		w.bench.Edits.AddBox(effect.Box{Label: w.boxLabel(st), Rect: r})
		return
	case t.copies:
		w.clip = &clip{r, w.bench.Image()}
		w.setTool(w.pasteTool())
		w.bench.Notify(message.Of("Copied. Click where the piece is to go, on this film or on another."))
		return
	}
	e := w.tool.makes
	e.Region = r
	if e.Kind == edit.Paste {
		w.paste(e)
		return
	}
	w.bench.Edits.Add(e)
	if w.of(w.tool).Once {
		w.setTool(choosing) // to be moved now
	}
}

// paste puts the copied piece into a region.
func (w *Window) paste(e edit.Edit) {
	if w.clip == nil {
		w.bench.Notify(message.Of("Nothing was copied yet: draw a rectangle with Copy first."))
		return
	}
	e.Region.W, e.Region.H = w.clip.rect.W, w.clip.rect.H
	e.From = &edit.Piece{X: w.clip.rect.X, Y: w.clip.rect.Y, Blend: true}
	if w.clip.image != w.bench.Image() {
		if w.clip.image.Path == "" {
			w.bench.Notify(message.Of("A piece can be pasted into another film only from a film that is a file."))
			return
		}
		e.From.Path = w.clip.image.Path
	}
	w.bench.Edits.Add(e)
	w.setTool(choosing)
}

// boxLabel is what a new box is called: the class that is looked at, or what the
// person chose.
func (w *Window) boxLabel(st lab.State) string {
	if w.confounder {
		return "confounder"
	}
	return st.Class
}

// setTool chooses what the left button does.
func (w *Window) setTool(t tool) {
	w.tool = t
	w.present()
}

// addWhole adds an edit of the whole film with its usual figures.
func (w *Window) addWhole(e edit.Edit) func() {
	return func() {
		w.bench.Edits.Add(e)
		w.setTool(choosing)
	}
}
