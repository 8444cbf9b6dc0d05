// Package export is how pictures leave the program: as pages, pictures, DICOM objects
// and tables, with and without identity. Its core type is [Exporter]. It imports
// app/annotation, app/classmap, app/measure, app/models, app/records, app/render,
// app/report, app/worklist, inference and dicomio.
package export

import (
	"context"
	"errors"
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
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/version"
)

// Form is a form in which a picture leaves the program.
type Form string

// The forms.
const (
	PDF               Form = "pdf"   // one page: picture, map, findings, provenance
	Mapped            Form = "png"   // the picture as shown, with map, annotations and caption
	PNG16             Form = "png16" // its values, 16 bits, without anything over them
	Capture           Form = "sc"    // DICOM Secondary Capture of what png draws
	StructuredReport  Form = "sr"    // DICOM structured report, TID 1500
	PresentationState Form = "gsps"  // DICOM presentation state: window and annotations
	Film              Form = "film"  // the picture itself as DICOM, which the three above refer to
)

// Forms lists the forms.
func Forms() []Form {
	return []Form{PDF, Mapped, PNG16, Capture, StructuredReport, PresentationState, Film}
}

// Subject is one picture with everything that can be exported of it.
type Subject struct {
	Image   *dicomio.Image
	File    FilmFile          // its DICOM file; nil where it has none
	Result  *inference.Result // nil before a score
	Model   *inference.Model  // that scored; nil likewise
	Window  dicomio.Window
	Invert  bool
	Orient  raster.Orientation  // as it is turned and mirrored on the screen
	Map     classmap.Map        // which maps are drawn over it
	Maps    []inference.Heatmap // to draw from; nil takes the Result's
	Marks   []annotation.Mark
	Scale   annotation.Scale
	Answers []records.Answer // of readers to this picture
}

// shot is the subject as it is drawn.
func (s Subject) shot(words message.Words) render.Shot {
	name := ""
	if s.Model != nil {
		name = s.Model.Name
	}
	return render.Shot{
		Image: s.Image, Window: s.Window, Invert: s.Invert, Orient: s.Orient,
		Result: s.Result, Maps: s.Maps, Map: s.Map, Model: name, Words: words,
	}
}

// FilmFile lets use read a film's file, which is not held in memory.
type FilmFile func(ctx context.Context, use func(file io.ReaderAt, size int64) error) error

// Exporter writes pictures in several forms. All that one exporter writes
// without identity has the same pseudonyms and UIDs.
type Exporter struct {
	// Identified keeps names, dates, UIDs and free text. Without it they are
	// taken out; text that is burnt into the film stays.
	Identified bool
	Now        func() time.Time // nil is time.Now
	// Words puts what people read into their language, captions and pages; nil
	// leaves English. What machines read stays English.
	Words message.Words
	// Files are what is written, and say what becomes of files that are there; nil
	// replaces none and gives the new ones numbers.
	Files *atomicfile.Outputs

	anonymiser *dicomio.Anonymiser
}

// Export writes a subject into a folder in the forms that are asked for, and the
// film as DICOM where the objects would refer to nothing else. It returns the
// files. Names tell no patient: they begin with the hash of the pixels.
func (e *Exporter) Export(ctx context.Context, s Subject, dir string, kinds ...Form) ([]string, error) {
	defer s.Image.Hold()()
	x, err := e.describe(ctx, s)
	if err == nil {
		err = x.draw(e.Words, kinds)
	}
	if err != nil {
		return nil, message.Errorf("exporting %s: %w", filepath.Base(s.Image.Path), err)
	}
	if slices.ContainsFunc(kinds, isObject) && x.needsFilm && !slices.Contains(kinds, Film) {
		kinds = append(slices.Clone(kinds), Film)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("exporting: %w", err)
	}
	var files []string
	for _, k := range kinds {
		suffix, write := x.form(ctx, k)
		if write == nil {
			return files, message.Errorf("a picture cannot be exported as %q", k)
		}
		path, err := e.files().Write(filepath.Join(dir, x.report.Origin.Pixels[:hashName]+suffix), write)
		if err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}

func (e *Exporter) files() *atomicfile.Outputs {
	files := e.Files
	if files == nil {
		files = &atomicfile.Outputs{Existing: atomicfile.Number}
	}
	files.Endings = []string{"-16bit.png", "-sc.dcm", "-sr.dcm", "-gsps.dcm", "-film.dcm"}
	return files
}

// hashName is how much of the pixels' hash names a file.
const hashName = 12

// isObject tells the forms that refer to the film.
func isObject(k Form) bool { return k == Capture || k == StructuredReport || k == PresentationState }

// export is a subject made ready.
type export struct {
	subject   Subject
	report    *report.Report
	drawn     *render.Sheet       // picture, map, annotations, caption, as it is turned
	captured  *render.Sheet       // the same as the film is stored, for DICOM
	film      FilmFile            // as DICOM, with its identity
	cleaner   *dicomio.Anonymiser // takes that away; nil keeps it
	needsFilm bool                // nobody else has the film under this identity
}

// form gives the end of a file's name and its writer.
func (x *export) form(ctx context.Context, k Form) (suffix string, write func(io.Writer) error) {
	switch k {
	case PDF:
		return ".pdf", x.report.WritePDF
	case Mapped:
		return ".png", func(w io.Writer) error { return render.EncodePNG(w, x.drawn) }
	case PNG16:
		return "-16bit.png", func(w io.Writer) error { return report.WritePNG16(w, x.subject.Image) }
	case Capture:
		return "-sc.dcm", func(w io.Writer) error { return errors.Join(x.report.WriteCapture(w, x.captured), x.captured.Err) }
	case StructuredReport:
		return "-sr.dcm", x.report.WriteStructured
	case PresentationState:
		return "-gsps.dcm", x.report.WriteState
	case Film:
		return "-film.dcm", func(w io.Writer) error { return x.writeFilm(ctx, w) }
	}
	return "", nil
}

// describe decides what may be told.
func (e *Exporter) describe(ctx context.Context, s Subject) (*export, error) {
	x := &export{subject: s}
	fingerprint := s.Image.Fingerprint()
	x.report = &report.Report{
		Image: s.Image, Study: s.Image.Study, Result: s.Result, Window: s.Window, Invert: s.Invert,
		Scale: s.Scale, Words: e.Words, Marks: e.marks(s.Marks), Regions: regionsOf(s.Answers), Opinions: e.opinions(s.Answers), Origin: origin(s.Model),
	}
	o := &x.report.Origin
	o.Pixels, o.Made = fingerprint.Pixels, time.Now()
	if e.Now != nil {
		o.Made = e.Now()
	}
	if e.Identified {
		o.File = filepath.Base(s.Image.Path)
	}
	if s.Model != nil {
		x.report.Findings = s.Model.Spec.Vocabulary(findingset.Sets())
	}
	if s.Result != nil {
		o.Warnings = append(slices.Clone(o.Warnings), s.Result.Warnings...)
	} else {
		o.Warnings = append(slices.Clone(o.Warnings), s.Image.Warnings...)
	}
	return x, e.identify(ctx, x)
}

// draw makes what the kinds show: the picture as it was looked at, and with map,
// annotations and caption. A drawn film takes several times its own size, so
// nothing is drawn that is not asked for.
func (x *export) draw(words message.Words, kinds []Form) error {
	shot := x.subject.shot(words)
	stored := shot
	stored.Orient = raster.Orientation{}
	var err error
	if slices.Contains(kinds, Mapped) {
		if x.drawn, err = x.annotated(shot); err != nil {
			return err
		}
	}
	if slices.Contains(kinds, Capture) {
		if x.captured = x.drawn; x.drawn == nil || stored.Orient != shot.Orient {
			if x.captured, err = x.annotated(stored); err != nil {
				return err
			}
		}
	}
	if slices.Contains(kinds, PDF) {
		return x.drawPage(shot)
	}
	return nil
}

// drawPage makes the pictures of the page.
func (x *export) drawPage(shot render.Shot) error {
	bare := shot
	bare.Map = classmap.Map{}
	shown := bare.Marked()
	if shown.IsGrey = !x.report.Drawn(); !shown.IsGrey {
		shown = shown.With(func(on *image.RGBA) error { return x.report.DrawMarks(on, x.report.PageSize(), x.seen(shot.Orient)) })
	}
	var err error
	if x.report.Shown, err = shown.Ready(); err != nil {
		return err
	}
	classes := shot.Mapped()
	if len(classes) == 0 {
		return nil
	}
	mapped, err := shot.Marked().Ready()
	if err != nil {
		return err
	}
	x.report.Mapped, x.report.Map = mapped, shot.MapWords()
	for i, class := range classes {
		x.report.Legend = append(x.report.Legend, report.Legend{Colours: shot.Swatch(i), Text: shot.Words.Name(inference.ClassName(class))})
	}
	return nil
}

// annotated draws a shot with the marks, which turn with it.
func (x *export) annotated(s render.Shot) (*render.Sheet, error) {
	drawn, err := s.Annotated()
	if err != nil {
		return nil, err
	}
	if x.report.Drawn() {
		drawn = drawn.With(func(on *image.RGBA) error { return x.report.DrawMarks(on, x.report.MarkSize(), x.seen(s.Orient)) })
	}
	return drawn.Ready()
}

// seen gives where a point of the film lies in an orientation.
func (x *export) seen(o raster.Orientation) func(annotation.Point) annotation.Point {
	w, h := float64(x.subject.Image.Width), float64(x.subject.Image.Height)
	return func(p annotation.Point) annotation.Point {
		p.X, p.Y = o.Apply(p.X, p.Y, w, h)
		return p
	}
}

// identify sets the study as it may be told, and what DICOM objects refer to.
func (e *Exporter) identify(ctx context.Context, x *export) error {
	if !e.Identified && e.anonymiser == nil {
		a, err := dicomio.NewAnonymiser(dicomio.AnonymiseOptions{})
		if err != nil {
			return err
		}
		e.anonymiser = a
	}
	source, err := x.readFilm(ctx)
	if err != nil {
		return err
	}
	if e.Identified {
		x.report.Source, x.report.Study = source, source.Study
		if x.subject.Image.Format != dicomio.DICOM {
			x.report.Study = dicomio.Study{} // what the copy was given says nothing
		}
		return nil
	}
	x.needsFilm = true
	if x.report.Source, err = e.anonymiser.Source(ctx, source); err != nil {
		return err
	}
	x.report.Study = x.report.Source.Study
	x.cleaner = e.anonymiser
	return x.film(ctx, func(file io.ReaderAt, size int64) error {
		film, err := x.cleaner.Open(ctx, x.subject.Image.Path, file, size)
		if err == nil {
			x.report.Origin.Warnings = append(x.report.Origin.Warnings, film.Report.Warnings...)
		}
		return err
	})
}

// writeFilm writes the film as DICOM, piece by piece.
func (x *export) writeFilm(ctx context.Context, w io.Writer) error {
	return x.film(ctx, func(file io.ReaderAt, size int64) error {
		if x.cleaner == nil {
			_, err := io.Copy(w, io.NewSectionReader(file, 0, size))
			return err
		}
		film, err := x.cleaner.Open(ctx, x.subject.Image.Path, file, size)
		if err != nil {
			return err
		}
		draft, ok := w.(dicomio.Draft)
		if !ok {
			return message.New("a film is written into files only")
		}
		return film.Write(ctx, draft)
	})
}

// readFilm gives the DICOM identity of the picture; one that has none is
// written as DICOM.
func (x *export) readFilm(ctx context.Context) (source dicomio.Source, err error) {
	im := x.subject.Image
	if source, err := dicomio.SourceOf(im); err == nil && x.subject.File != nil {
		x.film = func(ctx context.Context, use func(io.ReaderAt, int64) error) error {
			return x.subject.File(ctx, func(file io.ReaderAt, size int64) error {
				file, size, err := dicomio.PlainFile(im.Path, file, size)
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
	file, size, err := dicomio.AsDICOM(&plain)
	if err != nil {
		return source, err
	}
	x.needsFilm = true
	x.film = func(_ context.Context, use func(io.ReaderAt, int64) error) error { return use(file, size) }
	return dicomio.SourceOfFile(im.Path, file, size)
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

// opinions are the answers as they may be told, the last of each class.
func (e *Exporter) opinions(list []records.Answer) []report.Opinion {
	var out []report.Opinion
	for _, a := range list {
		o := report.Opinion{Class: a.Class, Verdict: string(a.Verdict)}
		if e.Identified {
			o.Reader, o.Note = a.Reader, a.Note
		}
		out = slices.DeleteFunc(out, func(other report.Opinion) bool { return other.Class == o.Class })
		out = append(out, o)
	}
	return out
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
	row := report.TableRow{Path: x.report.Origin.Pixels, Patient: x.report.Study.PatientID, Date: x.report.Study.StudyDate,
		View: x.report.Study.ViewPosition, Origin: x.report.Origin}
	if e.Identified {
		row.Path = s.Image.Path
	}
	if s.Result != nil {
		row.Findings = s.Result.Findings
	}
	return row, nil
}

// ErrNoPicture is returned by exports without a picture.
var ErrNoPicture = message.New("there is no picture to export; open one first")
