package dicomio

import (
	"strings"

	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// ReadHeader reads whose picture this is.
func ReadHeader(s dcm.Set) Header {
	set := charset.Of(s, charset.Unstated())
	text := func(t tag.Tag) string {
		e := s.Find(t)
		if e == nil {
			return ""
		}
		return strings.Trim(set.Decode(e.Value, e.VR == "PN"), " \x00")
	}
	v := Header{
		PatientName: text(tag.PatientName), PatientID: text(tag.PatientID), PatientSex: text(tag.PatientSex),
		PatientAge: text(tag.PatientAge), PatientBirthDate: text(tag.PatientBirthDate),
		PatientIDIssuer: text(tag.IssuerOfPatientID),
		StudyUID:        text(tag.StudyInstanceUID), SeriesUID: text(tag.SeriesInstanceUID),
		InstanceUID: text(tag.SOPInstanceUID),
		StudyDate:   text(tag.StudyDate), StudyTime: text(tag.StudyTime), StudyDescription: text(tag.StudyDescription),
		SeriesDescription: text(tag.SeriesDescription), Accession: text(tag.AccessionNumber),
		Modality: text(tag.Modality),
		BodyPart: text(tag.BodyPartExamined), Manufacturer: text(tag.Manufacturer),
		Institution: text(tag.InstitutionName), Station: text(tag.StationName),
		ViewPosition: text(tag.ViewPosition), Laterality: text(tag.ImageLaterality),
		PatientOrientation: strings.ReplaceAll(text(tag.PatientOrientation), " ", ""),
	}
	if v.Laterality == "" {
		v.Laterality = text(tag.Laterality)
	}
	v.readCodes(s)
	return v
}

// readSpacing tells the millimetres of a pixel and where they come from. In
// projection radiography Pixel Spacing differs from Imager Pixel Spacing only
// when somebody calibrated it (PS3.3 10.7.1.3).
func readSpacing(s dcm.Set) Spacing {
	imager, pixel := pair(s.Find(tag.ImagerPixelSpacing)), pair(s.Find(tag.PixelSpacing))
	if imager == nil {
		imager = pair(s.Find(tag.NominalScannedPixelSpacing))
	}
	calibrated := s.Find(tag.PixelSpacingCalibrationType).Text() != ""
	switch {
	case pixel != nil && (calibrated || imager != nil && *imager != *pixel):
		return Spacing{Row: pixel[0], Column: pixel[1], Source: SpacingCalibrated}
	case pixel != nil && imager == nil:
		return Spacing{Row: pixel[0], Column: pixel[1], Source: SpacingStated}
	case imager == nil:
		return Spacing{}
	}
	if m := s.Find(tag.EstimatedRadiographicMagnificationFactor).Number(0); m > 1 && m < 10 {
		return Spacing{Row: imager[0] / m, Column: imager[1] / m, Source: SpacingMagnified}
	}
	return Spacing{Row: imager[0], Column: imager[1], Source: SpacingDetector}
}

// pair reads row and column spacing, nil when they are not two positive
// numbers.
func pair(e *dcm.Element) *[2]float64 {
	v := e.Numbers()
	if len(v) != 2 || !(v[0] > 0 && v[1] > 0 && v[0] < 1000 && v[1] < 1000) {
		return nil
	}
	return &[2]float64{v[0], v[1]}
}

// Person tells patients apart: the name, whatever its case and empty parts, with
// the ID, so that two hospitals' equal numbers do not mix. It is "" where the file
// tells neither.
func (s *Header) Person() string {
	name := strings.ToUpper(strings.TrimRight(s.PatientName, "^ "))
	if name == "" && s.PatientID == "" {
		return ""
	}
	return name + "\x00" + s.PatientID
}

// When sorts the studies of a patient by time; "" without a date.
func (s *Header) When() string {
	if s.StudyDate == "" {
		return ""
	}
	return s.StudyDate + s.StudyTime
}
