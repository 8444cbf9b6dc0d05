package dicomio

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// The SOP classes that are written (PS3.6 annex A).
const (
	classDX = "1.2.840.10008.5.1.4.1.1.1.1" // Digital X-Ray Image Storage - For Presentation
	classSC = "1.2.840.10008.5.1.4.1.1.7"   // Secondary Capture
)

// WriteDICOM writes a grey picture (Samples 1, BitsStored 8 to 16) as an
// Explicit VR Little Endian file: a Digital X-Ray image when im.Study.Modality
// is DX, a Secondary Capture otherwise. What im.Assurance does not know of the
// pixels is left out, also where the class asks for it. Missing UIDs are derived from the
// picture and the study's names, so the same input gives the same bytes.
func WriteDICOM(w io.Writer, im *Image) error {
	if err := writable(im); err != nil {
		return message.Errorf("writing DICOM: %w", err)
	}
	var b dcm.Builder
	study := completeStudy(im)
	class := classSC
	if study.Modality == "DX" {
		class = classDX
	}
	putStudy(&b, study, class)
	putPixels(&b, im)
	putDisplay(&b, im)
	putSpacing(&b, im.Spacing, class)
	im.Assurance.Lossy.put(&b)
	if im.Assurance.BurnedIn != "" {
		b.Text(tagBurnedIn, "CS", im.Assurance.BurnedIn)
	}
	if class == classDX {
		putRadiograph(&b, study, im.Inverted)
	} else {
		b.Text(0x00080064, "CS", "WSD") // Conversion Type: workstation
	}
	if err := (dcm.Head{Class: class, Instance: study.InstanceUID, Syntax: dcm.ExplicitLE}).WriteTo(w, &b); err != nil {
		return message.Errorf("writing DICOM: %w", err)
	}
	return nil
}

func writable(im *Image) error {
	switch {
	case im.Samples != 1:
		return message.New("only grey pictures can be written")
	case im.BitsStored < 1 || im.BitsStored > 16:
		return message.Errorf("%d bits stored are not possible", im.BitsStored)
	case im.Width < 1 || im.Height < 1 || im.Width > 65535 || im.Height > 65535:
		return message.Errorf("a size of %d x %d is not possible", im.Width, im.Height)
	case len(im.Stored) != im.Width*im.Height:
		return message.Errorf("%d values are given for %d x %d pixels", len(im.Stored), im.Width, im.Height)
	}
	lo, hi := im.ValueRange()
	least, most := int32(0), int32(1)<<im.BitsStored-1
	if im.Signed {
		least, most = -(1 << (im.BitsStored - 1)), 1<<(im.BitsStored-1)-1
	}
	if lo < least || hi > most {
		return message.Errorf("values from %d to %d do not fit %d bits", lo, hi, im.BitsStored)
	}
	return nil
}

// completeStudy fills in the UIDs and the modality.
func completeStudy(im *Image) Study {
	s := im.Study
	if s.StudyUID == "" {
		s.StudyUID = DeriveUID("study", s.PatientID, s.PatientName, s.StudyDate, s.Accession)
	}
	if s.SeriesUID == "" {
		s.SeriesUID = DeriveUID("series", s.StudyUID, s.SeriesDescription, s.ViewPosition)
	}
	if s.InstanceUID == "" {
		s.InstanceUID = pixelsUID(s.SeriesUID, im.Stored)
	}
	if s.Modality == "" {
		s.Modality = "OT"
	}
	return s
}

// DeriveUID makes a UID under 2.25 (PS3.5 B.2) out of any strings; equal
// strings give the same UID.
func DeriveUID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return uidOf(h.Sum(nil))
}

// pixelsUID is DeriveUID of a series and the stored values in 16 bits.
func pixelsUID(series string, stored []int32) string {
	h := sha256.New()
	fmt.Fprintf(h, "8:instance%d:%s%d:", len(series), series, 2*len(stored))
	_ = writeWords(h, stored, 16) // a hash takes everything
	return uidOf(h.Sum(nil))
}

// uidOf makes a UID of a hash.
func uidOf(hash []byte) string {
	sum := slices.Clone(hash[:16])
	sum[6] = sum[6]&0x0F | 0x80 // UUID version 8, variant 10: RFC 9562
	sum[8] = sum[8]&0x3F | 0x80
	return "2.25." + new(big.Int).SetBytes(sum).String()
}

func putStudy(b *dcm.Builder, s Study, class string) {
	putSubject(b, s, class)
	b.Text(tagImageType, "CS", "DERIVED", "PRIMARY")
	putTexts(b, []textElement{
		{0x00080021, "DA", s.StudyDate}, {0x00080023, "DA", s.StudyDate}, {0x00080031, "TM", s.StudyTime}, {0x00080033, "TM", s.StudyTime},
		{tagModality, "CS", s.Modality}, {tagManufacturer, "LO", s.Manufacturer}, {tagInstitution, "LO", s.Institution},
		{tagSeriesDescription, "LO", s.SeriesDescription}, {tagBodyPart, "CS", s.BodyPart}, {tagViewPosition, "CS", s.ViewPosition},
		{tagSeriesUID, "UI", s.SeriesUID}, {tagSeriesNumber, "IS", "1"}, {tagInstanceNumber, "IS", "1"},
		{tagPatientOrientation, "CS", s.PatientOrientation},
	})
	if s.Laterality != "" {
		b.Text(tagImageLaterality, "CS", s.Laterality)
	}
}

// putSubject writes what objects of every kind have: identity, patient, study.
func putSubject(b *dcm.Builder, s Study, class string) {
	putTexts(b, []textElement{
		{tagCharset, "CS", "ISO_IR 192"}, {tagSOPClass, "UI", class}, {tagSOPInstance, "UI", s.InstanceUID},
		{tagStudyDate, "DA", s.StudyDate}, {tagStudyTime, "TM", s.StudyTime}, {tagAccession, "SH", s.Accession}, {0x00080090, "PN", ""},
		{tagStudyDescription, "LO", s.StudyDescription}, {tagPatientName, "PN", s.PatientName}, {tagPatientID, "LO", s.PatientID},
		{tagPatientBirthDate, "DA", s.PatientBirthDate}, {tagPatientSex, "CS", s.PatientSex}, {tagPatientAge, "AS", s.PatientAge},
		{tagStudyUID, "UI", s.StudyUID}, {tagStudyID, "SH", ""},
	})
}

// textElement is one value of text.
type textElement struct {
	tag   dcm.Tag
	vr    dcm.VR
	value string
}

func putTexts(b *dcm.Builder, list []textElement) {
	for _, e := range list {
		b.Text(e.tag, e.vr, e.value)
	}
}

func putPixels(b *dcm.Builder, im *Image) {
	allocated, vr := 8, dcm.VR("OB")
	if im.BitsStored > 8 {
		allocated, vr = 16, "OW"
	}
	photometric, representation := "MONOCHROME2", uint16(0)
	if im.Inverted {
		photometric = "MONOCHROME1"
	}
	if im.Signed {
		representation = 1
	}
	b.Uint16(tagSamples, "US", 1)
	b.Text(tagPhotometric, "CS", photometric)
	b.Uint16(tagRows, "US", uint16(im.Height))
	b.Uint16(tagColumns, "US", uint16(im.Width))
	b.Uint16(tagBitsAllocated, "US", uint16(allocated))
	b.Uint16(tagBitsStored, "US", uint16(im.BitsStored))
	b.Uint16(tagHighBit, "US", uint16(im.BitsStored-1))
	b.Uint16(tagPixelRepresentation, "US", representation)
	if im.Padding != nil {
		vr := dcm.VR("US")
		if im.Signed {
			vr = "SS"
		}
		b.Uint16(tagPaddingValue, vr, uint16(im.Padding.Lo))
		b.Uint16(tagPaddingLimit, vr, uint16(im.Padding.Hi))
	}
	b.Stream(dcm.PixelData, vr, int64(len(im.Stored)*allocated/8), func(w io.Writer) error {
		return writeMasked(w, im.Stored, im.BitsStored)
	})
}

// writeMasked writes the lowest bits of the values in words of 8 or 16.
func writeMasked(w io.Writer, stored []int32, bits int) error {
	mask := int32(1)<<bits - 1
	part := make([]int32, min(len(stored), piece))
	for len(stored) > 0 {
		n := copy(part, stored)
		for i := range part[:n] {
			part[i] &= mask
		}
		if err := writeWords(w, part[:n], bits); err != nil {
			return err
		}
		stored = stored[n:]
	}
	return nil
}

// putDisplay writes rescale, windows and presentation shape. A modality LUT is
// not written; callers with one have applied it.
func putDisplay(b *dcm.Builder, im *Image) {
	slope, units := im.Modality.Slope, im.Modality.Units
	if slope == 0 {
		slope = 1
	}
	if units == "" {
		units = "US" // unspecified
	}
	b.Text(tagRescaleSlope, "DS", decimal(slope))
	b.Text(tagRescaleIntercept, "DS", decimal(im.Modality.Intercept))
	b.Text(tagRescaleType, "LO", units)
	var centers, widths, names []string
	function := WindowFunction("")
	for _, w := range im.VOI {
		if w.LUT != nil || function != "" && w.Function != function {
			continue // one function for all is what the header can say
		}
		function = w.Function
		centers, widths, names = append(centers, decimal(w.Center)), append(widths, decimal(w.Width)), append(names, w.Name)
	}
	if len(centers) > 0 {
		b.Text(tagWindowCenter, "DS", centers...)
		b.Text(tagWindowWidth, "DS", widths...)
		b.Text(tagWindowName, "LO", names...)
		b.Text(tagWindowFunction, "CS", string(function))
	}
	shape := "IDENTITY"
	if im.Inverted {
		shape = "INVERSE"
	}
	b.Text(tagPresentationShape, "CS", shape)
}

// decimal writes a number in the 16 bytes of a DS.
func decimal(v float64) string {
	for digits := 15; digits > 0; digits-- {
		if s := strconv.FormatFloat(v, 'g', digits, 64); len(s) <= 16 {
			return s
		}
	}
	return "0"
}

func putSpacing(b *dcm.Builder, s Spacing, class string) {
	if s.Source == SpacingUnknown || s.Row <= 0 || s.Column <= 0 {
		return
	}
	value := strings.Join([]string{decimal(s.Row), decimal(s.Column)}, "\\")
	switch {
	case s.Source == SpacingCalibrated, s.Source == SpacingMagnified:
		b.Text(tagPixelSpacing, "DS", value)
		b.Text(tagCalibrationType, "CS", "GEOMETRY")
	case s.Source == SpacingStated:
		b.Text(tagPixelSpacing, "DS", value)
	case class == classSC:
		b.Text(tagNominalSpacing, "DS", value)
	default:
		b.Text(tagImagerSpacing, "DS", value)
	}
}

// putRadiograph adds what a Digital X-Ray image needs besides (PS3.3 A.26).
func putRadiograph(b *dcm.Builder, s Study, inverted bool) {
	b.Text(0x00080068, "CS", "FOR PRESENTATION")
	b.Text(0x00187004, "CS", "DIRECT") // Detector Type
	b.Text(0x00281040, "CS", "LOG")    // Pixel Intensity Relationship
	sign := int16(-1)                  // higher values mean less X-ray: bone is bright
	if inverted {
		sign = 1
	}
	b.Uint16(0x00281041, "SS", uint16(sign))
	if s.Laterality == "" {
		b.Text(tagImageLaterality, "CS", "U")
	}
	if s.BodyPart != "CHEST" {
		return
	}
	chest := &dcm.Builder{}
	chest.Text(0x00080100, "SH", "43799004")
	chest.Text(0x00080102, "SH", "SCT")
	chest.Text(0x00080104, "LO", "Thorax")
	b.Sequence(0x00082218, chest) // Anatomic Region Sequence
}
