package app

import (
	"image"
	"image/png"
	"io"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/raster"
	"hilum/internal/wording"
)

// Shot is a picture as it is looked at, to be drawn at its own size: what the
// screen shows of it.
type Shot struct {
	Image  *dicomio.Image
	Window dicomio.Window
	Invert bool
	Orient raster.Orientation
	Result *inference.Result   // nil before a score
	Maps   []inference.Heatmap // of the method in use; nil takes the Result's
	Map    Map
	Model  string        // its name, "" for none
	Words  wording.Words // puts the caption into the reader's language; nil leaves English
}

// maps are those that Map chooses from.
func (s Shot) maps() []inference.Heatmap {
	if s.Maps == nil && s.Result != nil {
		return s.Result.Maps
	}
	return s.Maps
}

// mapped gives the classes of which a map is drawn, the main one first; none
// where the picture is bare.
func (s Shot) mapped() []string {
	var out []string
	if !s.Map.Shown() {
		return nil
	}
	for _, class := range s.Map.Classes() {
		if HeatOf(s.maps(), s.Map, class) != nil {
			out = append(out, class)
		}
	}
	return out
}

// Annotated draws a shot: the maps as the screen shows them, filled or as
// contours, above their floor and in their colours; below stand a legend for each
// class, the model, and that this is not for diagnosis. It is painted in bands while it
// is read, see sheet.
func Annotated(s Shot) (image.Image, error) {
	drawn, err := s.annotated()
	if err != nil {
		return nil, err
	}
	return drawn.ready()
}

func (s Shot) annotated() (*sheet, error) { return caption(s.marked(), s.legend()) }

// lineShare is the width of a contour as a share of the film's: on a page that
// the film fills it is a hair's.
const lineShare = 1.0 / 350

// picture is the film with the maps over it.
func (s Shot) picture() *sheet {
	p := s.painter()
	return &sheet{size: p.size, paint: p.paint}
}

// marked is picture with the patient's sides.
func (s Shot) marked() *sheet {
	film := s.picture()
	return film.with(func(on *image.RGBA) error { return s.drawSides(on, film.Bounds()) })
}

func (s Shot) painter() *painter {
	film := seenRows(s.Image, s.Orient)
	w, h := film.Size()
	table := &raster.Table{}
	table.Set(s.Image.DisplayTable(s.Window, s.Invert).Gray)
	p := &painter{frame: raster.Frame{Pyramid: film, Table: table}, size: image.Pt(w, h)}
	f := &p.frame
	if len(s.mapped()) == 0 {
		return p
	}
	c := s.Map.ColourMap()
	f.Colours, f.Opacity, f.Floor = &c, s.Map.Opacity, s.Map.Floor
	if !s.Map.Layered() {
		f.Heat = HeatOf(s.maps(), s.Map, s.Map.Class).Oriented(s.Orient)
		return p
	}
	f.Over = Overlays(s.maps(), s.Map)
	for i := range f.Over.Layers {
		f.Over.Layers[i].Heat = f.Over.Layers[i].Heat.Oriented(s.Orient)
		f.Over.Layers[i].Line = max(2, int(float64(w)*lineShare))
		p.margin = f.Over.Layers[i].Line
	}
	return p
}

// ExportPNG writes the picture as it is shown, with map and caption. It returns
// when the file is there; call it outside the window's goroutine.
func (s *Session) ExportPNG(path string) error {
	img, err := s.seen()
	if err != nil {
		return err
	}
	// who chose the name was asked whether what is there may go
	return atomicfile.Write(path, func(w io.Writer) error { return encodePNG(w, img) })
}

// seen is the picture as it is shown, with map and caption.
func (s *Session) seen() (image.Image, error) {
	st := s.State()
	if st.Picture == nil {
		return nil, ErrNoPicture
	}
	return Annotated(Shot{
		Image: st.Picture.Image, Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Result: st.Result, Maps: st.ClassMaps(), Map: st.Map, Model: st.Model.Name, Words: s.words(),
	})
}

// WritePNG writes a picture among the files of a run and gives the name that it
// got.
func WritePNG(o *atomicfile.Outputs, path string, img image.Image) (string, error) {
	return o.Write(path, func(w io.Writer) error { return encodePNG(w, img) })
}

func encodePNG(w io.Writer, img image.Image) error {
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, img); err != nil {
		return err
	}
	if s, ok := img.(*sheet); ok {
		return s.err
	}
	return nil
}
