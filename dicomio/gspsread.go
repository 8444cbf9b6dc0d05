package dicomio

import (
	"slices"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// ReadPresentationState reads a presentation state of one picture. name stands
// for the file in messages. Graphics in display coordinates and of kinds that are
// not written here are left out.
func ReadPresentationState(name string, data []byte) (p *PresentationState, err error) {
	defer parallel.Recover(failed(name, &err))
	f, err := scanObject(name, data, classGSPS, "grayscale presentation state")
	if err != nil {
		return nil, err
	}
	s := f.Elements
	c := charsetOf(s, &charset{guess: true})
	p = &PresentationState{
		Derived: readDerived(s, tagStateDate, tagStateTime), Label: s.Find(tagLabel).Text(), Description: decodeText(s.Find(tagLabelWords), c),
		Creator: decodeText(s.Find(tagCreator), c), Inverse: s.Find(tagPresentationShape).Text() == "INVERSE", Flip: s.Find(tagFlip).Text() == "Y",
	}
	if err := readReferenced(s, &p.Source); err != nil {
		return nil, damaged(name, err)
	}
	if w := s.Find(tagRotation).Uint16s(); len(w) == 1 {
		p.Rotation = int(w[0])
	}
	im := &Image{BitsStored: 16}
	(&object{name: name, file: f}).readDisplay(im)
	p.Modality = im.Modality
	for _, voi := range s.Items(tagSoftcopyVOI) {
		shown := &Image{BitsStored: 16, Modality: im.Modality}
		in := &object{name: name, file: &dcm.File{Elements: voi}}
		if list := append(in.tables(shown), in.windows(shown)...); len(list) > 0 {
			p.Window = list[0]
		}
	}
	p.readArea(s)
	p.readLayers(s, c)
	return p, nil
}

func decodeText(e *dcm.Element, c *charset) string {
	if e == nil {
		return ""
	}
	return c.decode([]byte(e.Text()), e.VR == "PN")
}

// readReferenced takes the identity of the one picture that is referred to.
func readReferenced(s dcm.Set, source *Source) error {
	for _, series := range s.Items(tagReferencedSeries) {
		for _, image := range series.Items(tagReferencedImage) {
			source.Class = image.Find(tagReferencedClass).Text()
			source.Study.InstanceUID = image.Find(tagReferencedInstance).Text()
			source.Study.SeriesUID = series.Find(tagSeriesUID).Text()
			return nil
		}
	}
	return message.New("it refers to no picture")
}

func (p *PresentationState) readArea(s dcm.Set) {
	areas := s.Items(tagAreas)
	if len(areas) == 0 {
		return
	}
	from, to := areas[0].Find(tagAreaFrom).Uint32s(), areas[0].Find(tagAreaTo).Uint32s()
	if len(from) == 2 && len(to) == 2 {
		x, y := int(int32(from[0])), int(int32(from[1]))
		p.Area = Box{X: x - 1, Y: y - 1, Width: int(int32(to[0])) - x + 1, Height: int(int32(to[1])) - y + 1}
	}
}

func (p *PresentationState) readLayers(s dcm.Set, c *charset) {
	order := map[string]int{}
	for _, l := range s.Items(tagLayers) {
		layer := GraphicLayer{Name: l.Find(tagLayerName).Text(), Description: decodeText(l.Find(tagLayerWords), c)}
		order[layer.Name] = int(number(l.Find(tagLayerOrder), 0))
		p.Layers = append(p.Layers, layer)
	}
	slices.SortStableFunc(p.Layers, func(a, b GraphicLayer) int { return order[a.Name] - order[b.Name] })
	for _, a := range s.Items(tagAnnotations) {
		name := a.Find(tagLayerName).Text()
		i := slices.IndexFunc(p.Layers, func(l GraphicLayer) bool { return l.Name == name })
		if i < 0 {
			i = len(p.Layers)
			p.Layers = append(p.Layers, GraphicLayer{Name: name})
		}
		p.Layers[i].read(a, c)
	}
}

// read adds what an item of the annotations holds.
func (l *GraphicLayer) read(a dcm.Set, c *charset) {
	for _, g := range a.Items(tagGraphics) {
		graphic := Graphic{Kind: GraphicKind(g.Find(tagGraphicType).Text()), Points: pointsOf(g.Find(tagGraphicData)), Filled: g.Find(tagFilled).Text() == "Y"}
		one := GraphicLayer{Graphics: []Graphic{graphic}}
		if g.Find(0x00700005).Text() == "PIXEL" && one.check() == nil {
			l.Graphics = append(l.Graphics, graphic)
		}
	}
	for _, t := range a.Items(tagTexts) {
		anchor := pointsOf(t.Find(tagAnchor))
		if t.Find(0x00700004).Text() == "PIXEL" && len(anchor) == 1 {
			l.Texts = append(l.Texts, GraphicText{Text: decodeText(t.Find(tagTextValueGSPS), c), Anchor: anchor[0], Visible: t.Find(tagAnchorVisible).Text() == "Y"})
		}
	}
}
