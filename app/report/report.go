// Package report is what leaves the program: a page of PDF, pictures, tables,
// and DICOM objects, each with where its figures come from and that it is not
// for diagnosis. Its core type is [Report]: one picture with its findings, its
// map and their provenance. It imports inference, dicomio and app/annotation,
// and is the only package that knows how a PDF is written.
package report

import (
	"image"
	"image/color"
	"time"

	"hilum/app/annotation"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/message"
)

// Report is everything that an export can hold. What is in it is written:
// whoever makes one has decided what may leave.
type Report struct {
	Image  *dicomio.Image    // the picture itself
	Study  dicomio.Header    // as it may be told; without identity unless somebody chose otherwise
	Source derived.Source    // what DICOM objects refer to; the zero value for none
	Result *inference.Result // nil before a score, and where its findings may not be told
	// Withheld says that the findings are withheld, or shown all the same; the zero value
	// where they are neither.
	Withheld message.Message
	Window   dicomio.Window // how the picture was looked at
	Invert   bool
	Shown    image.Image // the picture in that window, with what readers drew
	Mapped   image.Image // with a class map over it; nil for none
	Map      string      // what Mapped shows, in words
	Legend   []Legend    // one for each class whose map it is
	Marks    []annotation.Mark
	Scale    annotation.Scale // of the marks
	Regions  []Outline        // where readers see findings
	Opinions []Opinion        // what readers answered
	Readers  []string         // names of those whose answers, remarks and marks these are; nil where they may not be told
	KeyImage bool             // a reader made it one
	KeyNote  string           // why; "" for nothing, or where it may not be told
	// Conclusion is what a reader says that the study means, likewise.
	Conclusion string
	Findings   findingset.Set // that the model speaks; the zero value where it is not known
	Origin     Provenance
	// Words puts a text of the page into the reader's language; nil leaves English.
	// What machines read stays English.
	Words message.Words
}

// Legend is a class whose map is drawn.
type Legend struct {
	Colours []color.RGBA // from left to right; one where the class has a colour of its own
	Text    string       // the class
}

// Outline is where a reader sees a finding.
type Outline struct {
	Class  string
	Points [][2]float64 // of a polygon, in fractions of the film's width and height
}

// Mark is the outline on a film of w x h as a mark.
func (o Outline) Mark(w, h int) annotation.Mark {
	m := annotation.Mark{Kind: annotation.Polygon}
	for _, p := range o.Points {
		m.Points = append(m.Points, annotation.Point{X: p[0] * float64(w), Y: p[1] * float64(h)})
	}
	return m
}

// Drawn tells whether readers drew anything.
func (r *Report) Drawn() bool { return len(r.Marks)+len(r.Regions) > 0 }

// Opinion is what a reader answered to a finding.
type Opinion struct {
	Class   string
	Reader  string // "" where it may not be told
	Verdict string // agree, disagree, present, absent, unsure
	Note    string
}

// Provenance says what made the figures.
type Provenance struct {
	Program     string // name and version
	Model       string
	ModelSHA256 string
	PrepSHA256  string
	Thresholds  string // SHA-256, see calib.Calibration.SHA256
	Calibration message.Message
	Engine      string
	File        string // name of the picture's file; "" where it may not be told
	Pixels      string // SHA-256, see dicomio.Fingerprint
	Made        time.Time
	Warnings    []message.Message // of picture, model and thresholds
}

// verdicts are what readers said of a class, in the order of the answers.
func (r *Report) verdicts(class string) (list []string) {
	for _, o := range r.Opinions {
		if o.Class == class {
			list = append(list, o.Verdict)
		}
	}
	return list
}
