package viewer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hilum/app"
	"hilum/app/viewport"
	"hilum/ui/kit"
)

// mostPanes is the number of pictures in the largest layout.
const mostPanes = 4

// Panes are the pictures that are shown: the current one, and beside or over it
// what it is compared with.
type Panes struct {
	Painted func() // after each frame of the current picture; nil for nobody
	viewers [mostPanes]*Viewer
	box     *fyne.Container
	under   *canvas.Rectangle // hides the current picture under a swiped prior
	compare viewport.Compare
	covered edges // by messages
}

// NewPanes makes the pictures of a window, which share their timing.
func NewPanes(s Model, k *kit.Environment, t *Timing, changed func()) *Panes {
	p := &Panes{under: canvas.NewRectangle(k.Colours.Panel)}
	p.box = &fyne.Container{Layout: p}
	for i := range p.viewers {
		p.viewers[i] = New(s, k, changed)
		p.viewers[i].pane, p.viewers[i].image.timing = i, t
		p.viewers[i].over.pace = wordsPace{timing: t, again: p.viewers[i].showText}
		if i == 1 {
			p.box.Objects = append(p.box.Objects, p.under)
		}
		p.box.Objects = append(p.box.Objects, p.viewers[i])
		p.viewers[i].Hidden = i > 0
	}
	p.viewers[0].image.painted = func() {
		if p.Painted != nil {
			p.Painted()
		}
	}
	return p
}

// Present takes a state of the session.
func (p *Panes) Present(st app.State) {
	changed := st.Compare.Layout != p.compare.Layout || st.Compare.Swipe != p.compare.Swipe
	p.compare = st.Compare
	for i, v := range p.viewers {
		v.Hidden, v.covered = i >= shownPanes(st.Compare.Layout), p.coveredOf(i)
		if !v.Hidden || i == 0 {
			v.Present(st)
		}
	}
	if changed {
		p.Layout(nil, p.box.Size())
		p.box.Refresh()
	}
}

// Refresh draws the films anew.
func (p *Panes) Refresh() {
	for _, v := range p.viewers {
		if v.Visible() {
			v.RefreshImage()
		}
	}
}

func shownPanes(l viewport.Layout) int {
	switch l {
	case viewport.OnePicture:
		return 1
	case viewport.FourPictures:
		return mostPanes
	}
	return 2
}

// Cover tells that messages lie over so many units of the upper and the lower edge: what is
// written there makes room.
func (p *Panes) Cover(top, bottom float32) {
	if p.covered == (edges{top, bottom}) {
		return
	}
	p.covered = edges{top, bottom}
	for i, v := range p.viewers {
		if v.covered = p.coveredOf(i); v.Visible() {
			v.showText()
		}
	}
}

// coveredOf is what messages cover of a picture: those of four have each one edge of the
// window.
func (p *Panes) coveredOf(i int) edges {
	c := p.covered
	if p.compare.Layout == viewport.FourPictures {
		if i < mostPanes/2 {
			c.bottom = 0
		} else {
			c.top = 0
		}
	}
	return c
}

// MinSize implements fyne.Layout.
func (p *Panes) MinSize([]fyne.CanvasObject) fyne.Size { return p.viewers[0].MinSize() }

// paneGap is between two pictures, in units.
const paneGap = 2

// Layout implements fyne.Layout.
func (p *Panes) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	v := p.viewers
	half := (s.Width - paneGap) / 2
	if p.compare.Layout != viewport.SwipePictures {
		v[1].cutLeft(0)
	}
	p.under.Hidden = p.compare.Layout != viewport.SwipePictures
	switch p.compare.Layout {
	case viewport.OnePicture:
		kit.Put(v[0], 0, 0, s.Width, s.Height)
	case viewport.TwoPictures:
		kit.Put(v[0], 0, 0, half, s.Height)
		kit.Put(v[1], half+paneGap, 0, half, s.Height)
	case viewport.BesideItself: // the bare picture first, as one looks before one is told
		kit.Put(v[1], 0, 0, half, s.Height)
		kit.Put(v[0], half+paneGap, 0, half, s.Height)
	case viewport.SwipePictures:
		at := s.Width * float32(p.compare.Swipe)
		kit.Put(v[0], 0, 0, s.Width, s.Height)
		kit.Put(v[1], at, 0, max(s.Width-at, 1), s.Height)
		v[1].cutLeft(at)
		kit.Put(p.under, at, 0, s.Width-at, s.Height)
	case viewport.FourPictures:
		low := (s.Height - paneGap) / 2
		for i := range v {
			kit.Put(v[i], float32(i%2)*(half+paneGap), float32(i/2)*(low+paneGap), half, low)
		}
	}
}

// Current is the viewer of the current picture.
func (p *Panes) Current() *Viewer { return p.viewers[0] }

// Content is what stands in the window.
func (p *Panes) Content() fyne.CanvasObject { return p.box }
