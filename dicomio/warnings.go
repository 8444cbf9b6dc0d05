package dicomio

import (
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// cautions are what a reader should know before believing a score, and what to do:
// that the file is no chest film, no frontal view, or does not lie as it should, apart
// from what leaves a score its meaning.
type cautions struct{ unsuited, others []message.Message }

func (c *cautions) unsuit(m message.Message) {
	if !m.IsZero() {
		c.unsuited = append(c.unsuited, m)
	}
}

func (c *cautions) warn(m message.Message) {
	if !m.IsZero() {
		c.others = append(c.others, m)
	}
}

// all are the cautions, the most serious first.
func (c *cautions) all() []message.Message { return slices.Concat(c.unsuited, c.others) }

// judge says in a decoded picture what speaks against scoring it, before what was said
// of it while it was read.
func judge(im *Image) {
	c := imageCautions(im)
	im.Unsuited = c.unsuited
	im.Warnings = slices.Concat(c.all(), im.Warnings)
}

// imageCautions are those of a picture and its header.
func imageCautions(im *Image) *cautions {
	c := acquisitionCautions(&im.Header)
	if im.Samples == 3 {
		c.unsuit(message.Of("The picture is in colour and a film is grey: rely on no finding unless it is a film that was photographed or scanned."))
	}
	if im.Samples == 1 && frontalChest(&im.Header) {
		c.unsuit(checkOrientation(im).warning())
	}
	return c
}

// The words by which headers name what is wanted, upper case.
var (
	radiographs = []string{"CR", "DX", "RG", "DR", "RF", "PX", "OT", "SC"} // also general captures
	chestWords  = []string{"CHEST", "THORAX", "THORACIC CAVITY", "LUNG", "RIB", "STERNUM", "TORAX", "THX", "HEART",
		"MEDIASTIN", "BRUST"}
	portable = []string{"PORTABLE", "BEDSIDE", "MOBILE"}
)

// headerWarnings lists what the header itself admits.
func headerWarnings(s dcm.Set) []message.Message {
	var out []message.Message
	if s.Find(tag.LossyImageCompression).Text() == "01" {
		said := message.Of("The picture was compressed with loss.")
		if r := s.Find(tag.LossyImageCompressionRatio).Number(0); r > 1 {
			said = message.Of("The picture was compressed with loss (%.3g:1).", r)
		}
		out = append(out, said.Minor())
	}
	if s.Find(tag.BurnedInAnnotation).Text() == "YES" {
		out = append(out, message.Of("Text is burnt into the picture."))
	}
	return out
}

// acquisitionCautions are those of how the header says that the picture was taken.
func acquisitionCautions(s *Header) *cautions {
	var c cautions
	if s.Modality != "" && !slices.Contains(radiographs, s.Modality) {
		c.unsuit(message.Of("The modality is %s, not a radiograph (CR or DX): the findings mean nothing for it.",
			s.Modality))
	}
	if s.BodyPart != "" && !isChest(s.BodyPart) {
		c.unsuit(message.Of("The body part is %s, not the chest: the findings mean nothing for it.", s.BodyPart))
	}
	view := s.Projection()
	rows, columns, _ := strings.Cut(strings.ToUpper(s.PatientOrientation), `\`)
	sideways := strings.HasPrefix(rows, "A") || strings.HasPrefix(rows, "P") || strings.HasPrefix(columns, "A") ||
		strings.HasPrefix(columns, "P")
	switch {
	case sideways && (view == ProjectionPA || view == ProjectionAP):
		c.unsuit(message.Of("The header calls the view %s, but its orientation is that of a lateral film: look which it is before you rely on a finding.", s.ViewPosition))
	case view == ProjectionLateral || view == ProjectionUnknown && s.ViewPosition == "" && sideways:
		c.unsuit(message.Of(lateralWarning))
	case view == ProjectionOblique:
		c.unsuit(message.Of("The view is oblique (%s) and the model expects a frontal one: open the frontal film of this study.", s.ViewPosition))
	}
	frontal := view == ProjectionPA || view == ProjectionAP || view == ProjectionUnknown && !sideways
	c.unsuit(storedOrientationWarning(rows, columns, frontal))
	c.warn(viewWarning(view, s.ViewPosition))
	if containsAny(strings.ToUpper(s.StudyDescription+" "+s.SeriesDescription), portable) {
		c.warn(message.Of("The film was taken with a portable device: compare it with films taken in the same way."))
	}
	return &c
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// frontalChest says whether the header does not speak against a frontal chest
// film.
func frontalChest(s *Header) bool {
	if s.Modality != "" && !slices.Contains(radiographs, s.Modality) {
		return false
	}
	view := s.Projection()
	return (s.BodyPart == "" || isChest(s.BodyPart)) &&
		(view == ProjectionUnknown || view == ProjectionPA || view == ProjectionAP)
}

// thumbnailSide is the size to which a film is thinned out before its orientation is
// looked at.
const thumbnailSide = 128

// thumbnail takes every so many-th grey value.
func thumbnail(im *Image) *Image {
	step := max(1, min(im.Width, im.Height)/thumbnailSide)
	out := *im
	out.stats, out.Stored, out.Samples = nil, nil, 1
	out.Width, out.Height = 0, 0
	for y := 0; y < im.Height; y += step {
		for x := 0; x < im.Width; x += step {
			out.Stored = append(out.Stored, im.luma(y*im.Width+x))
		}
		out.Height++
	}
	out.Width = len(out.Stored) / out.Height
	out.stats = &stats{}
	return &out
}
