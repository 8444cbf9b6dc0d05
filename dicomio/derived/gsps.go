package derived

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// PresentationState says how a picture was looked at: window, polarity,
// orientation, the part that was shown, and what was drawn on it (Grayscale
// Softcopy Presentation State, PS3.3 A.33.1).
type PresentationState struct {
	Common
	Label       string // capitals, digits, spaces and underscores; 16 characters
	Description string
	Creator     string           // who drew; left out for an anonymous picture
	Modality    dicomio.Modality // of the picture: windows are in its units
	Window      dicomio.Window
	Inverse     bool // low values are bright, the file's own polarity included
	Rotation    int  // 0, 90, 180 or 270 degrees clockwise
	Flip        bool // left and right are exchanged, after the rotation
	Area        Area // the part that was shown, in pixels; the zero value is all
	Layers      []GraphicLayer
}

// Area is a rectangle in pixels; X and Y count from the upper left corner, from 0.
type Area struct{ X, Y, Width, Height int }

// GraphicLayer is one layer of drawings; later ones lie over earlier ones.
type GraphicLayer struct {
	Name        string // as Label, unique
	Description string
	Graphics    []Graphic
	Texts       []GraphicText
}

// Graphic is a drawing. Points are columns and rows in pixels from the
// picture's upper left corner.
type Graphic struct {
	Type   GraphicType
	Points [][2]float32
	Filled bool // only closed shapes can be
}

// GraphicType is the shape of a graphic (PS3.3 C.10.5.1.2).
type GraphicType string

// The shapes: a point; a line through points, closed when the last is the
// first; a circle by centre and a point on it; an ellipse by the ends of its
// longer and its shorter axis.
const (
	PointGraphic    GraphicType = "POINT"
	PolylineGraphic GraphicType = "POLYLINE"
	CircleGraphic   GraphicType = "CIRCLE"
	EllipseGraphic  GraphicType = "ELLIPSE"
)

// GraphicText is text at a point, in pixels.
type GraphicText struct {
	Text    string
	Anchor  [2]float32
	Visible bool // the anchor is to be drawn too
}

// WritePresentationState writes it as Explicit VR Little Endian.
func WritePresentationState(w io.Writer, p *PresentationState) error {
	if err := p.check(); err != nil {
		return message.Errorf("writing a presentation state: %w", err)
	}
	var ds dataset
	p.put(&ds, dcm.ClassGSPS, "PR")
	p.putDate(&ds, tag.PresentationCreationDate, tag.PresentationCreationTime)
	ds.texts([]textElement{
		{tag.Laterality, ""}, {tag.ContentLabel, p.Label}, {tag.ContentDescription, clip(p.Description, 64)},
		{tag.ContentCreatorName, p.creator()},
	})
	ds.sequence(tag.ReferencedSeriesSequence, p.Source.series(tag.ReferencedImageSequence))
	putModality(&ds, p.Modality)
	ds.sequence(tag.SoftcopyVOILUTSequence, voiItem(p.Window))
	shape := "IDENTITY"
	if p.Inverse {
		shape = "INVERSE"
	}
	ds.text(tag.PresentationLUTShape, shape)
	ds.words(tag.ImageRotation, "", p.Rotation)
	ds.text(tag.ImageHorizontalFlip, yesNo(p.Flip))
	ds.sequence(tag.DisplayedAreaSelectionSequence, p.area())
	p.putLayers(&ds)
	if err := p.finish(w, &ds, dcm.ClassGSPS); err != nil {
		return message.Errorf("writing a presentation state: %w", err)
	}
	return nil
}

func (p *PresentationState) check() error {
	if err := p.Common.check(); err != nil {
		return err
	}
	switch {
	case p.Rotation%90 != 0 || p.Rotation < 0 || p.Rotation > 270:
		return message.Errorf("a rotation by %d degrees cannot be written", p.Rotation)
	case !codeString(p.Label):
		return message.Errorf("the label %q is not of capitals, digits and underscores", p.Label)
	case p.Window.LUT == nil && !(p.Window.Width > 0):
		return message.Errorf("a window of width %v cannot be written", p.Window.Width)
	}
	names := map[string]bool{}
	for i := range p.Layers {
		l := &p.Layers[i]
		if !codeString(l.Name) || names[l.Name] {
			return message.Errorf("the layer %q has no name of capitals, digits and underscores of its own", l.Name)
		}
		names[l.Name] = true
		if err := l.check(); err != nil {
			return message.Errorf("layer %s: %w", l.Name, err)
		}
	}
	return nil
}

func (l *GraphicLayer) check() error {
	if len(l.Graphics)+len(l.Texts) == 0 {
		return message.New("it is empty")
	}
	for _, g := range l.Graphics {
		n, ok := len(g.Points), false
		switch g.Type {
		case PointGraphic:
			ok = n == 1
		case PolylineGraphic:
			ok = n >= 2 && n <= 65535
		case CircleGraphic:
			ok = n == 2
		case EllipseGraphic:
			ok = n == 4
		}
		if !ok {
			return message.Errorf("a graphic of kind %q cannot have %d points", g.Type, n)
		}
	}
	for _, t := range l.Texts {
		if strings.TrimSpace(t.Text) == "" || len([]rune(t.Text)) > maxGraphicText {
			return message.Errorf("a text has 1 to %d characters, not %d", maxGraphicText, len([]rune(t.Text)))
		}
	}
	return nil
}

// maxGraphicText is what the VR ST holds.
const maxGraphicText = 1024

// codeString tells what the VR CS can hold.
func codeString(s string) bool {
	return s != "" && len(s) <= 16 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _") == "" &&
		strings.TrimSpace(s) == s
}

func (p *PresentationState) creator() string {
	if p.Source.Anonymous {
		return ""
	}
	return clip(p.Creator, 64)
}

func yesNo(on bool) string {
	if on {
		return "Y"
	}
	return "N"
}

// putModality repeats the picture's modality transform: a state without one
// would undo it.
func putModality(ds *dataset, m dicomio.Modality) {
	if m.LUT != nil {
		item := lutItem(m.LUT)
		item.text(tag.ModalityLUTType, orUnspecified(m.Units))
		ds.sequence(tag.ModalityLUTSequence, item)
		return
	}
	slope := m.Slope
	if slope == 0 {
		slope = 1
	}
	ds.texts([]textElement{{tag.RescaleSlope, decimal(slope)}, {tag.RescaleIntercept, decimal(m.Intercept)},
		{tag.RescaleType, orUnspecified(m.Units)}})
}

func orUnspecified(units string) string {
	if units == "" {
		return "US"
	}
	return units
}

// lutItem writes a table with entries of 16 bits.
func lutItem(l *dicomio.LUT) *dataset {
	ds := &dataset{}
	vr := dcm.VR("US")
	if l.First < 0 {
		vr = "SS"
	}
	ds.words(tag.LUTDescriptor, vr, len(l.Data), int(l.First), max(l.Bits, 1))
	ds.text(tag.LUTExplanation, clip(l.Explanation, 64))
	entries := make([]byte, 0, 2*len(l.Data))
	for _, v := range l.Data {
		entries = binary.LittleEndian.AppendUint16(entries, v)
	}
	ds.bytes(tag.LUTData, "OW", entries)
	return ds
}

// voiItem is an item of the Softcopy VOI LUT Sequence.
func voiItem(w dicomio.Window) *dataset {
	ds := &dataset{}
	if w.LUT != nil {
		ds.sequence(tag.VOILUTSequence, lutItem(w.LUT))
		return ds
	}
	function := w.Function
	if function == "" {
		function = dicomio.Linear
	}
	ds.texts([]textElement{{tag.WindowCenter, decimal(w.Center)}, {tag.WindowWidth, decimal(w.Width)},
		{tag.VOILUTFunction, string(function)}})
	if w.Name != "" {
		ds.text(tag.WindowCenterWidthExplanation, clip(w.Name, 64))
	}
	return ds
}

// area is the Displayed Area: the pixels that are upper left and lower right once the
// picture is turned, in columns and rows from 1 as it is stored (PS3.3 C.10.4).
func (p *PresentationState) area() *dataset {
	a := p.Area
	if a == (Area{}) {
		a = Area{Width: p.Source.Width, Height: p.Source.Height}
	}
	ds := &dataset{}
	left, top, right, bottom := a.X+1, a.Y+1, a.X+a.Width, a.Y+a.Height
	// clockwise from the upper left corner, as stored; each quarter turn brings the one before
	corners := [4][2]int{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
	seen := func(i int) [2]int { return corners[(i+4-p.Rotation/90)%4] }
	first, last := seen(0), seen(2)
	if p.Flip {
		first, last = seen(1), seen(3)
	}
	ds.longs(tag.DisplayedAreaTopLeftHandCorner, first[:]...)
	ds.longs(tag.DisplayedAreaBottomRightHandCorner, last[:]...)
	ds.text(tag.PresentationSizeMode, "SCALE TO FIT")
	ds.text(tag.PresentationPixelAspectRatio, "1", "1")
	return ds
}

func (p *PresentationState) putLayers(ds *dataset) {
	var layers, annotations []*dataset
	for i, l := range p.Layers {
		layer := &dataset{}
		layer.texts([]textElement{{tag.GraphicLayer, l.Name}, {tag.GraphicLayerOrder, strconv.Itoa(i + 1)},
			{tag.GraphicLayerDescription, clip(l.Description, 64)}})
		layers = append(layers, layer)
		annotations = append(annotations, l.item())
	}
	if len(layers) > 0 {
		ds.sequence(tag.GraphicLayerSequence, layers...)
		ds.sequence(tag.GraphicAnnotationSequence, annotations...)
	}
}

// item is what a layer holds.
func (l *GraphicLayer) item() *dataset {
	ds := &dataset{}
	ds.text(tag.GraphicLayer, l.Name)
	var graphics, texts []*dataset
	for _, g := range l.Graphics {
		graphics = append(graphics, g.item())
	}
	for _, t := range l.Texts {
		item := &dataset{}
		item.text(tag.AnchorPointAnnotationUnits, "PIXEL")
		item.text(tag.UnformattedTextValue, t.Text)
		item.points(tag.AnchorPoint, t.Anchor)
		item.text(tag.AnchorPointVisibility, yesNo(t.Visible))
		texts = append(texts, item)
	}
	if graphics != nil {
		ds.sequence(tag.GraphicObjectSequence, graphics...)
	}
	if texts != nil {
		ds.sequence(tag.TextObjectSequence, texts...)
	}
	return ds
}

func (g *Graphic) item() *dataset {
	ds := &dataset{}
	ds.text(tag.GraphicAnnotationUnits, "PIXEL")
	ds.words(tag.GraphicDimensions, "", 2)
	ds.words(tag.NumberOfGraphicPoints, "", len(g.Points))
	ds.points(tag.GraphicData, g.Points...)
	ds.text(tag.GraphicType, string(g.Type))
	if g.closed() {
		ds.text(tag.GraphicFilled, yesNo(g.Filled))
	}
	return ds
}

func (g *Graphic) closed() bool {
	switch g.Type {
	case CircleGraphic, EllipseGraphic:
		return true
	case PolylineGraphic:
		return g.Points[0] == g.Points[len(g.Points)-1]
	}
	return false
}
