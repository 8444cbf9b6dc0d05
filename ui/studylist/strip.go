package studylist

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/remarks"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// Measures of the strip, in units.
const (
	stripWidth   = 92
	stripPicture = 76
	stripStep    = stripPicture + 26
)

// Strip is the pictures of the current study, small and under each other, beside the
// picture: which one is shown, of how many, and of which series. A click shows another
// one. It is there where a study has more than one.
type Strip struct {
	Content *fyne.Container
	Away    bool // it is not there whatever the study has
	env     *kit.Environment
	words   *canvas.Text // which one of how many
	series  *canvas.Text
	images  *stripImages
	scroll  *container.Scroll
}

// NewStrip makes the strip; choose is told what was clicked on.
func NewStrip(o Options, choose func(*scan.Instance)) *Strip {
	s := &Strip{env: o.Env, words: canvas.NewText("", o.Env.Colours.Text),
		series: canvas.NewText("", o.Env.Colours.Second)}
	for _, t := range []*canvas.Text{s.words, s.series} {
		t.TextSize, t.Alignment = kit.CaptionSize, fyne.TextAlignCenter
	}
	s.images = &stripImages{env: o.Env, small: o.Small, choose: choose}
	s.images.ExtendBaseWidget(s.images)
	s.scroll = container.NewVScroll(s.images)
	s.Content = kit.Panel(o.Env, stripWidth, container.NewBorder(container.NewVBox(s.words, s.series), nil, nil, nil,
		s.scroll), false)
	s.Content.Hide()
	return s
}

// Present takes a state of the session; true when the strip came or went.
func (s *Strip) Present(st app.State) bool {
	images, at := imagesOf(st)
	was := s.Content.Visible()
	kit.SetVisible(s.Content, len(images) > 1 && !s.Away)
	if !s.Content.Visible() {
		return was
	}
	s.say(s.words, positionOf(s.env, images, at))
	if at >= 0 {
		s.say(s.series, kit.Shorten(seriesOf(s.env, images[at]), stripWidth-6, kit.CaptionSize, fyne.TextStyle{}))
	}
	if s.images.present(st, images, at) {
		s.scroll.Refresh()
	}
	return !was
}

// say writes words where others stood.
func (s *Strip) say(t *canvas.Text, words string) {
	if t.Text != words {
		t.Text = words
		t.Refresh()
	}
}

// seriesOf names the series of a picture, as far as its file does.
func seriesOf(env *kit.Environment, i *scan.Instance) string {
	if i.SeriesNumber == 0 {
		return ""
	}
	return env.T("Series %s", fmt.Sprint(i.SeriesNumber))
}

// imagesOf are the pictures of the current study, and which one is shown, -1 for none.
func imagesOf(st app.State) (images []*scan.Instance, at int) {
	if st.Listed == nil || st.ListRow < 0 || st.ListRow >= st.Listed.Len() || st.Current < 0 ||
		st.Current >= len(st.Studies) {
		return nil, -1
	}
	row := st.Listed.Row(st.ListRow)
	return row.Pictures, slices.Index(row.Pictures, st.Studies[st.Current].Instance)
}

// positionOf says which picture of how many is shown.
func positionOf(env *kit.Environment, images []*scan.Instance, at int) string {
	return env.T("Picture %s of %s", message.Count(at+1), message.Count(len(images)))
}

// stripImages draws the pictures of a strip, as one raster.
type stripImages struct {
	widget.BaseWidget
	env    *kit.Environment
	small  small
	choose func(*scan.Instance)
	images []*scan.Instance
	at     int
	drawn  int // the small pictures that there were
	marked *remarks.KeyImages
	cells  []*stripCell
}

// stripCell is one picture with its words.
type stripCell struct {
	frame   *canvas.Rectangle
	picture *canvas.Image
	words   *canvas.Text
	key     *canvas.Rectangle // says that it is a key image
}

// present shows pictures; true when they are others.
func (s *stripImages) present(st app.State, images []*scan.Instance, at int) bool {
	others := !slices.Equal(s.images, images)
	if !others && s.at == at && s.drawn == st.Thumbnails && s.marked == st.KeyImages {
		return false
	}
	s.images, s.at, s.drawn, s.marked = images, at, st.Thumbnails, st.KeyImages
	keys := st.Listed.Row(st.ListRow).Keys
	for len(s.cells) < len(images) {
		c := &stripCell{
			frame: canvas.NewRectangle(color.Transparent), picture: &canvas.Image{FillMode: canvas.ImageFillContain},
			words: canvas.NewText("", s.env.Colours.Second), key: newKeySign(s.env),
		}
		c.frame.StrokeColor, c.words.TextSize, c.words.Alignment = s.env.Colours.Selected, kit.CaptionSize,
			fyne.TextAlignCenter
		s.cells = append(s.cells, c)
	}
	s.cells = s.cells[:len(images)]
	for i, c := range s.cells {
		c.frame.StrokeWidth = 0
		if i == at {
			c.frame.StrokeWidth = 2
		}
		c.key.Hidden = !s.marked.Has(images[i].Header.InstanceUID, keys[i])
		c.words.Text = kit.Shorten(imageWords(s.env, images[i]), stripPicture, kit.CaptionSize, fyne.TextStyle{})
		img := s.small(images[i])
		if c.picture.Hidden = img == nil; img != nil {
			c.picture.Image = img
		}
	}
	s.Refresh()
	return others
}

// imageWords are the view of a picture, its series or its name.
func imageWords(env *kit.Environment, i *scan.Instance) string {
	return cmp.Or(i.Header.ViewPosition, seriesOf(env, i), i.Name())
}

// MinSize implements fyne.Widget.
func (s *stripImages) MinSize() fyne.Size {
	return fyne.NewSize(stripPicture, float32(len(s.images))*stripStep)
}

// Tapped implements fyne.Tappable.
func (s *stripImages) Tapped(e *fyne.PointEvent) {
	if at := int(e.Position.Y / stripStep); at >= 0 && at < len(s.images) {
		s.choose(s.images[at])
	}
}

// CreateRenderer implements fyne.Widget.
func (s *stripImages) CreateRenderer() fyne.WidgetRenderer { return kit.Cached(s, &stripRenderer{s}) }

// keySign is the side of the square on a key image, keyInset how far it stands from the edges.
const keySign, keyInset = 10, 3

// newKeySign makes the square that says of a small picture that it is a key image.
func newKeySign(env *kit.Environment) *canvas.Rectangle {
	r := canvas.NewRectangle(env.Colours.Warning)
	r.StrokeColor, r.StrokeWidth = kit.ColourPicture, 1
	return r
}

// putKeySign puts it into the upper right corner of a small picture's square field.
func putKeySign(r *canvas.Rectangle, x, y, side float32) {
	kit.Put(r, x+side-keySign-keyInset, y+keyInset, keySign, keySign)
}

type stripRenderer struct{ s *stripImages }

func (r *stripRenderer) Destroy()           {}
func (r *stripRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r *stripRenderer) Objects() (out []fyne.CanvasObject) {
	for _, c := range r.s.cells {
		out = append(out, c.picture, c.frame, c.key, c.words)
	}
	return out
}

func (r *stripRenderer) Refresh() {
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *stripRenderer) Layout(size fyne.Size) {
	left := (size.Width - stripPicture) / 2
	for i, c := range r.s.cells {
		y := float32(i) * stripStep
		kit.Put(c.frame, left-2, y+2, stripPicture+4, stripPicture+4)
		kit.Put(c.picture, left, y+4, stripPicture, stripPicture)
		putKeySign(c.key, left, y+4, stripPicture)
		kit.Put(c.words, left, y+stripPicture+7, stripPicture, 15)
		c.picture.Refresh()
	}
}
