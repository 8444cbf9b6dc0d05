// Package derived writes DICOM objects that are made here, and reads such objects
// back: pictures as DICOM, secondary captures, structured reports, presentation
// states. Its core type is [Common], what objects that speak of a picture share. Their
// elements are encoded by suyashkumar/dicom. It imports dicomio, deidentify and the
// structure of files.
package derived

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Source is the DICOM picture that a derived object speaks of.
type Source struct {
	Header        dicomio.Header // with StudyUID, SeriesUID and InstanceUID
	Class         string         // SOP class UID
	Width, Height int            // pixels
	Anonymous     bool           // the identity was removed, see Anonymiser.Source
}

// SourceOf names a picture. PNG and JPEG pictures have no identity that another
// object could refer to; WriteImage gives them one.
func SourceOf(im *dicomio.Image) (Source, error) {
	s := Source{Header: im.Header, Class: im.SOPClass, Width: im.Width, Height: im.Height}
	if im.Format != dicomio.DICOM || s.Class == "" || s.Header.StudyUID == "" || s.Header.SeriesUID == "" ||
		s.Header.InstanceUID == "" {
		return s, message.Errorf("%s has no DICOM identity that a report could refer to; write it as DICOM first",
			fileio.ShortName(im.Path))
	}
	return s, nil
}

// Anonymised gives the picture the identity that an anonymiser gives to its file,
// so that a derived object and a de-identified file stay together.
func (s Source) Anonymised(ctx context.Context, a *deidentify.Anonymiser) (Source, error) {
	var ds dataset
	putStudy(&ds, s.Header, s.Class)
	var file bytes.Buffer
	err := ds.writeTo(&file, s.Class, s.Header.InstanceUID)
	var body []byte
	if err == nil {
		body, _, err = a.Bytes(ctx, "the picture", file.Bytes())
	}
	if err != nil {
		return s, message.Errorf("removing the identity: %w", err)
	}
	f, err := dcm.ScanInput(dcm.InMemory(body))
	if err != nil {
		return s, message.Errorf("removing the identity: %w", err)
	}
	s.Header, s.Anonymous = dicomio.ReadHeader(f.Elements), true
	return s, nil
}

// The SOP classes of what is made here.
const (
	ClassStructuredReport  = dcm.ClassComprehensive3D
	ClassPresentationState = dcm.ClassGSPS
	ClassKeyObject         = dcm.ClassKeyObject
	ClassSecondaryCapture  = dcm.ClassSecondaryCapture
)

// Common is what objects that speak of a picture have in common. They stand in
// the picture's study, in a series of their own.
type Common struct {
	Source       Source
	Made         time.Time // left out of objects of an anonymous picture
	Software     string    // version of this program
	Series       string    // description of the series
	SeriesNumber int
}

// maker is who makes derived objects.
const maker = "Hilum"

// check says what an object cannot do without.
func (d *Common) check() error {
	s := d.Source
	if s.Class == "" || s.Header.StudyUID == "" || s.Header.SeriesUID == "" || s.Header.InstanceUID == "" {
		return message.New("the picture that it speaks of has no UIDs")
	}
	if s.Width < 1 || s.Height < 1 || s.Width > 65535 || s.Height > 65535 {
		return message.Errorf("the picture that it speaks of has a size of %d x %d", s.Width, s.Height)
	}
	return nil
}

// instance is the UID of the object of a kind; the same input gives the same.
func (d *Common) instance(kind string) string {
	return dcm.DeriveUID(kind, d.Source.Header.InstanceUID, d.Made.UTC().Format(time.RFC3339Nano), d.Software)
}

// put writes patient, study, series, equipment and dates.
func (d *Common) put(ds *dataset, class, modality string) {
	s := d.Source.Header
	s.InstanceUID = d.instance(class)
	putSubject(ds, s, class)
	ds.texts([]textElement{
		{tag.Modality, modality},
		{tag.Manufacturer, maker}, {tag.ManufacturerModelName, maker}, {tag.DeviceSerialNumber, "none"},
		{tag.SoftwareVersions, clip(d.Software, 64)},
		{tag.SeriesDescription, clip(d.Series, 64)},
		{tag.SeriesInstanceUID, dcm.DeriveUID("series of "+class, s.SeriesUID, d.Software)},
		{tag.SeriesNumber, strconv.Itoa(max(d.SeriesNumber, 1))}, {tag.InstanceNumber, "1"},
	})
	if !d.Source.Anonymous {
		ds.text(tag.TimezoneOffsetFromUTC, "+0000")
		return
	}
	ds.texts([]textElement{
		{tag.PatientIdentityRemoved, "YES"}, {tag.DeidentificationMethod, deidentify.Method},
		{tag.LongitudinalTemporalInformationModified, "REMOVED"},
	})
	ds.sequence(tag.DeidentificationMethodCodeSequence,
		Code{deidentify.MethodCode, "DCM", deidentify.MethodMeaning}.item())
}

// putDate writes when the object was made into a pair of attributes, which differ
// between the kinds of objects.
func (d *Common) putDate(ds *dataset, date, clock tag.Tag) {
	on, at := d.date()
	ds.text(date, on)
	ds.text(clock, at)
}

// date is when the object was made, or a date that says nothing.
func (d *Common) date() (date, clock string) {
	if d.Source.Anonymous {
		return "19000101", "000000"
	}
	t := d.Made.UTC()
	return t.Format("20060102"), t.Format("150405")
}

// clip shortens a value to the characters that its VR allows.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// reference is an item that names the picture.
func (s *Source) reference() *dataset {
	ds := &dataset{}
	ds.text(tag.ReferencedSOPClassUID, s.Class)
	ds.text(tag.ReferencedSOPInstanceUID, s.Header.InstanceUID)
	return ds
}

// series is an item that names the picture's series and in it the picture.
func (s *Source) series(references tag.Tag) *dataset {
	ds := &dataset{}
	ds.text(tag.SeriesInstanceUID, s.Header.SeriesUID)
	ds.sequence(references, s.reference())
	return ds
}

// finish writes the file.
func (d *Common) finish(w io.Writer, ds *dataset, class string) error {
	return ds.writeTo(w, class, d.instance(class))
}

// readDerived reads what put wrote, with the time in a pair of attributes.
func readDerived(s dcm.Set, date, clock tag.Tag) Common {
	study := dicomio.ReadHeader(s)
	made, err := time.Parse("20060102150405", s.Find(date).Text()+s.Find(clock).Text())
	anonymous := s.Find(tag.PatientIdentityRemoved).Text() == "YES"
	if err != nil || anonymous {
		made = time.Time{}
	}
	return Common{
		Source: Source{Header: study, Anonymous: anonymous}, Made: made, Software: s.Find(tag.SoftwareVersions).Text(),
		Series: study.SeriesDescription, SeriesNumber: int(s.Find(tag.SeriesNumber).Number(0)),
	}
}

// scanObject reads a file of one of some classes.
func scanObject(name string, data []byte, what string, classes ...string) (*dcm.File, error) {
	if !dcm.IsDICOM(data) {
		return nil, &fileio.FormatError{Path: name, Reason: message.Of("it is no DICOM file"),
			Advice: message.Of("choose a DICOM file")}
	}
	f, err := dcm.Scan(data, dcm.Options{})
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	if got := f.Elements.Find(tag.SOPClassUID).Text(); !slices.Contains(classes, got) {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("an object of class %s", got),
			Advice: message.Of("choose a %s", what)}
	}
	return f, nil
}

// Code is a coded concept (PS3.3 8.8).
type Code struct{ Value, Scheme, Meaning string }

func (c Code) item() *dataset {
	ds := &dataset{}
	ds.text(tag.CodeValue, c.Value)
	ds.text(tag.CodingSchemeDesignator, c.Scheme)
	ds.text(tag.CodeMeaning, clip(c.Meaning, 64))
	return ds
}

// codeOf reads the first item of a code sequence.
func codeOf(s dcm.Set, t tag.Tag, c *charset.Set) Code {
	items := s.Items(t)
	if len(items) == 0 {
		return Code{}
	}
	text := func(t tag.Tag) string {
		if e := items[0].Find(t); e != nil {
			return c.Decode([]byte(e.Text()), false)
		}
		return ""
	}
	return Code{Value: text(tag.CodeValue), Scheme: text(tag.CodingSchemeDesignator), Meaning: text(tag.CodeMeaning)}
}
