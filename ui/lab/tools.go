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

// hand is what draws on the panes: the tool in it, and what the left button is doing with
// that. Places are fractions of a pane's picture.
type hand struct {
	bench      *lab.Bench
	changed    func() // told when what is to be seen of it changed
	tool       tool
	gesture    gesture
	clip       *clip
	confounder bool // new boxes are around what confounds
}

// newHand is empty: it selects, moves and resizes.
func newHand(b *lab.Bench, changed func()) *hand {
	return &hand{bench: b, changed: changed, gesture: gesture{index: -1}}
}

// allTools are those of the bench's operations, in their order.
func (h *hand) allTools() []edit.Tool {
	var out []edit.Tool
	for _, op := range h.bench.Catalogue().Edits {
		out = append(out, op.Tools...)
	}
	return out
}

// of is the bench's tool that the window's is.
func (h *hand) of(t tool) edit.Tool {
	list := h.allTools()
	if i := slices.IndexFunc(list, func(o edit.Tool) bool { return o.Edit == t.makes }); i >= 0 {
		return list[i]
	}
	return edit.Tool{}
}

// takeUp has a person draw what a tool makes, or makes it at once.
func (h *hand) takeUp(t edit.Tool) func() {
	if t.Drawn {
		return func() { h.setTool(tool{makes: t.Edit}) }
	}
	return h.addWhole(t.Edit)
}

// pasteTool puts a copied piece where it is drawn.
func (h *hand) pasteTool() tool {
	op, _ := h.bench.Catalogue().Edits.Find(edit.Paste)
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

// press begins a gesture.
func (h *hand) press(p *pane, x, y float64) {
	st := h.bench.State()
	if st.Image == nil {
		return
	}
	fx, fy := h.place(p, st, x, y)
	h.gesture = gesture{active: true, x: fx, y: fy, index: -1, corner: -1}
	if h.tool != choosing {
		h.gesture.rect = edit.Rect{X: fx, Y: fy}
		return
	}
	i, corner := h.under(p, st, fx, fy)
	if i < 0 {
		h.gesture.active = false
		h.bench.Edits.Select(-1)
		return
	}
	h.gesture.index, h.gesture.corner, h.gesture.original = i, corner, st.Edits[i]
	h.bench.Edits.Select(i)
}

// place takes a point of a pane to the film's frame; for a crop, to the picture's.
func (h *hand) place(p *pane, st lab.State, x, y float64) (fx, fy float64) {
	crop := h.tool.makes.Kind == edit.Crop
	switch {
	case p.edited && !crop:
		return st.Frame.ToImage(x, y)
	case !p.edited && crop:
		return st.Frame.ToPicture(x, y)
	}
	return x, y
}

// under finds the edit at a place of the film and which of its corners, -1 for
// none; the selected edit's corners come first, then the newest.
func (h *hand) under(p *pane, st lab.State, x, y float64) (index, corner int) {
	ux, uy := p.unit()
	const near = 9 // units of Fyne's
	if i := st.Selected; i >= 0 && i < len(st.Edits) && h.bench.Catalogue().Edits.Placed(st.Edits[i]) {
		r := st.Edits[i].Region
		for c := range 4 {
			cx, cy := r.X+r.W*float64(c%2), r.Y+r.H*float64(c/2)
			if math.Abs(x-cx) < near*ux && math.Abs(y-cy) < near*uy {
				return i, c
			}
		}
	}
	for i, e := range slices.Backward(st.Edits) {
		if h.bench.Catalogue().Edits.Placed(e) && e.Region.Contains(x, y) {
			return i, -1
		}
	}
	return -1, -1
}

// grip is the cursor over a place.
func (h *hand) grip(p *pane, x, y float64) desktop.Cursor {
	st := h.bench.State()
	if st.Image == nil {
		return desktop.DefaultCursor
	}
	if h.tool != choosing {
		return desktop.CrosshairCursor
	}
	fx, fy := h.place(p, st, x, y)
	if i, _ := h.under(p, st, fx, fy); i >= 0 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// drag goes on with a gesture.
func (h *hand) drag(p *pane, x, y float64) {
	g := &h.gesture
	if !g.active {
		return
	}
	st := h.bench.State()
	x, y = h.place(p, st, x, y)
	g.moved = true
	if g.index < 0 {
		g.rect = spanned(g.x, g.y, x, y)
		h.changed()
		return
	}
	e := g.original
	if g.corner < 0 {
		e.Region.X, e.Region.Y = e.Region.X+x-g.x, e.Region.Y+y-g.y
	} else {
		e.Region = resized(e.Region, g.corner, x-g.x, y-g.y)
	}
	if h.bench.Catalogue().Edits.Check(e) == nil {
		h.bench.Edits.Adjust(g.index, e)
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

// release ends a gesture.
func (h *hand) release(*pane) {
	g := h.gesture
	h.gesture = gesture{index: -1}
	if !g.active {
		return
	}
	if g.index >= 0 {
		h.bench.Edits.Settle()
		return
	}
	h.apply(h.sized(g))
	h.changed()
}

// sized gives a click the usual size.
func (h *hand) sized(g gesture) edit.Rect {
	if g.rect.W >= leastDrag || g.rect.H >= leastDrag {
		return g.rect
	}
	size := [2]float64{clickSize, clickSize}
	if s := h.of(h.tool).Size; s[0] > 0 {
		size = s
	}
	if h.tool.makes.Kind == edit.Paste && h.clip != nil {
		size = [2]float64{h.clip.rect.W, h.clip.rect.H}
	}
	return edit.Rect{X: g.x - size[0]/2, Y: g.y - size[1]/2, W: size[0], H: size[1]}
}

// apply does what the tool does with a drawn rectangle.
func (h *hand) apply(r edit.Rect) {
	st := h.bench.State()
	switch t := h.tool; {
	case t.box:
		h.bench.Edits.AddBox(effect.Box{Label: h.boxLabel(st), Rect: r})
		return
	case t.copies:
		h.clip = &clip{r, h.bench.Image()}
		h.setTool(h.pasteTool())
		h.bench.Tell(message.Of("Copied. Click where the piece is to go, on this film or on another."))
		return
	}
	e := h.tool.makes
	e.Region = r
	if e.Kind == edit.Paste {
		h.paste(e)
		return
	}
	h.bench.Edits.Add(e)
	if h.of(h.tool).Once {
		h.setTool(choosing) // to be moved now
	}
}

// paste puts the copied piece into a region.
func (h *hand) paste(e edit.Edit) {
	if h.clip == nil {
		h.bench.Notify(message.Of("Nothing was copied yet: draw a rectangle with Copy first."))
		return
	}
	e.Region.W, e.Region.H = h.clip.rect.W, h.clip.rect.H
	e.From = &edit.Piece{X: h.clip.rect.X, Y: h.clip.rect.Y, Blend: true}
	if h.clip.image != h.bench.Image() {
		if h.clip.image.Path == "" {
			h.bench.Notify(message.Of("A piece can be pasted into another film only from a film that is a file."))
			return
		}
		e.From.Path = h.clip.image.Path
	}
	h.bench.Edits.Add(e)
	h.setTool(choosing)
}

// boxLabel is what a new box is called: the class that is looked at, or what the
// person chose.
func (h *hand) boxLabel(st lab.State) string {
	if h.confounder {
		return "confounder"
	}
	return st.Class
}

// setTool chooses what the left button does.
func (h *hand) setTool(t tool) {
	h.tool = t
	h.changed()
}

// addWhole adds an edit of the whole film with its usual figures.
func (h *hand) addWhole(e edit.Edit) func() {
	return func() {
		h.bench.Edits.Add(e)
		h.setTool(choosing)
	}
}
