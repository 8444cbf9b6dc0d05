// Package dicomio reads the pictures a chest film arrives in: PNG, JPEG and
// DICOM. Its core type is [Image]: the stored values exactly as the file has
// them, together with what is needed to show and to measure them, and warnings of what
// a reader should know first. The rooms below it find pictures (scan), say what a file
// holds (inspect), write objects (derived) and take identity away (deidentify). It
// knows nothing of models or windows on a screen.
package dicomio

import "hilum/internal/message"

// Format names the container a picture came from.
type Format string

// The containers that Decode understands.
const (
	PNG   Format = "PNG"
	JPEG  Format = "JPEG"
	DICOM Format = "DICOM"
)

// Image is one decoded picture. It is immutable after Decode: everything a
// reader does to the picture (window, zoom, invert) lives elsewhere, so that
// it cannot change a score.
type Image struct {
	Path          string // the file, as it was named to Decode; "" for memory
	Format        Format
	Width, Height int // pixels
	Frames        int // frames in the file; Stored is the first
	Samples       int // 1 grey, 3 interleaved RGB

	// Stored holds the stored values, row-major, interleaved, masked and
	// sign-extended, before any transform. len = Width*Height*Samples.
	Stored     []int32
	BitsStored int  // 1..16; the declared range is 2^BitsStored values
	Signed     bool // two's complement stored values

	Modality Modality // stored value -> modality value (PS3.3 C.11.1)
	VOI      []Window // named windows of the header, in modality units; the first is the default
	Inverted bool     // low values are shown bright (MONOCHROME1, or Presentation LUT Shape INVERSE)
	Padding  *Padding // stored values that are no part of the picture; nil for none

	Photometric    string // Photometric Interpretation as stored, "" for PNG and JPEG
	TransferSyntax string // its UID, "" for PNG and JPEG
	SOPClass       string // its UID, likewise

	Header    Header
	Spacing   Spacing
	Assurance Assurance
	Generated bool              // a phantom, as the file says itself: no person's
	Unsuited  []message.Message // why it is no upright frontal chest film, by its header or by the picture; nil where nothing speaks against it
	Warnings  []message.Message // one sentence each, for a person, the most serious first; those of Unsuited among them

	stats *stats // nil in images made by hand
}

// Modality is the modality transform: y = Slope*x + Intercept, or a table
// (PS3.3 C.11.1.1) when LUT is not nil.
type Modality struct {
	Slope, Intercept float64 // 1, 0 when the file is silent
	Units            string  // Rescale Type, "" when silent
	LUT              *LUT
}

// LUT is a look-up table of PS3.3 C.11: stored value First and everything
// below maps to Data[0], First+len(Data)-1 and above to the last entry.
type LUT struct {
	First       int32
	Bits        int // of an entry
	Data        []uint16
	Top         uint16 // the entry that is white; 0 for the largest of Bits
	Explanation string

	lacks int // entries at the end that the file does not have
}

// WindowFunction is the VOI LUT Function of PS3.3 C.11.2.1.3.
type WindowFunction string

// The three VOI LUT functions.
const (
	Linear      WindowFunction = "LINEAR"
	LinearExact WindowFunction = "LINEAR_EXACT"
	Sigmoid     WindowFunction = "SIGMOID"
)

// Window maps modality values to display values: a centre and a width under a
// function, or a VOI LUT when LUT is not nil. A table whose Width is not zero is
// stretched over that width around Center; its shape stays.
type Window struct {
	Name          string // Window Center & Width Explanation, or the LUT's
	Center, Width float64
	Function      WindowFunction
	LUT           *LUT
}

// Padding is the range of stored values (inclusive) that fills the frame
// outside the picture (Pixel Padding Value and Range Limit).
type Padding struct{ Lo, Hi int32 }

// Header says whose picture this is and how it was taken. Every field is ""
// when the file is silent; PNG and JPEG files are.
type Header struct {
	PatientName, PatientID, PatientSex, PatientAge, PatientBirthDate string
	PatientIDIssuer                                                  string // who gave PatientID

	StudyUID, SeriesUID, InstanceUID, StudyDate, StudyTime, StudyDescription string

	SeriesDescription, Accession, Modality, BodyPart, Manufacturer, Institution, Station string

	ViewPosition       string // PA, AP, LL ...
	Laterality         string // R, L, B, U
	PatientOrientation string // row\column direction, as L\F
}

// SpacingSource says where the millimetres come from; they are never mixed.
type SpacingSource string

// The provenances a scale bar can have.
const (
	SpacingUnknown    SpacingSource = ""
	SpacingDetector   SpacingSource = "detector plane"
	SpacingCalibrated SpacingSource = "calibrated"
	SpacingMagnified  SpacingSource = "corrected by estimated magnification"
	SpacingStated     SpacingSource = "stated, plane unknown"
)

// Spacing is the size of a pixel in millimetres, or zero with SpacingUnknown.
type Spacing struct {
	Row, Column float64 // mm between rows (vertical), between columns
	Source      SpacingSource
}
