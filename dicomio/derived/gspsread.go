package derived

import (
	"slices"

	"hilum/dicomio"
	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// ReadPresentationState reads a presentation state of one picture. name stands
// for the file in messages. Graphics in display coordinates and of kinds that are
// not written here are left out.
func ReadPresentationState(name string, data []byte) (p *PresentationState, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	f, err := scanObject(name, data, "grayscale presentation state", dcm.ClassGSPS)
	if err != nil {
		return nil, err
	}
	s := f.Elements
	c := charset.Of(s, charset.Unstated())
	p = &PresentationState{
		Common: readDerived(s, tag.PresentationCreationDate, tag.PresentationCreationTime),
		Label:  s.Find(tag.ContentLabel).Text(), Description: c.Text(s.Find(tag.ContentDescription)),
		Creator: c.Text(s.Find(tag.ContentCreatorName)),
		Inverse: s.Find(tag.PresentationLUTShape).Text() == "INVERSE",
		Flip:    s.Find(tag.ImageHorizontalFlip).Text() == "Y",
	}
	if err := readReferenced(s, &p.Source); err != nil {
		return nil, fileio.Damaged(name, err)
	}
	if w := s.Find(tag.ImageRotation).Uint16s(); len(w) == 1 {
		p.Rotation = int(w[0])
	}
	p.Modality = dicomio.ReadModality(s)
	for _, voi := range s.Items(tag.SoftcopyVOILUTSequence) {
		if list := dicomio.ReadWindows(voi, p.Modality); len(list) > 0 {
			p.Window = list[0]
		}
	}
	p.readArea(s)
	p.readLayers(s, c)
	return p, nil
}

// readReferenced takes the identity of the one picture that is referred to.
func readReferenced(s dcm.Set, source *Source) error {
	for _, series := range s.Items(tag.ReferencedSeriesSequence) {
		for _, image := range series.Items(tag.ReferencedImageSequence) {
			source.Class = image.Find(tag.ReferencedSOPClassUID).Text()
			source.Header.InstanceUID = image.Find(tag.ReferencedSOPInstanceUID).Text()
			source.Header.SeriesUID = series.Find(tag.SeriesInstanceUID).Text()
			return nil
		}
	}
	return message.New("it refers to no picture")
}

func (p *PresentationState) readArea(s dcm.Set) {
	areas := s.Items(tag.DisplayedAreaSelectionSequence)
	if len(areas) == 0 {
		return
	}
	from, to := areas[0].Find(tag.DisplayedAreaTopLeftHandCorner).Uint32s(),
		areas[0].Find(tag.DisplayedAreaBottomRightHandCorner).Uint32s()
	if len(from) == 2 && len(to) == 2 {
		a, b := int(int32(from[0])), int(int32(to[0])) // in either order, as the picture is turned
		c, d := int(int32(from[1])), int(int32(to[1]))
		p.Area = Area{X: min(a, b) - 1, Y: min(c, d) - 1, Width: max(a, b) - min(a, b) + 1, Height: max(c, d) - min(c, d) + 1}
	}
}

func (p *PresentationState) readLayers(s dcm.Set, c *charset.Set) {
	order := map[string]int{}
	for _, l := range s.Items(tag.GraphicLayerSequence) {
		layer := GraphicLayer{Name: l.Find(tag.GraphicLayer).Text(),
			Description: c.Text(l.Find(tag.GraphicLayerDescription))}
		order[layer.Name] = int(l.Find(tag.GraphicLayerOrder).Number(0))
		p.Layers = append(p.Layers, layer)
	}
	slices.SortStableFunc(p.Layers, func(a, b GraphicLayer) int { return order[a.Name] - order[b.Name] })
	for _, a := range s.Items(tag.GraphicAnnotationSequence) {
		name := a.Find(tag.GraphicLayer).Text()
		i := slices.IndexFunc(p.Layers, func(l GraphicLayer) bool { return l.Name == name })
		if i < 0 {
			i = len(p.Layers)
			p.Layers = append(p.Layers, GraphicLayer{Name: name})
		}
		p.Layers[i].read(a, c)
	}
}

// read adds what an item of the annotations holds.
func (l *GraphicLayer) read(a dcm.Set, c *charset.Set) {
	for _, g := range a.Items(tag.GraphicObjectSequence) {
		graphic := Graphic{Type: GraphicType(g.Find(tag.GraphicType).Text()),
			Points: pointsOf(g.Find(tag.GraphicData)), Filled: g.Find(tag.GraphicFilled).Text() == "Y"}
		one := GraphicLayer{Graphics: []Graphic{graphic}}
		if g.Find(tag.GraphicAnnotationUnits).Text() == "PIXEL" && one.check() == nil {
			l.Graphics = append(l.Graphics, graphic)
		}
	}
	for _, t := range a.Items(tag.TextObjectSequence) {
		anchor := pointsOf(t.Find(tag.AnchorPoint))
		if t.Find(tag.AnchorPointAnnotationUnits).Text() == "PIXEL" && len(anchor) == 1 {
			l.Texts = append(l.Texts, GraphicText{Text: c.Text(t.Find(tag.UnformattedTextValue)), Anchor: anchor[0],
				Visible: t.Find(tag.AnchorPointVisibility).Text() == "Y"})
		}
	}
}
