package dicomio

import (
	"context"
	"io"
	"strconv"
	"time"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// Source is the DICOM picture that a derived object speaks of.
type Source struct {
	Study         Study  // with StudyUID, SeriesUID and InstanceUID
	Class         string // SOP class UID
	Width, Height int    // pixels
	Anonymous     bool   // the identity was removed, see Anonymiser.Source
}

// SourceOf names a picture. PNG and JPEG pictures have no identity that another
// object could refer to; WriteDICOM gives them one.
func SourceOf(im *Image) (Source, error) {
	s := Source{Study: im.Study, Class: im.SOPClass, Width: im.Width, Height: im.Height}
	if im.Format != DICOM || s.Class == "" || s.Study.StudyUID == "" || s.Study.SeriesUID == "" || s.Study.InstanceUID == "" {
		return s, message.Errorf("%s has no DICOM identity that a report could refer to; write it as DICOM first", shortName(im.Path))
	}
	return s, nil
}

// Source gives the picture the identity that this anonymiser gives to its file,
// so that a derived object and a de-identified file stay together.
func (a *Anonymiser) Source(ctx context.Context, s Source) (Source, error) {
	var b dcm.Builder
	putStudy(&b, s.Study, s.Class)
	body, err := b.Encode()
	if err == nil {
		body, err = dcm.WriteFile(s.Class, s.Study.InstanceUID, dcm.ExplicitLE, body)
	}
	if err == nil {
		body, _, err = a.Bytes(ctx, "the picture", body)
	}
	if err != nil {
		return s, message.Errorf("removing the identity: %w", err)
	}
	f, err := scanWhole("the picture", body)
	if err != nil {
		return s, message.Errorf("removing the identity: %w", err)
	}
	s.Study, s.Anonymous = readStudy(f.Elements), true
	return s, nil
}

// Derived is what objects that speak of a picture have in common. They stand in
// the picture's study, in a series of their own.
type Derived struct {
	Source       Source
	Made         time.Time // left out of objects of an anonymous picture
	Software     string    // version of this program
	Series       string    // description of the series
	SeriesNumber int
}

// maker is who makes derived objects.
const maker = "Hilum"

// check says what an object cannot do without.
func (d *Derived) check() error {
	s := d.Source
	if s.Class == "" || s.Study.StudyUID == "" || s.Study.SeriesUID == "" || s.Study.InstanceUID == "" {
		return message.New("the picture that it speaks of has no UIDs")
	}
	if s.Width < 1 || s.Height < 1 || s.Width > 65535 || s.Height > 65535 {
		return message.Errorf("the picture that it speaks of has a size of %d x %d", s.Width, s.Height)
	}
	return nil
}

// instance is the UID of the object of a kind; the same input gives the same.
func (d *Derived) instance(kind string) string {
	return DeriveUID(kind, d.Source.Study.InstanceUID, d.Made.UTC().Format(time.RFC3339Nano), d.Software)
}

// put writes patient, study, series, equipment and dates.
func (d *Derived) put(b *dcm.Builder, class, modality string) {
	s := d.Source.Study
	s.InstanceUID = d.instance(class)
	putSubject(b, s, class)
	putTexts(b, []textElement{
		{tagModality, "CS", modality},
		{tagManufacturer, "LO", maker}, {0x00081090, "LO", maker}, {0x00181000, "LO", "none"}, {0x00181020, "LO", clip(d.Software, 64)},
		{tagSeriesDescription, "LO", clip(d.Series, 64)}, {tagSeriesUID, "UI", DeriveUID("series of "+class, s.SeriesUID, d.Software)},
		{tagSeriesNumber, "IS", strconv.Itoa(max(d.SeriesNumber, 1))}, {tagInstanceNumber, "IS", "1"},
	})
	if !d.Source.Anonymous {
		b.Text(0x00080201, "SH", "+0000") // Timezone Offset From UTC
		return
	}
	putIdentityRemoved(b, methodCode("113100", "Basic Application Confidentiality Profile"))
}

// putDate writes when the object was made into a pair of attributes, which differ
// between the kinds of objects.
func (d *Derived) putDate(b *dcm.Builder, date, clock dcm.Tag) {
	on, at := d.date()
	b.Text(date, "DA", on)
	b.Text(clock, "TM", at)
}

// date is when the object was made, or a date that says nothing.
func (d *Derived) date() (date, clock string) {
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
func (s *Source) reference() *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(tagReferencedClass, "UI", s.Class)
	b.Text(tagReferencedInstance, "UI", s.Study.InstanceUID)
	return b
}

// series is an item that names the picture's series and in it the picture.
func (s *Source) series(references dcm.Tag) *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(tagSeriesUID, "UI", s.Study.SeriesUID)
	b.Sequence(references, s.reference())
	return b
}

const (
	tagContentDate        = 0x00080023
	tagContentTime        = 0x00080033
	tagReferencedSeries   = 0x00081115
	tagReferencedImage    = 0x00081140
	tagReferencedClass    = 0x00081150
	tagReferencedInstance = 0x00081155
	tagReferencedSOP      = 0x00081199
)

// finish writes the file.
func (d *Derived) finish(w io.Writer, b *dcm.Builder, class string) error {
	return dcm.Head{Class: class, Instance: d.instance(class), Syntax: dcm.ExplicitLE}.WriteTo(w, b)
}

// readDerived reads what put wrote, with the time in a pair of attributes.
func readDerived(s dcm.Set, date, clock dcm.Tag) Derived {
	study := readStudy(s)
	made, err := time.Parse("20060102150405", s.Find(date).Text()+s.Find(clock).Text())
	anonymous := s.Find(0x00120062).Text() == "YES"
	if err != nil || anonymous {
		made = time.Time{}
	}
	return Derived{
		Source: Source{Study: study, Anonymous: anonymous}, Made: made, Software: s.Find(0x00181020).Text(),
		Series: study.SeriesDescription, SeriesNumber: int(number(s.Find(tagSeriesNumber), 0)),
	}
}

// scanObject reads a file of a class.
func scanObject(name string, data []byte, class, what string) (*dcm.File, error) {
	if !dcm.IsDICOM(data) {
		return nil, &FormatError{Path: name, Reason: message.Of("it is no DICOM file"), Advice: message.Of("choose a DICOM file")}
	}
	f, err := dcm.Scan(data, dcm.Options{})
	if err != nil {
		return nil, damaged(name, err)
	}
	if got := f.Elements.Find(tagSOPClass).Text(); got != class {
		return nil, &UnsupportedError{Path: name, Encoding: message.Of("an object of class %s", got), Advice: message.Of("choose a %s", what)}
	}
	return f, nil
}

// Code is a coded concept (PS3.3 8.8).
type Code struct{ Value, Scheme, Meaning string }

func (c Code) item() *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(0x00080100, "SH", c.Value)
	b.Text(0x00080102, "SH", c.Scheme)
	b.Text(0x00080104, "LO", clip(c.Meaning, 64))
	return b
}

// codeOf reads the first item of a code sequence.
func codeOf(s dcm.Set, t dcm.Tag, c *charset) Code {
	items := s.Items(t)
	if len(items) == 0 {
		return Code{}
	}
	text := func(t dcm.Tag) string {
		if e := items[0].Find(t); e != nil {
			return c.decode([]byte(e.Text()), false)
		}
		return ""
	}
	return Code{Value: text(0x00080100), Scheme: text(0x00080102), Meaning: text(0x00080104)}
}
