package export

import (
	"context"
	"errors"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"hilum/app/records"
	"hilum/app/render"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Reading is what exports ask of the rest of the program.
type Reading interface {
	// Subject is the current picture with everything about it, as it is shown; without an
	// image where there is none.
	Subject() Subject
	// Model is the one in use; nil for none.
	Model() *inference.Model
	// List is what is listed.
	List() *worklist.List
	// Blinded tells whether findings of films may be hidden from the reader.
	Blinded() bool
	// LogExport notes in the audit log that files left the program.
	LogExport(im *dicomio.Image, files []string, identified bool)
}

// Exports is how the current picture leaves the program. Its methods return when the files
// are there: call them outside the window's goroutine.
type Exports struct {
	reading   Reading
	records   *records.Store // nil for none
	forms     Forms
	sets      findingset.Registry
	own       *atomicfile.Outputs // pages and pictures that are made without asking for a name
	exporting sync.Mutex          // one at a time shares pseudonyms
	exporters [2]Exporter         // without identity and with it

	mu    sync.Mutex
	words message.Words
}

// New has exported nothing yet. s are the records that tables come from; nil for none.
// forms are those in which pictures can leave, sets those of findings that models may
// speak; nil are the ones that come along.
func New(r Reading, s *records.Store, forms Forms, sets findingset.Registry) *Exports {
	if forms == nil {
		forms = Standard()
	}
	return &Exports{reading: r, records: s, forms: forms, sets: sets,
		own: &atomicfile.Outputs{Existing: atomicfile.Number, Again: true}}
}

// SetWords says how texts that leave the program get into the reader's language:
// captions and pages for people. nil leaves English.
func (x *Exports) SetWords(words message.Words) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.words = words
}

// inWords is what SetWords set.
func (x *Exports) inWords() message.Words {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.words
}

// Forms are those in which pictures can leave the program.
func (x *Exports) Forms() Forms { return x.forms }

// Export writes the current picture in several forms into a folder, as it is
// shown now, and notes in the audit log what left.
func (x *Exports) Export(ctx context.Context, j Job) ([]string, error) {
	subject := x.reading.Subject()
	switch {
	case subject.Image == nil:
		return nil, ErrNoPicture
	case len(j.Forms) == 0:
		return nil, message.New("nothing is chosen to export; tick a form")
	case j.Dir == "":
		return nil, message.New("no folder to write into was named; choose one")
	}
	if subject.Result == nil && subject.Held == nil {
		subject.Model = nil
	}
	x.exporting.Lock()
	defer x.exporting.Unlock()
	exporter := &x.exporters[0]
	if j.Identified {
		exporter = &x.exporters[1]
	}
	exporter.Identified, exporter.Words, exporter.Forms = j.Identified, x.inWords(), x.forms
	exporter.Findings = x.sets
	files, err := exporter.Export(ctx, subject, j.Dir, j.Forms...)
	x.reading.LogExport(subject.Image, files, j.Identified)
	return files, err
}

// ExportPNG writes the picture as it is shown, with map and caption.
func (x *Exports) ExportPNG(path string) error {
	img, err := x.seen()
	if err != nil {
		return err
	}
	// who chose the name was asked whether what is there may go
	return atomicfile.Write(path, func(w io.Writer) error { return render.EncodePNG(w, img) })
}

// seen is the picture as it is shown, with map and caption.
func (x *Exports) seen() (image.Image, error) {
	s := x.reading.Subject()
	if s.Image == nil {
		return nil, ErrNoPicture
	}
	shot := s.shot(x.inWords())
	return render.Annotated(shot)
}

// ExportTable writes the findings of everything in the worklist that the model
// in use has scored, as CSV. It reads the disk.
func (x *Exports) ExportTable(ctx context.Context, path string, identified bool) error {
	m := x.reading.Model()
	if x.reading.Blinded() {
		return message.New("a table of all findings tells what is hidden; end blinded reading first")
	}
	if m == nil || x.records == nil {
		return message.New("there are no scores to write: no model is open, or no records are kept")
	}
	return writeTable(ctx, tableJob{Path: path, List: x.reading.List(), Records: x.records, Model: m,
		Identified: identified})
}

// Page writes the one-page report of the current picture into a folder, without
// the patient's identity, and returns its path.
func (x *Exports) Page(ctx context.Context, dir string) (string, error) {
	subject := x.reading.Subject()
	if subject.Image == nil {
		return "", ErrNoPicture
	}
	subject.File, subject.Answers = nil, nil
	files, err := (&Exporter{Words: x.inWords(), Files: x.own}).Export(ctx, subject, dir, PDF)
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// PrintPage prints the one-page report of the current picture, or says where it
// lies when there is no printer. The text is for the reader.
func (x *Exports) PrintPage(ctx context.Context, p Printer) (message.Message, error) {
	dir, err := documents()
	if err != nil {
		return message.Message{}, err
	}
	path, err := x.Page(ctx, dir)
	if err != nil {
		return message.Message{}, err
	}
	switch err := p.Print(ctx, path, "Hilum"); {
	case errors.Is(err, ErrNoPrinter):
		return message.Of("No printer was found. The page was saved as %s; print it from there.", path), nil
	case err != nil:
		return message.Message{}, message.Errorf("%w; the page was saved as %s", err, path)
	}
	return message.Of("The page was sent to the printer. It also lies at %s.", path), nil
}

// drawn is the current picture with map, caption and what was measured; identified says
// whose it is.
func (x *Exports) drawn(identified bool) (image.Image, error) {
	s := x.reading.Subject()
	if s.Image == nil {
		return nil, ErrNoPicture
	}
	defer s.Image.Hold()()
	return (&Exporter{Identified: identified, Words: x.inWords(), Findings: x.sets}).outline(s).Drawn()
}

// CopyPicture puts the current picture, with what was measured, on the system's
// clipboard through wl-copy or xclip: the toolkit's own clipboard holds text
// only. identified says whose it is. Where neither program is there the picture is saved, and
// what to tell the reader is returned with its path.
func (x *Exports) CopyPicture(ctx context.Context, identified bool) (said message.Message, path string, err error) {
	dir, err := documents()
	if err != nil {
		return message.Message{}, "", err
	}
	img, err := x.drawn(identified)
	if err == nil {
		path, err = render.WritePNG(x.own, filepath.Join(dir, "copied.png"), img)
	}
	if err != nil {
		return message.Message{}, "", err
	}
	name, args := clipboardProgram(os.Getenv("WAYLAND_DISPLAY") != "", exec.LookPath)
	if name == "" {
		return message.Of("No program for copying pictures is here (xclip or wl-clipboard). The picture was saved as %s, and that name was copied.", path), path, nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return message.Message{}, "", err
	}
	defer f.Close()
	c := exec.CommandContext(ctx, name, args...) // it goes on in the background to serve who pastes
	c.Stdin = f
	if err := c.Run(); err != nil {
		return message.Message{}, "", message.Errorf("%s could not copy the picture: %w", name, err)
	}
	if identified {
		return message.Of("The picture was copied with what was measured and the patient's identity."), "", nil
	}
	return message.Of("The picture was copied with what was measured, without the patient's identity."), "", nil
}
