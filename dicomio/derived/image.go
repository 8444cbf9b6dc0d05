package derived

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// WriteImage writes a grey picture (Samples 1, BitsStored 8 to 16) as an
// Explicit VR Little Endian file: a Digital X-Ray image when im.Header.Modality
// is DX, a Secondary Capture otherwise. What im.Assurance does not know of the
// pixels is left out, also where the class asks for it. Missing UIDs are derived from the
// picture and the study's names, so the same input gives the same bytes.
func WriteImage(w io.Writer, im *dicomio.Image) error {
	if err := writable(im); err != nil {
		return message.Errorf("writing DICOM: %w", err)
	}
	var ds dataset
	study := completeStudy(im)
	class := dcm.ClassSecondaryCapture
	if study.Modality == "DX" {
		class = dcm.ClassDigitalXRay
	}
	putStudy(&ds, study, class)
	putPixels(&ds, im)
	putDisplay(&ds, im)
	putSpacing(&ds, im.Spacing, class)
	describeLoss(&ds, im.Assurance.Lossy)
	if im.Assurance.BurnedIn != "" {
		ds.text(tag.BurnedInAnnotation, im.Assurance.BurnedIn)
	}
	if class == dcm.ClassDigitalXRay {
		putRadiograph(&ds, study, im.Inverted)
	} else {
		ds.text(tag.ConversionType, "WSD") // workstation
	}
	if err := ds.writeTo(w, class, study.InstanceUID); err != nil {
		return message.Errorf("writing DICOM: %w", err)
	}
	return nil
}

func writable(im *dicomio.Image) error {
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
func completeStudy(im *dicomio.Image) dicomio.Header {
	s := im.Header
	if s.StudyUID == "" {
		s.StudyUID = dcm.DeriveUID("study", s.PatientID, s.PatientName, s.StudyDate, s.Accession)
	}
	if s.SeriesUID == "" {
		s.SeriesUID = dcm.DeriveUID("series", s.StudyUID, s.SeriesDescription, s.ViewPosition)
	}
	if s.InstanceUID == "" {
		s.InstanceUID = pixelsUID(s.SeriesUID, im.Stored)
	}
	if s.Modality == "" {
		s.Modality = "OT"
	}
	return s
}

// pixelsUID is DeriveUID of a series and the stored values in 16 bits.
func pixelsUID(series string, stored []int32) string {
	h := sha256.New()
	fmt.Fprintf(h, "8:instance%d:%s%d:", len(series), series, 2*len(stored))
	_ = pixeldata.WriteWords(h, stored, 16) // a hash takes everything
	return dcm.UIDOf(h.Sum(nil))
}

func putStudy(ds *dataset, s dicomio.Header, class string) {
	putSubject(ds, s, class)
	ds.text(tag.ImageType, "DERIVED", "PRIMARY")
	ds.texts([]textElement{
		{tag.SeriesDate, s.StudyDate}, {tag.ContentDate, s.StudyDate}, {tag.SeriesTime, s.StudyTime},
		{tag.ContentTime, s.StudyTime},
		{tag.Modality, s.Modality}, {tag.Manufacturer, s.Manufacturer}, {tag.InstitutionName, s.Institution},
		{tag.SeriesDescription, s.SeriesDescription}, {tag.BodyPartExamined, s.BodyPart},
		{tag.ViewPosition, s.ViewPosition},
		{tag.SeriesInstanceUID, s.SeriesUID}, {tag.SeriesNumber, "1"}, {tag.InstanceNumber, "1"},
		{tag.PatientOrientation, s.PatientOrientation},
	})
	if s.Laterality != "" {
		ds.text(tag.ImageLaterality, s.Laterality)
	}
}

// putSubject writes what objects of every kind have: identity, patient, study.
func putSubject(ds *dataset, s dicomio.Header, class string) {
	ds.texts([]textElement{
		{tag.SpecificCharacterSet, "ISO_IR 192"}, {tag.SOPClassUID, class}, {tag.SOPInstanceUID, s.InstanceUID},
		{tag.StudyDate, s.StudyDate}, {tag.StudyTime, s.StudyTime}, {tag.AccessionNumber, s.Accession},
		{tag.ReferringPhysicianName, ""},
		{tag.StudyDescription, s.StudyDescription}, {tag.PatientName, s.PatientName}, {tag.PatientID, s.PatientID},
		{tag.PatientBirthDate, s.PatientBirthDate}, {tag.PatientSex, s.PatientSex}, {tag.PatientAge, s.PatientAge},
		{tag.StudyInstanceUID, s.StudyUID}, {tag.StudyID, ""},
	})
}

func putPixels(ds *dataset, im *dicomio.Image) {
	allocated, vr := 8, dcm.VR("OB")
	if im.BitsStored > 8 {
		allocated, vr = 16, "OW"
	}
	photometric, representation := "MONOCHROME2", 0
	if im.Inverted {
		photometric = "MONOCHROME1"
	}
	if im.Signed {
		representation = 1
	}
	ds.words(tag.SamplesPerPixel, "", 1)
	ds.text(tag.PhotometricInterpretation, photometric)
	ds.words(tag.Rows, "", im.Height)
	ds.words(tag.Columns, "", im.Width)
	ds.words(tag.BitsAllocated, "", allocated)
	ds.words(tag.BitsStored, "", im.BitsStored)
	ds.words(tag.HighBit, "", im.BitsStored-1)
	ds.words(tag.PixelRepresentation, "", representation)
	if im.Padding != nil {
		vr := dcm.VR("US")
		if im.Signed {
			vr = "SS"
		}
		ds.words(tag.PixelPaddingValue, vr, int(im.Padding.Lo))
		ds.words(tag.PixelPaddingRangeLimit, vr, int(im.Padding.Hi))
	}
	ds.stream(vr, int64(len(im.Stored)*allocated/8), func(w io.Writer) error {
		return pixeldata.WriteMasked(w, im.Stored, im.BitsStored)
	})
}

// putDisplay writes rescale, windows and presentation shape. A modality LUT is
// not written; callers with one have applied it.
func putDisplay(ds *dataset, im *dicomio.Image) {
	slope, units := im.Modality.Slope, im.Modality.Units
	if slope == 0 {
		slope = 1
	}
	if units == "" {
		units = "US" // unspecified
	}
	ds.text(tag.RescaleSlope, decimal(slope))
	ds.text(tag.RescaleIntercept, decimal(im.Modality.Intercept))
	ds.text(tag.RescaleType, units)
	var centers, widths, names []string
	function := dicomio.WindowFunction("")
	for _, w := range im.VOI {
		if w.LUT != nil || function != "" && w.Function != function {
			continue // one function for all is what the header can say
		}
		function = w.Function
		centers, widths, names = append(centers, decimal(w.Center)), append(widths, decimal(w.Width)),
			append(names, w.Name)
	}
	if len(centers) > 0 {
		ds.text(tag.WindowCenter, centers...)
		ds.text(tag.WindowWidth, widths...)
		ds.text(tag.WindowCenterWidthExplanation, names...)
		ds.text(tag.VOILUTFunction, string(function))
	}
	shape := "IDENTITY"
	if im.Inverted {
		shape = "INVERSE"
	}
	ds.text(tag.PresentationLUTShape, shape)
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

func putSpacing(ds *dataset, s dicomio.Spacing, class string) {
	if s.Source == dicomio.SpacingUnknown || s.Row <= 0 || s.Column <= 0 {
		return
	}
	value := strings.Join([]string{decimal(s.Row), decimal(s.Column)}, "\\")
	switch {
	case s.Source == dicomio.SpacingCalibrated, s.Source == dicomio.SpacingMagnified:
		ds.text(tag.PixelSpacing, value)
		ds.text(tag.PixelSpacingCalibrationType, "GEOMETRY")
	case s.Source == dicomio.SpacingStated:
		ds.text(tag.PixelSpacing, value)
	case class == dcm.ClassSecondaryCapture:
		ds.text(tag.NominalScannedPixelSpacing, value)
	default:
		ds.text(tag.ImagerPixelSpacing, value)
	}
}

// putRadiograph adds what a Digital X-Ray image needs besides (PS3.3 A.26).
func putRadiograph(ds *dataset, s dicomio.Header, inverted bool) {
	ds.text(tag.PresentationIntentType, "FOR PRESENTATION")
	ds.text(tag.DetectorType, "DIRECT")
	ds.text(tag.PixelIntensityRelationship, "LOG")
	sign := -1 // higher values mean less X-ray: bone is bright
	if inverted {
		sign = 1
	}
	ds.words(tag.PixelIntensityRelationshipSign, "", sign)
	ds.text(tag.PositionerType, "") // unknown, as is the context: they must be there (PS3.3 C.8.11.5, C.7.6.14)
	ds.sequence(tag.AcquisitionContextSequence)
	if s.Laterality == "" {
		ds.text(tag.ImageLaterality, "U")
	}
	if s.BodyPart != "CHEST" {
		return
	}
	ds.sequence(tag.AnatomicRegionSequence, Code{"43799004", "SCT", "Thorax"}.item())
}
