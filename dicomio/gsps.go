package dicomio

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// PresentationState says how a picture was looked at: window, polarity,
// orientation, the part that was shown, and what was drawn on it (Grayscale
// Softcopy Presentation State, PS3.3 A.33.1).
type PresentationState struct {
	Derived
	Label       string // capitals, digits, spaces and underscores; 16 characters
	Description string
	Creator     string   // who drew; left out for an anonymous picture
	Modality    Modality // of the picture: windows are in its units
	Window      Window
	Inverse     bool // low values are bright, the file's own polarity included
	Rotation    int  // 0, 90, 180 or 270 degrees clockwise
	Flip        bool // left and right are exchanged, after the rotation
	Area        Box  // the part that was shown, in pixels; the zero value is all
	Layers      []GraphicLayer
}

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
	Kind   GraphicKind
	Points [][2]float32
	Filled bool // only closed shapes can be
}

// GraphicKind is the shape of a graphic (PS3.3 C.10.5.1.2).
type GraphicKind string

// The shapes: a point; a line through points, closed when the last is the
// first; a circle by centre and a point on it; an ellipse by the ends of its
// longer and its shorter axis.
const (
	PointGraphic    GraphicKind = "POINT"
	PolylineGraphic GraphicKind = "POLYLINE"
	CircleGraphic   GraphicKind = "CIRCLE"
	EllipseGraphic  GraphicKind = "ELLIPSE"
)

// GraphicText is text at a point, in pixels.
type GraphicText struct {
	Text    string
	Anchor  [2]float32
	Visible bool // the anchor is to be drawn too
}

const classGSPS = "1.2.840.10008.5.1.4.1.1.11.1"

// The tags of presentation states (PS3.6).
const (
	tagAnnotations   = 0x00700001
	tagLayerName     = 0x00700002
	tagTexts         = 0x00700008
	tagGraphics      = 0x00700009
	tagTextValueGSPS = 0x00700006
	tagAnchor        = 0x00700014
	tagAnchorVisible = 0x00700015
	tagFilled        = 0x00700024
	tagFlip          = 0x00700041
	tagRotation      = 0x00700042
	tagAreaFrom      = 0x00700052
	tagAreaTo        = 0x00700053
	tagAreas         = 0x0070005A
	tagLayers        = 0x00700060
	tagLayerOrder    = 0x00700062
	tagLayerWords    = 0x00700068
	tagLabel         = 0x00700080
	tagLabelWords    = 0x00700081
	tagStateDate     = 0x00700082
	tagStateTime     = 0x00700083
	tagCreator       = 0x00700084
	tagSoftcopyVOI   = 0x00283110
)

// WritePresentationState writes it as Explicit VR Little Endian.
func WritePresentationState(w io.Writer, p *PresentationState) error {
	if err := p.check(); err != nil {
		return message.Errorf("writing a presentation state: %w", err)
	}
	var b dcm.Builder
	p.put(&b, classGSPS, "PR")
	p.putDate(&b, tagStateDate, tagStateTime)
	putTexts(&b, []textElement{
		{tagLaterality, "CS", ""}, {tagLabel, "CS", p.Label}, {tagLabelWords, "LO", clip(p.Description, 64)},
		{tagCreator, "PN", p.creator()},
	})
	b.Sequence(tagReferencedSeries, p.Source.series(tagReferencedImage))
	putModality(&b, p.Modality)
	b.Sequence(tagSoftcopyVOI, voiItem(p.Window))
	shape := "IDENTITY"
	if p.Inverse {
		shape = "INVERSE"
	}
	b.Text(tagPresentationShape, "CS", shape)
	b.Uint16(tagRotation, "US", uint16(p.Rotation))
	b.Text(tagFlip, "CS", yesNo(p.Flip))
	b.Sequence(tagAreas, p.area())
	p.putLayers(&b)
	if err := p.finish(w, &b, classGSPS); err != nil {
		return message.Errorf("writing a presentation state: %w", err)
	}
	return nil
}

func (p *PresentationState) check() error {
	if err := p.Derived.check(); err != nil {
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
		switch g.Kind {
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
			return message.Errorf("a graphic of kind %q cannot have %d points", g.Kind, n)
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
	return s != "" && len(s) <= 16 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _") == "" && strings.TrimSpace(s) == s
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
func putModality(b *dcm.Builder, m Modality) {
	if m.LUT != nil {
		item := lutItem(m.LUT)
		item.Text(tagModalityLUTType, "LO", orUnspecified(m.Units))
		b.Sequence(tagModalityLUT, item)
		return
	}
	slope := m.Slope
	if slope == 0 {
		slope = 1
	}
	putTexts(b, []textElement{{tagRescaleSlope, "DS", decimal(slope)}, {tagRescaleIntercept, "DS", decimal(m.Intercept)},
		{tagRescaleType, "LO", orUnspecified(m.Units)}})
}

func orUnspecified(units string) string {
	if units == "" {
		return "US"
	}
	return units
}

// lutItem writes a table with entries of 16 bits.
func lutItem(l *LUT) *dcm.Builder {
	b := &dcm.Builder{}
	vr := dcm.VR("US")
	if l.First < 0 {
		vr = "SS"
	}
	b.Uint16(tagLUTDescriptor, vr, uint16(len(l.Data)), uint16(l.First), uint16(max(l.Bits, 1)))
	b.Text(tagLUTExplanation, "LO", clip(l.Explanation, 64))
	b.Uint16(tagLUTData, "OW", l.Data...)
	return b
}

// voiItem is an item of the Softcopy VOI LUT Sequence.
func voiItem(w Window) *dcm.Builder {
	b := &dcm.Builder{}
	if w.LUT != nil {
		b.Sequence(tagVOILUT, lutItem(w.LUT))
		return b
	}
	function := w.Function
	if function == "" {
		function = Linear
	}
	putTexts(b, []textElement{{tagWindowCenter, "DS", decimal(w.Center)}, {tagWindowWidth, "DS", decimal(w.Width)},
		{tagWindowFunction, "CS", string(function)}})
	if w.Name != "" {
		b.Text(tagWindowName, "LO", clip(w.Name, 64))
	}
	return b
}

// area is the Displayed Area: corners in pixels from 1.
func (p *PresentationState) area() *dcm.Builder {
	a := p.Area
	if a == (Box{}) {
		a = Box{Width: p.Source.Width, Height: p.Source.Height}
	}
	b := &dcm.Builder{}
	b.Bytes(tagAreaFrom, "SL", longs(a.X+1, a.Y+1))
	b.Bytes(tagAreaTo, "SL", longs(a.X+a.Width, a.Y+a.Height))
	b.Text(0x00700100, "CS", "SCALE TO FIT")
	b.Text(0x00700102, "IS", "1", "1") // Presentation Pixel Aspect Ratio
	return b
}

func longs(v ...int) []byte {
	var out []byte
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, uint32(int32(x)))
	}
	return out
}

func (p *PresentationState) putLayers(b *dcm.Builder) {
	var layers, annotations []*dcm.Builder
	for i, l := range p.Layers {
		layer := &dcm.Builder{}
		putTexts(layer, []textElement{{tagLayerName, "CS", l.Name}, {tagLayerOrder, "IS", strconv.Itoa(i + 1)}, {tagLayerWords, "LO", clip(l.Description, 64)}})
		layers = append(layers, layer)
		annotations = append(annotations, l.item())
	}
	if len(layers) > 0 {
		b.Sequence(tagLayers, layers...)
		b.Sequence(tagAnnotations, annotations...)
	}
}

// item is what a layer holds.
func (l *GraphicLayer) item() *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(tagLayerName, "CS", l.Name)
	var graphics, texts []*dcm.Builder
	for _, g := range l.Graphics {
		graphics = append(graphics, g.item())
	}
	for _, t := range l.Texts {
		item := &dcm.Builder{}
		item.Text(0x00700004, "CS", "PIXEL") // Anchor Point Annotation Units
		item.Text(tagTextValueGSPS, "ST", t.Text)
		item.Bytes(tagAnchor, "FL", floats([][2]float32{t.Anchor}))
		item.Text(tagAnchorVisible, "CS", yesNo(t.Visible))
		texts = append(texts, item)
	}
	if graphics != nil {
		b.Sequence(tagGraphics, graphics...)
	}
	if texts != nil {
		b.Sequence(tagTexts, texts...)
	}
	return b
}

func (g *Graphic) item() *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(0x00700005, "CS", "PIXEL") // Graphic Annotation Units
	b.Uint16(0x00700020, "US", 2)     // Graphic Dimensions
	b.Uint16(0x00700021, "US", uint16(len(g.Points)))
	b.Bytes(tagGraphicData, "FL", floats(g.Points))
	b.Text(tagGraphicType, "CS", string(g.Kind))
	if g.closed() {
		b.Text(tagFilled, "CS", yesNo(g.Filled))
	}
	return b
}

func (g *Graphic) closed() bool {
	switch g.Kind {
	case CircleGraphic, EllipseGraphic:
		return true
	case PolylineGraphic:
		return g.Points[0] == g.Points[len(g.Points)-1]
	}
	return false
}
