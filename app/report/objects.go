package report

import (
	"fmt"
	"image"
	"image/draw"
	"io"
	"strings"

	"hilum/app/annotation"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/internal/message"
)

// Series numbers of what is made here, far from those of modalities.
const (
	seriesCapture = 9901 + iota
	seriesReport
	seriesState
	seriesKey
)

func (r *Report) derived(what string, series int) derived.Common {
	return derived.Common{Source: r.Source, Made: r.Origin.Made, Software: r.Origin.Program,
		Series: what + ", not for diagnosis", SeriesNumber: series}
}

// WriteCapture writes the drawn picture as a DICOM Secondary Capture: with its
// map where it has one, and with the caption that is drawn below it. What the film
// can be sure of holds for it too, unless something is drawn that may tell somebody.
func (r *Report) WriteCapture(w io.Writer, drawn image.Image) error {
	b := drawn.Bounds()
	line := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	row := func(y int, rgb []byte) {
		draw.Draw(line, line.Rect, drawn, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		for i, o := 0, 0; o < len(rgb); i, o = i+4, o+3 {
			copy(rgb[o:o+3], line.Pix[i:])
		}
	}
	words := "Drawn by " + r.Origin.Program
	if r.Map != "" {
		words += ", " + r.Map
	}
	return derived.WriteSecondaryCapture(w, &derived.SecondaryCapture{
		Common: r.derived("Picture with findings", seriesCapture), Width: b.Dx(), Height: b.Dy(), Row: row,
		Derivation: words + ". " + inference.NotForDiagnosis, Assurance: r.drawnAssurance(),
	})
}

// drawnAssurance is the film's, with what readers wrote on it.
func (r *Report) drawnAssurance() dicomio.Assurance {
	a := r.Image.Assurance
	for _, m := range r.Marks {
		if m.Text != "" {
			a.BurnedIn = "YES" // nobody reads it before it leaves
		}
	}
	return a
}

// WriteStructured writes the findings as a structured report. Positive findings
// have the region that their map points at, where there is one. Of findings that may not be
// told the report says so in a comment and holds none.
func (r *Report) WriteStructured(w io.Writer) error {
	if r.Result == nil && r.Withheld.IsZero() {
		return message.Errorf("there are no findings to report; score the picture first")
	}
	s := &derived.StructuredReport{
		Common:    r.derived("Findings", seriesReport),
		Algorithm: r.algorithm(),
		Comments:  []string{inference.NotForDiagnosis}, Readers: r.Readers,
	}
	if !r.Withheld.IsZero() {
		s.Comments = append(s.Comments, r.Withheld.String())
	}
	s.Findings = r.reported()
	for _, o := range r.Opinions {
		s.Comments = append(s.Comments, strings.TrimSpace(fmt.Sprintf("Reader %s on %s: %s. %s", o.Reader, o.Class,
			o.Verdict, o.Note)))
	}
	s.Conclusion = r.Conclusion
	s.Comments = append(s.Comments, message.Strings(r.Origin.Warnings)...)
	return derived.WriteStructuredReport(w, s)
}

// reported are the findings as a structured report has them; none where they may not be told.
func (r *Report) reported() (out []derived.ReportedFinding) {
	if r.Result == nil {
		return nil
	}
	for i, f := range r.Result.Findings {
		found := derived.ReportedFinding{
			Tracking: f.Class, Finding: findingCode(r.Findings, f.Class), Present: f.Positive,
			Probability: f.Probability,
			Threshold:   f.Threshold,
		}
		if f.Positive && i < len(r.Result.Maps) {
			found.Region = region(&r.Result.Maps[i], r.Image.Width, r.Image.Height)
		}
		out = append(out, found)
	}
	return out
}

// WriteKeyObject writes that the picture is a key image, and why.
func (r *Report) WriteKeyObject(w io.Writer) error {
	if !r.KeyImage {
		return message.New("the picture is no key image; make it one first (key K)")
	}
	return derived.WriteKeyObject(w, &derived.KeyObject{Common: r.derived("Key image", seriesKey), Note: r.KeyNote})
}

// algorithm is the model as a structured report names it, its version being the SHA-256 of its
// file: what the report says of it in its content must fit into attributes of 64 characters
// (IHE RAD AIR 6.5.3.1).
func (r *Report) algorithm() derived.Algorithm {
	const longest = 64
	a := derived.Algorithm{Name: r.Origin.Model, Version: r.Origin.ModelSHA256, Parameters: r.parameters()}
	if name := []rune(a.Name); len(name) > longest {
		a.Parameters = append(a.Parameters, "name: "+a.Name)
		a.Name = string(name[:longest])
	}
	return a
}

// parameters say how the model was used.
func (r *Report) parameters() []string {
	var out []string
	for _, p := range []struct{ name, value string }{
		{"program", r.Origin.Program}, {"preprocessing sha256", r.Origin.PrepSHA256},
		{"thresholds sha256", r.Origin.Thresholds},
		{"calibration", r.Origin.Calibration.String()}, {"engine", r.Origin.Engine}, {"pixels sha256", r.Origin.Pixels},
	} {
		if p.value != "" {
			out = append(out, p.name+": "+p.value)
		}
	}
	return out
}

// WriteState writes how the picture was looked at, and what was drawn on it, as
// a presentation state.
func (r *Report) WriteState(w io.Writer) error {
	return derived.WritePresentationState(w, &derived.PresentationState{
		Common: r.derived("Annotations", seriesState), Label: "HILUM",
		Description: "Window and annotations, not for diagnosis",
		Modality:    r.Image.Modality, Window: r.Window, Inverse: r.Image.Inverted != r.Invert, Layers: r.layers(),
	})
}

func (r *Report) layers() []derived.GraphicLayer {
	note := derived.GraphicLayer{Name: "NOTICE",
		Texts: []derived.GraphicText{{Text: inference.NotForDiagnosis, Anchor: [2]float32{0, 0}}}}
	out := []derived.GraphicLayer{note}
	marks := derived.GraphicLayer{Name: "ANNOTATIONS", Description: "Measurements and text of the reader"}
	for _, m := range r.Marks {
		r.addMark(&marks, m)
	}
	if len(marks.Graphics)+len(marks.Texts) > 0 {
		out = append(out, marks)
	}
	seen := derived.GraphicLayer{Name: "REGIONS", Description: "Where the reader sees findings"}
	for _, region := range r.Regions {
		m := region.Mark(r.Image.Width, r.Image.Height)
		addOutline(&seen, m)
		seen.Texts = append(seen.Texts, derived.GraphicText{Text: region.Class, Anchor: at(m.Points[0])})
	}
	if len(seen.Graphics) > 0 {
		out = append(out, seen)
	}
	return out
}

// maxCaption is what a presentation state holds of one text.
const maxCaption = 1024

// addMark draws a mark and writes its figure at its first point.
func (r *Report) addMark(l *derived.GraphicLayer, m annotation.Mark) {
	if !m.Complete() {
		return
	}
	addOutline(l, m)
	text := strings.TrimSpace(m.Summary(annotation.Measure(m, r.Scale, valuesOf(r.Image))))
	if text == "" {
		return
	}
	if runes := []rune(text); len(runes) > maxCaption {
		text = string(runes[:maxCaption])
	}
	l.Texts = append(l.Texts, derived.GraphicText{Text: text, Anchor: at(m.Points[0])})
}

// addOutline draws the lines of a mark.
func addOutline(l *derived.GraphicLayer, m annotation.Mark) {
	for _, line := range lines(m.Segments()) {
		l.Graphics = append(l.Graphics, derived.Graphic{Type: derived.PolylineGraphic, Points: line})
	}
}

// lines joins segments that follow one another.
func lines(segments []annotation.Segment) [][][2]float32 {
	var out [][][2]float32
	for i, s := range segments {
		if i == 0 || segments[i-1].B != s.A {
			out = append(out, [][2]float32{at(s.A)})
		}
		last := &out[len(out)-1]
		*last = append(*last, at(s.B))
	}
	return out
}

// values are the grey values that statistics of regions are taken of.
type values struct {
	im   *dicomio.Image
	grey []int32
}

func valuesOf(im *dicomio.Image) values { return values{im, im.Gray()} }

func (v values) Size() (w, h int) { return v.im.Width, v.im.Height }
func (v values) Unit() string     { return v.im.Modality.Units }
func (v values) Value(x, y int) float64 {
	return v.im.ModalityValue(v.grey[y*v.im.Width+x])
}

func at(p annotation.Point) [2]float32 { return [2]float32{float32(p.X), float32(p.Y)} }
