package viewer

import (
	"image"
	"math"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/measure"
	"hilum/app/radiograph"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/ui/kit"
)

// look is what a viewer shows of which state, and where that lies on the widget. The
// parts of the viewer share one.
type look struct {
	st     app.State
	scene  scene
	pane   int       // 0 is the current picture, n the n-th prior or the bare picture
	size   fyne.Size // of the widget
	pixels float64   // device pixels in a unit of Fyne's
	shift  int       // where the widget begins in the viewport, device pixels from its left
	w, h   int       // of the viewport, device pixels
	cursor cursor
	// covered is what messages lie over, at the upper and the lower edge of the widget.
	covered edges
}

// edges are heights at the upper and the lower edge, in units.
type edges struct{ top, bottom float32 }

// cursor is where the mouse is.
type cursor struct {
	at       fyne.Position
	hovering bool
	x, y     int // the pixel of the picture under it
	onImage  bool
	held     bool // a button is down that moves or changes the picture
}

// scene is what one viewer shows of a state.
type scene struct {
	study   int // whose picture it is, by its ID; -1 for none
	picture *radiograph.Picture
	view    radiograph.View
	result  *inference.Result
	maps    []inference.Heatmap
	m       classmap.Map
	method  string // what people call the maps' method, in English; "" for the model's own
	caption string // over the picture when several are shown: when it was taken
	why     string // there is no picture
	mixed   bool   // pictures that are not known to be of one patient stand side by side
	// identity tells whether it is of the current picture's patient, and name who that is.
	identity radiograph.Identity
	name     string
}

// sceneOf picks what a pane shows.
func sceneOf(env *kit.Environment, st app.State, pane int) scene {
	s := scene{study: -1, picture: st.Picture, view: st.View, result: st.Result, maps: st.ClassMaps(), m: st.Map,
		method: st.MethodTitle()}
	if st.Compare.Layout != viewport.OnePicture && st.Current >= 0 {
		s.caption = paneCaption(env.T("Now"), radiograph.Date(studyDate(st.Picture)))
	}
	if st.Current >= 0 && st.Current < len(st.Studies) {
		s.study = st.Studies[st.Current].ID
	}
	s.mixed, s.name = st.Compare.Mixed(), patientName(env, st.Picture, "")
	switch {
	case pane == 0:
		return s
	case st.Compare.Layout == viewport.BesideItself:
		s.m.On, s.caption = false, env.T("Without a map")
		return s
	case pane > len(st.Compare.Priors):
		return scene{study: -1, why: env.T("No earlier picture")}
	}
	p := st.Compare.Priors[pane-1]
	what := p.View
	if what == "" && p.Identity == radiograph.SamePatient {
		what = env.T("Prior")
	}
	s = scene{
		study: p.StudyID, picture: p.Picture, result: p.Result, m: st.Map, caption: paneCaption(what, p.Date), why: env.Text(p.Error),
		mixed: s.mixed, identity: p.Identity, name: patientName(env, p.Picture, p.Title),
	}
	if p.Picture == nil {
		if s.why == "" {
			s.why = env.T("Decoding\u2026")
		}
		return s
	}
	s.view = radiograph.LinkedView(st.View, st.Picture, p.Picture)
	if p.Result != nil && st.Map.Method == "" {
		s.maps = p.Result.Maps
	}
	return s
}

// patientName is whose a picture is in a word or two, before it is decoded its title.
func patientName(env *kit.Environment, p *radiograph.Picture, title string) string {
	if p == nil {
		return title
	}
	return radiograph.PatientWords(env.Words(), &p.Image.Header)[0]
}

func studyDate(p *radiograph.Picture) string {
	if p == nil {
		return ""
	}
	return p.Image.Header.StudyDate
}

func paneCaption(what, when string) string {
	return strings.Join(kit.NonEmpty(what, when), "  ")
}

// viewPoint is the point of the viewport, in device pixels, at a position of the
// widget.
func (l *look) viewPoint(at fyne.Position) (x, y float64) {
	return float64(at.X)*l.pixels + float64(l.shift), float64(at.Y) * l.pixels
}

// imagePoint is the place on the film under a position of the widget.
func (l *look) imagePoint(at fyne.Position) annotation.Point {
	if l.scene.picture == nil {
		return annotation.Point{}
	}
	x, y := l.viewPoint(at)
	fx, fy := l.scene.view.ViewToImage(l.scene.picture, [2]int{l.w, l.h}, x, y)
	return annotation.Point{X: fx, Y: fy}
}

// onWidget is where a place of the film lies on the widget.
func (l *look) onWidget(p annotation.Point) fyne.Position {
	x, y := l.scene.view.ImageToView(l.scene.picture, [2]int{l.w, l.h}, p.X, p.Y)
	return fyne.NewPos(float32((x-float64(l.shift))/l.pixels), float32(y/l.pixels))
}

// drawn is what the reader has drawn on the picture, and whether the hand is on it.
func (l *look) drawn() (d measure.Drawn, inHand bool) {
	m := l.st.Measure
	if d = m.Of(l.scene.study); d.StudyID != l.scene.study {
		return measure.Drawn{}, false
	}
	return d, m.On == l.scene.study
}

// drafting tells whether a mark is being drawn on the picture.
func (l *look) drafting() bool {
	_, inHand := l.drawn()
	return inHand && l.st.Measure.Draft != nil
}

// reach is hitReach in pixels of the film.
func (l *look) reach() float64 {
	return hitReach * l.pixels / max(l.scene.view.Place.Zoom, 1e-6)
}

// visible is the part of the viewport that the widget shows.
func (l *look) visible() image.Rectangle {
	return image.Rect(l.shift, 0, l.shift+int(math.Round(float64(l.size.Width)*l.pixels)), l.h)
}

// free is the size of what a swiped prior leaves in sight.
func (l *look) free() fyne.Size {
	s := l.size
	if l.pane == 0 && l.st.Compare.Layout == viewport.SwipePictures {
		s.Width *= float32(l.st.Compare.Swipe)
	}
	return s
}

// findPixel looks up the pixel of the picture under the cursor. While a drag changes the picture
// it stays: nobody reads a value then, and to write it anew costs every frame a tenth.
func (l *look) findPixel() {
	c := &l.cursor
	if c.held {
		return
	}
	c.onImage = false
	p := l.scene.picture
	if p == nil || !c.hovering || l.w == 0 {
		return
	}
	at := l.imagePoint(c.at)
	c.x, c.y = int(math.Floor(at.X)), int(math.Floor(at.Y))
	c.onImage = c.x >= 0 && c.y >= 0 && c.x < p.Image.Width && c.y < p.Image.Height
}
