// Package export is how pictures leave the program: as pages, pictures, DICOM objects
// and tables, with and without identity. Its core type is [Exporter]. It imports
// app/annotation, app/classmap, app/measure, app/models, app/records, app/render,
// app/report, app/worklist, inference and dicomio.
package export

import (
	"context"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/app/annotation"
	"hilum/app/classmap"
	"hilum/app/models"
	"hilum/app/records"
	"hilum/app/render"
	"hilum/app/report"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/derived"
	"hilum/dicomio/evidence"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/version"
)

// Subject is one picture with everything that can be exported of it.
type Subject struct {
	Image  *dicomio.Image
	File   ImageFile         // its DICOM file; nil where it has none
	Result *inference.Result // nil before a score
	Model  *inference.Model  // that scored; nil likewise
	Window dicomio.Window
	Invert bool
	Orient raster.Orientation  // as it is turned and mirrored on the screen
	Map    classmap.Map        // which maps are drawn over it
	Maps   []inference.Heatmap // to draw from; nil takes the Result's
	// Held are the reasons why the findings may not be told; nil where they may, also where they
	// are withheld and a reader insists.
	Held    []message.Message
	Method  string // what people call the method of the maps; "" for the model's own
	Marks   []annotation.Mark
	Scale   annotation.Scale
	Answers []records.Answer // of readers to this picture
	Reader  string           // name of who has it on the screen; "" for nobody
	// KeyImage and Conclusion are what a reader keeps of picture and study; the zero value
	// for none.
	KeyImage, Conclusion records.Remark
	// Evidence is what other programs say of the picture, to be drawn over it.
	Evidence []*evidence.Object
}

// told is the subject as it may be told to people: findings that are held are left out with
// their maps, and the reasons stand in their place. Tables for programs keep the figures,
// beside the reasons.
func (s Subject) told() Subject {
	if s.Held != nil {
		s.Result, s.Map, s.Maps = nil, classmap.Map{}, nil
	}
	return s
}

// withholding says that the findings are withheld, or shown all the same; the zero value
// where they are neither.
func (s Subject) withholding() message.Message {
	if s.Held != nil {
		return inference.Withholding(s.Held, false)
	}
	if s.Result == nil {
		return message.Message{}
	}
	return inference.Withholding(s.Result.Withheld, true)
}

// shot is the subject as it is drawn.
func (s Subject) shot(words message.Words) render.Shot {
	held := s.withholding()
	s = s.told()
	name := ""
	if s.Model != nil {
		name = s.Model.Name
	}
	return render.Shot{
		Image: s.Image, Window: s.Window, Invert: s.Invert, Orient: s.Orient,
		Result: s.Result, Maps: s.Maps, Map: s.Map, Method: s.Method, Withheld: held,
		Model: name, Words: words, Evidence: s.Evidence,
	}
}

// ImageFile lets use read a film's file, which is not held in memory.
type ImageFile func(ctx context.Context, use func(file io.ReaderAt, size int64) error) error

// Exporter writes pictures in several forms. All that one exporter writes
// without identity has the same pseudonyms and UIDs.
type Exporter struct {
	// Identified keeps names, dates, UIDs and free text. Without it they are
	// taken out; text that is burnt into the film stays.
	Identified bool
	// Key is what pseudonyms and UIDs of what is written without identity are derived from, so
	// that exporters with the same key agree; nil takes one that nobody else has.
	Key []byte
	Now func() time.Time // nil is time.Now
	// Words puts what people read into their language, captions and pages; nil
	// leaves English. What machines read stays English.
	Words message.Words
	// Files are what is written, and say what becomes of files that are there; nil
	// replaces none and gives the new ones numbers.
	Files *atomicfile.Outputs
	// Findings are the sets of findings that models may speak; nil is findingset.Sets.
	Findings findingset.Registry
	// Forms are those in which pictures can leave; nil is Standard.
	Forms Forms

	anonymiser *deidentify.Anonymiser
}

// Export writes a subject into a folder in the forms that are asked for, and the
// film as DICOM where the objects would refer to nothing else. It returns the
// files. Names tell no patient: they begin with the hash of the pixels.
func (e *Exporter) Export(ctx context.Context, s Subject, dir string, names ...string) ([]string, error) {
	defer s.Image.Hold()()
	forms, err := e.forms().take(names)
	if err != nil {
		return nil, err
	}
	x, err := e.prepare(ctx, s, forms)
	if err != nil {
		return nil, message.Errorf("exporting %s: %w", filepath.Base(s.Image.Path), err)
	}
	if img, ok := e.forms().Find(Image); ok && x.needsImage && forms.refer() && !slices.Contains(names, Image) {
		forms = append(forms, img)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("exporting: %w", err)
	}
	var files []string
	for _, f := range forms {
		name := x.Report.Origin.Pixels[:hashName] + f.Suffix
		path, err := e.files().Write(filepath.Join(dir, name), func(w io.Writer) error { return f.Write(ctx, x, w) })
		if err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}

// sets are the sets of findings that the exporter knows.
func (e *Exporter) sets() findingset.Registry {
	if e.Findings == nil {
		return findingset.Sets()
	}
	return e.Findings
}

// forms are those that the exporter knows.
func (e *Exporter) forms() Forms {
	if e.Forms == nil {
		return Standard()
	}
	return e.Forms
}

// prepare makes a subject ready and draws what the forms show.
func (e *Exporter) prepare(ctx context.Context, s Subject, forms Forms) (*Prepared, error) {
	x, err := e.describe(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, f := range forms {
		if f.Draw == nil {
			continue
		}
		if err := f.Draw(x); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (e *Exporter) files() *atomicfile.Outputs {
	files := e.Files
	if files == nil {
		files = &atomicfile.Outputs{Existing: atomicfile.Number}
	}
	files.Endings = e.forms().endings()
	return files
}

// hashName is how much of the pixels' hash names a file.
const hashName = 12

// Prepared is a subject made ready to be written in any form.
type Prepared struct {
	Subject Subject
	Report  *report.Report // what may be told of it

	words      message.Words
	identified bool                   // whose it is may be told
	drawn      *render.Sheet          // see Drawn
	captured   *render.Sheet          // see Captured
	image      ImageFile              // as DICOM, with its identity
	cleaner    *deidentify.Anonymiser // takes that away; nil keeps it
	needsImage bool                   // nobody else has the film under this identity
}

// Shot is the picture as it was looked at.
func (p *Prepared) Shot() render.Shot {
	s := p.Subject.shot(p.words)
	s.FreeText = p.cleaner == nil
	return s
}

// Drawn is the picture with map, annotations and caption, as it is turned on the screen. A
// drawn film takes several times its own size, so it is made when it is first asked for.
func (p *Prepared) Drawn() (*render.Sheet, error) {
	var err error
	if p.drawn == nil {
		shot := p.Shot()
		shot.Identified = p.identified
		p.drawn, err = p.annotated(shot)
	}
	return p.drawn, err
}

// Captured is Drawn as the film is stored, for DICOM, whose attributes say whose it is.
func (p *Prepared) Captured() (*render.Sheet, error) {
	shot := p.Shot()
	var err error
	switch {
	case p.captured != nil:
	case p.drawn != nil && !p.identified && shot.Orient == (raster.Orientation{}):
		p.captured = p.drawn
	default:
		shot.Orient = raster.Orientation{}
		p.captured, err = p.annotated(shot)
	}
	return p.captured, err
}

// annotated draws a shot with the marks, which turn with it.
func (p *Prepared) annotated(s render.Shot) (*render.Sheet, error) {
	drawn, err := s.Annotated()
	if err != nil {
		return nil, err
	}
	if p.Report.Drawn() {
		drawn = drawn.With(func(on *image.RGBA) error {
			return p.Report.DrawMarks(on, p.Report.MarkSize(), p.seen(s.Orient))
		})
	}
	return drawn.Ready()
}

// describe decides what may be told.
func (e *Exporter) describe(ctx context.Context, s Subject) (*Prepared, error) {
	x := e.outline(s)
	return x, e.identify(ctx, x)
}

// outline is what may be told of a subject beside whose it is as DICOM has it.
func (e *Exporter) outline(s Subject) *Prepared {
	x := &Prepared{Subject: s, words: e.Words, identified: e.Identified}
	fingerprint := s.Image.Fingerprint()
	x.Report = &report.Report{
		Image: s.Image, Study: s.Image.Header, Result: s.told().Result, Withheld: s.withholding(),
		Window: s.Window, Invert: s.Invert,
		Scale: s.Scale, Words: e.Words, Marks: e.marks(s.Marks), Regions: regionsOf(s.Answers),
		Opinions: e.opinions(s.Answers), Origin: origin(s.Model), KeyImage: s.KeyImage.Held,
	}
	if e.Identified { // free text may name somebody
		x.Report.KeyNote, x.Report.Conclusion = s.KeyImage.Text, s.Conclusion.Text
		x.Report.Readers = readersOf(s)
	}
	o := &x.Report.Origin
	o.Pixels, o.Made = fingerprint.Pixels, time.Now()
	if e.Now != nil {
		o.Made = e.Now()
	}
	if e.Identified {
		o.File = filepath.Base(s.Image.Path)
	}
	if s.Model != nil {
		x.Report.Findings = s.Model.Spec.Vocabulary(e.sets())
	}
	if s.Result != nil {
		o.Warnings = append(slices.Clone(o.Warnings), s.Result.Warnings...)
	} else {
		o.Warnings = append(slices.Clone(o.Warnings), s.Image.Warnings...)
	}
	return x
}

// seen gives where a point of the film lies in an orientation.
func (p *Prepared) seen(o raster.Orientation) func(annotation.Point) annotation.Point {
	w, h := float64(p.Subject.Image.Width), float64(p.Subject.Image.Height)
	return func(p annotation.Point) annotation.Point {
		p.X, p.Y = o.Apply(p.X, p.Y, w, h)
		return p
	}
}

// identify sets the study as it may be told, and what DICOM objects refer to.
func (e *Exporter) identify(ctx context.Context, x *Prepared) error {
	if !e.Identified && e.anonymiser == nil {
		a, err := deidentify.New(deidentify.Options{Secret: e.Key})
		if err != nil {
			return err
		}
		e.anonymiser = a
	}
	source, err := x.readImage(ctx)
	if err != nil {
		return err
	}
	if e.Identified {
		x.Report.Source, x.Report.Study = source, source.Header
		if x.Subject.Image.Format != dicomio.DICOM {
			x.Report.Study = dicomio.Header{} // what the copy was given says nothing
		}
		return nil
	}
	x.needsImage = true
	if x.Report.Source, err = source.Anonymised(ctx, e.anonymiser); err != nil {
		return err
	}
	x.Report.Study = x.Report.Source.Header
	x.cleaner = e.anonymiser
	return x.image(ctx, func(file io.ReaderAt, size int64) error {
		img, err := x.cleaner.Open(ctx, x.Subject.Image.Path, file, size)
		if err == nil {
			x.Report.Origin.Warnings = append(x.Report.Origin.Warnings, img.Report.Warnings...)
		}
		return err
	})
}

// readImage gives the DICOM identity of the picture; one that has none is
// written as DICOM.
func (p *Prepared) readImage(ctx context.Context) (source derived.Source, err error) {
	im := p.Subject.Image
	if source, err := derived.SourceOf(im); err == nil && p.Subject.File != nil {
		p.image = func(ctx context.Context, use func(io.ReaderAt, int64) error) error {
			return p.Subject.File(ctx, func(file io.ReaderAt, size int64) error {
				file, size, err := deidentify.PlainFile(im.Path, file, size)
				if err != nil {
					return err
				}
				return use(file, size)
			})
		}
		return source, nil
	}
	plain := *im
	if im.Samples != 1 {
		plain.Stored, plain.Samples = im.Gray(), 1
	}
	file, size, err := derived.ImageFile(&plain)
	if err != nil {
		return source, err
	}
	p.needsImage = true
	p.image = func(_ context.Context, use func(io.ReaderAt, int64) error) error { return use(file, size) }
	return derived.SourceOfFile(im.Path, file, size)
}

// marks are those that may be told: free text may name somebody.
func (e *Exporter) marks(list []annotation.Mark) []annotation.Mark {
	if e.Identified {
		return list
	}
	var out []annotation.Mark
	for _, m := range list {
		if m.Kind != annotation.Text {
			m.Text = ""
			out = append(out, m)
		}
	}
	return out
}

// opinions are the answers as they may be told, the last of each reader to each class.
func (e *Exporter) opinions(list []records.Answer) []report.Opinion {
	var out []report.Opinion
	for _, a := range list {
		o := report.Opinion{Class: a.Class, Verdict: string(a.Verdict)}
		if e.Identified {
			o.Reader, o.Note = a.Of(), a.Note
		}
		out = append(out, o)
	}
	return out
}

// readersOf are the names of those who said something of the subject, each once.
func readersOf(s Subject) (names []string) {
	if said := len(s.Answers)+len(s.Marks) > 0 || s.KeyImage.Held || s.Conclusion.Held; said && s.Reader != "" {
		names = append(names, s.Reader)
	}
	for _, a := range s.Answers {
		if !slices.Contains(names, a.Of()) {
			names = append(names, a.Of())
		}
	}
	return names
}

// regionsOf collects where readers see findings, boxes as polygons, by class.
func regionsOf(list []records.Answer) (out []report.Outline) {
	for _, a := range list {
		for _, r := range a.Regions {
			out = append(out, report.Outline{Class: a.Class, Points: r.Polygon()})
		}
	}
	slices.SortStableFunc(out, func(a, b report.Outline) int { return strings.Compare(a.Class, b.Class) })
	return out
}

// origin says what made the findings.
func origin(m *inference.Model) report.Provenance {
	o := report.Provenance{Program: "Hilum " + version.Number}
	if m == nil {
		return o
	}
	o.Model, o.ModelSHA256, o.PrepSHA256 = m.Name, m.SHA256, m.Spec.Prep.Hash()
	o.Calibration, o.Engine, o.Warnings = models.Provenance(m.Calibration), m.Engine().String(), m.Warnings
	if id, err := worklist.Identify(m); err == nil {
		o.Thresholds = id.Thresholds
	}
	return o
}

// Row gives a subject's line of a table of findings, as far as it may be told.
func (e *Exporter) Row(ctx context.Context, s Subject) (report.TableRow, error) {
	x, err := e.describe(ctx, s)
	if err != nil {
		return report.TableRow{}, message.Errorf("exporting %s: %w", filepath.Base(s.Image.Path), err)
	}
	row := report.TableRow{Path: x.Report.Origin.Pixels, Patient: x.Report.Study.PatientID,
		Date: x.Report.Study.StudyDate,
		View: x.Report.Study.ViewPosition, Origin: x.Report.Origin}
	if e.Identified {
		row.Path = s.Image.Path
	}
	if s.Result != nil {
		row.Findings, row.Withheld = s.Result.Findings, inference.Withholding(s.Result.Withheld, false)
	}
	return row, nil
}

// ErrNoPicture is returned by exports without a picture.
var ErrNoPicture = message.New("there is no picture to export; open one first")
