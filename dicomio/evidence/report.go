package evidence

import (
	"math"
	"strings"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Code is a coded concept (PS3.3 8.8).
type Code struct{ Value, Scheme, Meaning string }

// Unit is a unit as it stands behind a number: UCUM's own sign, or the meaning where that is
// an annotation; "" for none.
func (c Code) Unit() string {
	switch {
	case c.Value == "1" || strings.EqualFold(c.Meaning, "no units"):
		return ""
	case c.Scheme != "UCUM" || strings.HasPrefix(c.Value, "{"):
		return c.Meaning
	}
	return c.Value
}

// Line is one content item of a report as a person reads it.
type Line struct {
	Depth   int // 0 for the items right below the title
	Concept Code
	Value   string // with its unit; "" for a heading
}

// Measurement is a number of a report.
type Measurement struct {
	Concept Code
	Value   float64
	Units   Code
}

// Finding is what a report says of one thing that it found: a measurement group of TID
// 1500, or a single image finding of a CAD report (PS3.16 TID 4104).
type Finding struct {
	Films        []string
	Name         Code
	Tracking     string // its name within the report
	Algorithm    string
	Present      string // what the report says of its presence, in its own words; "" for nothing
	Measurements []Measurement
	Drawn        bool // it has a place among the object's drawings
}

// Concepts that stand out wherever they are (PS3.16 annex D).
const (
	codeFinding   = "121071"
	codeTracking  = "112039"
	codeAlgorithm = "111001"
	codePresence  = "121052"
	codeGroup     = "125007" // Measurement Group
	codeImageFind = "111059" // Single Image Finding
	codeComposite = "111015" // Composite Feature
)

// maxDepth bounds how deep a report is followed; maxItems how much of it is read.
const (
	maxDepth = 32
	maxItems = 100000
)

// report reads a structured report of any template: every content item becomes a line,
// every number a measurement of the group that it stands in, every spatial coordinate a
// drawing named after what it bounds.
func (r *reader) report() {
	if t := r.code(r.set, tag.ConceptNameCodeSequence).Meaning; t != "" {
		r.o.Title = t
	}
	r.content()
}

// content walks the document.
func (r *reader) content() {
	w := walker{reader: r}
	w.items(r.set, 0, nil, "")
}

// walker follows a content tree.
type walker struct {
	*reader
	seen  int
	total int // points
}

// items reads the children of a content item. of is the finding that they belong to, name
// what they are about.
func (w *walker) items(s dcm.Set, depth int, of *Finding, name string) {
	if depth >= maxDepth {
		w.fault("The report is nested deeper than %d levels; what lies below was left out.", maxDepth)
		return
	}
	for _, item := range s.Items(tag.ContentSequence) {
		if w.seen++; w.seen > maxItems {
			w.fault("The report has more than %d items; the rest was left out.", maxItems)
			return
		}
		w.item(item, depth, of, name)
	}
}

func (w *walker) item(item dcm.Set, depth int, of *Finding, name string) {
	concept := w.code(item, tag.ConceptNameCodeSequence)
	kind := item.Find(tag.ValueType).Text()
	value := w.value(item, kind)
	if kind == "" { // a reference to another item (PS3.3 C.17.3.2.5)
		return
	}
	if kind != "SCOORD" && kind != "SCOORD3D" && (value != "" || kind == "CONTAINER" && concept.Meaning != "") {
		w.o.Lines = append(w.o.Lines, Line{Depth: depth, Concept: concept, Value: value})
	}
	here := of
	if concept.Value == codeGroup || concept.Value == codeImageFind || concept.Value == codeComposite {
		here = w.finding(item, concept)
		if here.Name.Meaning != "" {
			name = here.Name.Meaning
		}
	}
	switch kind {
	case "NUM":
		w.number(item, concept, here)
	case "SCOORD":
		w.coordinates(item, here, name)
	case "SCOORD3D":
		w.fault("Places in space are not shown on a film.")
	case "IMAGE", "COMPOSITE", "WAVEFORM":
		for _, uid := range instances(item, tag.ReferencedSOPSequence) {
			if kind == "IMAGE" {
				w.film(uid)
				w.about(here, uid)
			}
		}
	}
	if here != of { // found among the children first, so that drawings know their name
		w.items(item, depth+1, here, name)
		w.o.Findings = append(w.o.Findings, *here)
		return
	}
	w.items(item, depth+1, here, name)
}

// about adds a film to a finding.
func (w *walker) about(f *Finding, uid string) {
	if f != nil {
		f.Films = with(f.Films, uid)
	}
}

// finding begins a finding: what its direct children say of it.
func (w *walker) finding(item dcm.Set, concept Code) *Finding {
	f := &Finding{}
	if v := w.code(item, tag.ConceptCodeSequence); v.Value != "" {
		f.Name = v // a CAD finding is itself a code
	}
	for _, child := range item.Items(tag.ContentSequence) {
		switch w.code(child, tag.ConceptNameCodeSequence).Value {
		case codeFinding:
			f.Name = w.code(child, tag.ConceptCodeSequence)
		case codeTracking:
			f.Tracking = w.first(child, tag.TextValue)
		case codeAlgorithm:
			f.Algorithm = w.first(child, tag.TextValue)
		case codePresence:
			f.Present = w.code(child, tag.ConceptCodeSequence).Meaning
		}
	}
	if f.Name.Value == "" {
		f.Name = concept
	}
	return f
}

// number adds a measurement.
func (w *walker) number(item dcm.Set, concept Code, of *Finding) {
	values := item.Items(tag.MeasuredValueSequence)
	if of == nil || len(values) == 0 {
		return
	}
	m := Measurement{Concept: concept, Units: w.code(values[0], tag.MeasurementUnitsCodeSequence),
		Value: values[0].Find(tag.NumericValue).Number(math.NaN())}
	if v := values[0].Find(tag.FloatingPointValue).Uint64s(); len(v) == 1 {
		m.Value = math.Float64frombits(v[0])
	}
	if !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) {
		of.Measurements = append(of.Measurements, m)
	}
}

// coordinates adds the drawing of a spatial coordinate (PS3.3 C.18.6), on the film that it
// was selected from.
func (w *walker) coordinates(item dcm.Set, of *Finding, name string) {
	d := Drawing{Text: name, Coded: true}
	for _, from := range item.Items(tag.ContentSequence) {
		if from.Find(tag.ValueType).Text() == "IMAGE" {
			d.Films = append(d.Films, instances(from, tag.ReferencedSOPSequence)...)
		}
	}
	if of != nil {
		of.Drawn = true
		for _, uid := range d.Films {
			w.about(of, uid)
		}
		if d.Films == nil {
			d.Films = of.Films
		}
	}
	w.shape(item.Find(tag.GraphicType).Text(), pairs(item.Find(tag.GraphicData)), d, &w.total)
}

// value is what an item says, in words.
func (w *walker) value(item dcm.Set, kind string) string {
	switch kind {
	case "TEXT":
		return w.first(item, tag.TextValue)
	case "CODE":
		return w.code(item, tag.ConceptCodeSequence).Meaning
	case "NUM":
		values := item.Items(tag.MeasuredValueSequence)
		if len(values) == 0 {
			return w.code(item, tag.NumericValueQualifierCodeSequence).Meaning
		}
		unit := w.code(values[0], tag.MeasurementUnitsCodeSequence)
		return strings.TrimSpace(values[0].Find(tag.NumericValue).Text() + " " + unit.Unit())
	case "PNAME":
		return strings.Trim(strings.ReplaceAll(w.first(item, tag.PersonName), "^", " "), " ")
	case "DATE":
		return w.first(item, tag.Date)
	case "TIME":
		return w.first(item, tag.Time)
	case "DATETIME":
		return w.first(item, tag.DateTime)
	case "UIDREF":
		return w.first(item, tag.UID)
	}
	return ""
}

// code reads the first item of a code sequence.
func (r *reader) code(s dcm.Set, t tag.Tag) Code {
	items := s.Items(t)
	if len(items) == 0 {
		return Code{}
	}
	return Code{Value: r.first(items[0], tag.CodeValue, tag.LongCodeValue, tag.URNCodeValue),
		Scheme: r.first(items[0], tag.CodingSchemeDesignator), Meaning: r.first(items[0], tag.CodeMeaning)}
}
