// Package render draws pictures for people as the window shows them, with maps,
// captions and legends. Its core type is [Shot]. It imports app/classmap,
// app/findings, app/radiograph, inference, dicomio and internal/raster.
package render

import (
	"image"
	"image/png"
	"io"

	"hilum/app/classmap"
	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/raster"
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
	Map    classmap.Map
	// Withheld says that the findings are withheld, or shown all the same; the zero value
	// where they are neither.
	Withheld message.Message
	Method   string        // what people call the method of the maps, in English; "" for the model's own
	Model    string        // its name, "" for none
	Words    message.Words // puts the caption into the reader's language; nil leaves English
	// Evidence is what other programs say of the film, to be drawn over it. The first that
	// says how the film is to be shown decides that, in place of Window and Invert.
	Evidence []*evidence.Object
	// FreeText draws what people wrote into Evidence, which may name somebody.
	FreeText bool
	// Identified has the caption say whose film it is and when it was taken.
	Identified bool
}

// maps are those that Map chooses from.
func (s Shot) maps() []inference.Heatmap {
	if s.Maps == nil && s.Result != nil {
		return s.Result.Maps
	}
	return s.Maps
}

// Mapped gives the classes of which a map is drawn, the main one first; none
// where the picture is bare.
func (s Shot) Mapped() []string {
	var out []string
	if !s.Map.Shown() {
		return nil
	}
	for _, class := range s.Map.Classes() {
		if classmap.HeatOf(s.maps(), s.Map, class) != nil {
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
	drawn, err := s.Annotated()
	if err != nil {
		return nil, err
	}
	return drawn.Ready()
}

// Annotated is the picture with maps, sides and caption, painted while it is read.
func (s Shot) Annotated() (*Sheet, error) { return caption(s.Marked(), s.legend()) }

// lineShare is the width of a contour as a share of the film's: on a page that
// the film fills it is a hair's.
const lineShare = 1.0 / 350

// picture is the film with the maps over it.
func (s Shot) picture() *Sheet {
	p := s.painter()
	return &Sheet{size: p.size, paint: p.paint}
}

// Marked is picture with what other programs say of it and the patient's sides.
func (s Shot) Marked() *Sheet {
	img := s.picture()
	return img.With(func(on *image.RGBA) error {
		if err := s.drawEvidence(on); err != nil {
			return err
		}
		return s.drawSides(on, img.Bounds())
	})
}

func (s Shot) painter() *painter {
	img := seenRows(s.Image, s.Orient)
	w, h := img.Size()
	table := &raster.Table{}
	table.Set(s.grey().Gray)
	p := &painter{frame: raster.Frame{Pyramid: img, Table: table}, size: image.Pt(w, h)}
	f := &p.frame
	if len(s.Mapped()) == 0 {
		return p
	}
	c := s.Map.ColourMap()
	f.Colours, f.Opacity, f.Floor = &c, s.Map.Opacity, s.Map.Floor
	if !s.Map.Layered() {
		f.Heat = classmap.HeatOf(s.maps(), s.Map, s.Map.Class).Oriented(s.Orient)
		return p
	}
	f.Over = classmap.Overlays(s.maps(), s.Map)
	for i := range f.Over.Layers {
		f.Over.Layers[i].Heat = f.Over.Layers[i].Heat.Oriented(s.Orient)
		f.Over.Layers[i].Line = max(2, int(float64(w)*lineShare))
		p.margin = f.Over.Layers[i].Line
	}
	return p
}

// WritePNG writes a picture among the files of a run and gives the name that it
// got.
func WritePNG(o *atomicfile.Outputs, path string, img image.Image) (string, error) {
	return o.Write(path, func(w io.Writer) error { return EncodePNG(w, img) })
}

// EncodePNG writes a picture quickly rather than small.
func EncodePNG(w io.Writer, img image.Image) error {
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, img); err != nil {
		return err
	}
	if s, ok := img.(*Sheet); ok {
		return s.Err
	}
	return nil
}
