// Package evidence reads what other programs say of a film: presentation states,
// structured reports, segmentations, parametric maps, key object selections,
// encapsulated documents, and the overlays of the film's own file. Its core type is
// Object: one file, as drawings, masks, measurements and lines of text whose places are
// in pixels of the film. It draws nothing; it imports dicomio and the structure of files.
package evidence

import (
	"context"
	"slices"
	"strings"

	"hilum/dicomio"
	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Kind is what sort of object a file holds.
type Kind string

// The kinds that are read (PS3.4 B.5); classes of one kind differ in what they may hold.
const (
	Presentation  Kind = "presentation state"
	Report        Kind = "structured report"
	Segmentation  Kind = "segmentation"
	ParametricMap Kind = "parametric map"
	KeyObjects    Kind = "key object selection"
	Document      Kind = "document"
	OverlayPlanes Kind = "overlay" // of a picture, in its own file
)

// Words are what the kind is called.
func (k Kind) Words() message.Message {
	switch k {
	case Presentation:
		return message.Of("presentation state")
	case Report:
		return message.Of("structured report")
	case Segmentation:
		return message.Of("segmentation")
	case ParametricMap:
		return message.Of("parametric map")
	case KeyObjects:
		return message.Of("key object selection")
	case Document:
		return message.Of("document")
	}
	return message.Of("overlay")
}

// kinds maps SOP classes (PS3.4 table B.5-1) to what they are.
var kinds = map[string]Kind{
	dcm.ClassGSPS:                        Presentation,
	dcm.ClassKeyObject:                   KeyObjects,
	dcm.ClassComprehensiveSR:             Report,
	dcm.StandardRoot + "5.1.4.1.1.88.11": Report, // Basic Text SR
	dcm.StandardRoot + "5.1.4.1.1.88.22": Report, // Enhanced SR
	dcm.ClassComprehensive3D:             Report,
	dcm.StandardRoot + "5.1.4.1.1.88.35": Report, // Extensible SR
	dcm.StandardRoot + "5.1.4.1.1.88.50": Report, // Mammography CAD SR
	dcm.StandardRoot + "5.1.4.1.1.88.65": Report, // Chest CAD SR
	dcm.StandardRoot + "5.1.4.1.1.66.4":  Segmentation,
	dcm.StandardRoot + "5.1.4.1.1.66.7":  Segmentation, // Label Map Segmentation
	dcm.StandardRoot + "5.1.4.1.1.30":    ParametricMap,
	dcm.StandardRoot + "5.1.4.1.1.104.1": Document, // Encapsulated PDF
	dcm.StandardRoot + "5.1.4.1.1.104.2": Document, // Encapsulated CDA
}

// Of tells what kind of object a SOP class is; "" for pictures, which may have overlays,
// and everything else.
func Of(class string) Kind { return kinds[class] }

// Object is what one file says of films. Which film a part of it is about stands with the
// part, as SOP Instance UIDs; none means every film that Films names.
type Object struct {
	Path   string
	Class  string // SOP Class UID
	Kind   Kind
	Header dicomio.Header
	Maker  string // manufacturer, model and version, as far as they are told
	Title  string // the document's title, or the label of a state
	Note   string // description, or the text of a key object selection
	Author string // who drew or observed
	Made   string // date and time, as DICOM writes them; "" where not told
	Films  []string

	Views    []View    // how films are to be shown; of presentation states
	Drawings []Drawing // later ones lie over earlier ones
	Masks    []Mask
	Maps     []Map
	Findings []Finding
	Lines    []Line // of a report, in the order of the document
	File     []byte // an encapsulated document
	FileType string // its MIME type

	Faults []message.Message // what could not be read or shown, one sentence each
}

// About tells whether the object speaks of a film.
func (o *Object) About(instance string) bool { return Speaks(o.Films, instance) }

// Speaks tells whether the films that an object, or a part of one, names have one; none are
// all.
func Speaks(films []string, instance string) bool {
	for _, f := range films {
		if f == instance {
			return true
		}
	}
	return len(films) == 0
}

// Point is a place in a film: columns and rows in pixels from the upper left corner of
// its first pixel (PS3.3 C.10.5.1.2), or, where a drawing says so, fractions of the
// displayed area.
type Point struct{ X, Y float64 }

// Read reads an object. name stands for the file in messages. Errors are
// *dicomio.FormatError for a damaged file and *dicomio.UnsupportedError for one of
// another kind.
func Read(ctx context.Context, name string) (*Object, error) {
	f, size, err := fileio.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadInput(ctx, name, dcm.Input{ReaderAt: fileio.ReaderAt(ctx, f), Size: size})
}

// ReadInput is Read of a file that the rooms of dicomio have at hand.
func ReadInput(ctx context.Context, name string, in dcm.Input) (o *Object, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	head := make([]byte, min(in.Size, fileio.HeadBytes))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, fileio.ReadError(name, err)
	}
	if !dcm.IsDICOM(head) {
		return nil, &fileio.FormatError{Path: name, Reason: message.Of("it is no DICOM file"),
			Advice: message.Of("choose a DICOM file")}
	}
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	r := reader{name: name, file: f, set: f.Elements, text: charset.Of(f.Elements, charset.Unstated())}
	r.o = &Object{Path: name, Class: f.Elements.Find(tag.SOPClassUID).Text(), Header: dicomio.ReadHeader(f.Elements)}
	r.o.Kind = Of(r.o.Class)
	r.common()
	switch r.o.Kind {
	case Presentation:
		r.presentation()
	case Report:
		r.report()
	case KeyObjects:
		r.keyObjects()
	case Segmentation:
		err = r.segmentation(ctx)
	case ParametricMap:
		err = r.parametricMap(ctx)
	case Document:
		r.document()
	default:
		r.o.Kind = OverlayPlanes
		err = r.overlays()
	}
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	if r.o.Kind == OverlayPlanes && len(r.o.Masks)+len(r.o.Faults) == 0 {
		return nil, &fileio.UnsupportedError{Path: name,
			Encoding: message.Of("%s without an overlay", className(r.o.Class)),
			Advice:   message.Of("choose a presentation state, a report, a segmentation, a key object selection or a picture with overlays")}
	}
	return r.o, nil
}

// className names a class in words where the dictionary has some.
func className(class string) string {
	if name := dcm.UIDName(class); name != "" {
		return name
	}
	return class
}

// reader reads one file.
type reader struct {
	name string
	file *dcm.File
	set  dcm.Set
	text *charset.Set
	o    *Object
}

func (r *reader) fault(key string, args ...any) {
	m := message.Of(key, args...)
	for _, have := range r.o.Faults {
		if have.String() == m.String() {
			return
		}
	}
	r.o.Faults = append(r.o.Faults, m)
}

// common reads what all kinds have.
func (r *reader) common() {
	o, s := r.o, r.set
	var maker []string
	for _, t := range []tag.Tag{tag.Manufacturer, tag.ManufacturerModelName, tag.SoftwareVersions} {
		if v := strings.TrimSpace(r.text.Text(s.Find(t))); v != "" && v != strings.Join(maker, " ") {
			maker = append(maker, v)
		}
	}
	o.Maker = strings.Join(maker, " ")
	o.Title = r.first(s, tag.DocumentTitle, tag.ContentLabel, tag.SeriesDescription)
	o.Note = r.first(s, tag.ContentDescription)
	o.Author = r.first(s, tag.ContentCreatorName)
	for _, t := range [][2]tag.Tag{{tag.PresentationCreationDate, tag.PresentationCreationTime},
		{tag.ContentDate, tag.ContentTime}, {tag.SeriesDate, tag.SeriesTime}} {
		if d := s.Find(t[0]).Text(); o.Made == "" && d != "" {
			o.Made = strings.TrimSpace(d + " " + s.Find(t[1]).Text())
		}
	}
	r.referenced()
}

// first is the first of some texts that says something.
func (r *reader) first(s dcm.Set, tags ...tag.Tag) string {
	for _, t := range tags {
		if v := strings.TrimSpace(r.text.Text(s.Find(t))); v != "" {
			return v
		}
	}
	return ""
}

// referenced collects the films that the object names as a whole.
func (r *reader) referenced() {
	for _, series := range r.set.Items(tag.ReferencedSeriesSequence) {
		r.films(series, tag.ReferencedImageSequence, tag.ReferencedInstanceSequence)
	}
	for _, evidence := range []tag.Tag{tag.CurrentRequestedProcedureEvidenceSequence, tag.PertinentOtherEvidenceSequence} {
		for _, study := range r.set.Items(evidence) {
			for _, series := range study.Items(tag.ReferencedSeriesSequence) {
				r.films(series, tag.ReferencedSOPSequence)
			}
		}
	}
	r.films(r.set, tag.SourceImageSequence, tag.SourceInstanceSequence)
}

// films adds the instances that sequences of references name.
func (r *reader) films(s dcm.Set, sequences ...tag.Tag) {
	for _, sequence := range sequences {
		for _, uid := range instances(s, sequence) {
			r.film(uid)
		}
	}
}

// film adds one instance.
func (r *reader) film(uid string) {
	if uid != "" {
		r.o.Films = with(r.o.Films, uid)
	}
}

// with is a list of films with one more, each once.
func with(films []string, uid string) []string {
	if slices.Contains(films, uid) {
		return films
	}
	return append(films, uid)
}

// instances are the SOP Instance UIDs of a sequence of references.
func instances(s dcm.Set, sequence tag.Tag) (out []string) {
	for _, item := range s.Items(sequence) {
		if uid := item.Find(tag.ReferencedSOPInstanceUID).Text(); uid != "" {
			out = append(out, uid)
		}
	}
	return out
}

// keyObjects reads a key object selection (PS3.16 TID 2010): the title says why its films
// were chosen.
func (r *reader) keyObjects() {
	r.content()
	r.o.Title = r.code(r.set, tag.ConceptNameCodeSequence).Meaning
	for _, l := range r.o.Lines {
		if l.Concept.Value == keyDescription {
			r.o.Note = l.Value
		}
	}
}

// keyDescription is (113012, DCM, "Key Object Description").
const keyDescription = "113012"

// document reads an encapsulated document (PS3.3 C.24).
func (r *reader) document() {
	e := r.set.Find(tag.EncapsulatedDocument)
	r.o.FileType = r.set.Find(tag.MIMETypeOfEncapsulatedDocument).Text()
	if e == nil || len(e.Value) == 0 {
		r.fault("The object holds no document.")
		return
	}
	r.o.File = e.Value
}

// object opens the pixels of the file.
func (r *reader) object() (*pixeldata.Object, error) { return pixeldata.New(r.name, r.file) }
