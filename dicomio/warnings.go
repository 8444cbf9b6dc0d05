package dicomio

import (
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// imageWarnings lists what a reader should know before believing a score, and what to
// do: that the file is no chest film, no frontal view, or does not lie as it
// should.
func imageWarnings(im *Image) []message.Message {
	var out []message.Message
	if im.Samples == 3 {
		out = append(out, message.Of("The picture is in colour and a film is grey: rely on no finding unless it is a film that was photographed or scanned."))
	}
	out = append(out, acquisitionWarnings(&im.Header)...)
	if im.Samples == 1 && frontalChest(&im.Header) {
		if d := checkOrientation(im).warning(); !d.IsZero() {
			out = append(out, d)
		}
	}
	return out
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
		out = append(out, said)
	}
	if s.Find(tag.BurnedInAnnotation).Text() == "YES" {
		out = append(out, message.Of("Text is burnt into the picture."))
	}
	return out
}

func acquisitionWarnings(s *Header) []message.Message {
	var out []message.Message
	if s.Modality != "" && !slices.Contains(radiographs, s.Modality) {
		out = append(out, message.Of("The modality is %s, not a radiograph (CR or DX): the findings mean nothing for it.", s.Modality))
	}
	if s.BodyPart != "" && !isChest(s.BodyPart) {
		out = append(out, message.Of("The body part is %s, not the chest: the findings mean nothing for it.", s.BodyPart))
	}
	kind := projectionOf(s.ViewPosition)
	rows, columns, _ := strings.Cut(strings.ToUpper(s.PatientOrientation), `\`)
	sideways := strings.HasPrefix(rows, "A") || strings.HasPrefix(rows, "P") || strings.HasPrefix(columns, "A") ||
		strings.HasPrefix(columns, "P")
	if sideways && (kind == projectionPA || kind == projectionAP) {
		out = append(out, message.Of("The header calls the view %s, but its orientation is that of a lateral film: look which it is before you rely on a finding.", s.ViewPosition))
	}
	if d := viewWarning(s.ViewPosition); !d.IsZero() {
		out = append(out, d)
	} else if kind == projectionUnknown && s.ViewPosition == "" && sideways {
		out = append(out, message.Of(lateralWarning))
	}
	if containsAny(strings.ToUpper(s.StudyDescription+" "+s.SeriesDescription), portable) {
		out = append(out, message.Of("The film was taken with a portable device: compare it with films taken in the same way."))
	}
	frontal := kind == projectionPA || kind == projectionAP || kind == projectionUnknown && !sideways
	if d := storedOrientationWarning(rows, columns, frontal); !d.IsZero() {
		out = append(out, d)
	}
	return out
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
	kind := projectionOf(s.ViewPosition)
	return (s.BodyPart == "" || isChest(s.BodyPart)) &&
		(kind == projectionUnknown || kind == projectionPA || kind == projectionAP)
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
