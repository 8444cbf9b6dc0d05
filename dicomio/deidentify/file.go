package deidentify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strconv"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Draft is where a file is written that is never whole in memory: what was written
// can be written over, or all of it begun again.
type Draft interface {
	io.Writer
	io.WriterAt
	Restart() error
}

// heldHeader bounds what stands before the pixel data of a file that is
// de-identified, and behind it: that is held in memory, pixels are not.
const heldHeader = 96 << 20

// File is a DICOM file without identity that is ready to be written. Its
// pixel data is read, cleaned and written a frame at a time.
type File struct {
	// Report says what is done. What is taken out of the pixel data stands there
	// after Write; Out is the new instance UID.
	Report *Report

	a      *Anonymiser
	name   string
	file   *dcm.File
	object *pixeldata.Object // nil without integer pixels
	b      *dcm.Builder
	class  string

	decoded *decodedForm // of frames that are written uncompressed; nil until one asks for that
}

// errAgain says that a file must be written from its start: its frames hold what
// its header did not foresee.
var errAgain = message.New("the file must be written again")

// Open reads all but the pixel data of a file of so many bytes, which must stay
// readable until the result is written.
func (a *Anonymiser) Open(ctx context.Context, name string, file io.ReaderAt, size int64) (x *File, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	in := dcm.Input{ReaderAt: fileio.ReaderAt(ctx, file), Size: size, Held: heldHeader}
	if head := make([]byte, min(size, fileio.HeadBytes)); in.ReadAll(head) != nil || !dcm.IsDICOM(head) {
		return nil, &fileio.FormatError{Path: name, Reason: message.Of("it is no DICOM file"),
			Advice: message.Of("choose a DICOM file")}
	}
	x = &File{a: a, name: name, b: &dcm.Builder{}}
	if err := x.scan(in); err != nil {
		return nil, fileio.Damaged(name, err)
	}
	if err := x.identify(in); err != nil {
		return nil, fileio.Damaged(name, err)
	}
	return x, nil
}

// scan reads the elements.
func (x *File) scan(in dcm.Input) (err error) {
	if x.file, err = dcm.ScanInput(in); err != nil {
		return err
	}
	f := x.file
	f.ReadTail()
	if f.Pixels.Clipped { // every pixel must be there
		if _, err := pixeldata.New(x.name, f); err != nil {
			return err
		}
	}
	if f.Elements.Find(tag.SOPClassUID).Text() == dcm.ClassDICOMDIR ||
		f.Elements.Find(tag.MediaStorageSOPClassUID).Text() == dcm.ClassDICOMDIR {
		return &fileio.UnsupportedError{Path: x.name, Encoding: message.Of("de-identifying a DICOMDIR"),
			Advice: message.Of("de-identify the files that it lists")}
	}
	if f.Elements.Find(tag.EncapsulatedDocument) != nil {
		return &fileio.UnsupportedError{Path: x.name, Encoding: message.Of("de-identifying an encapsulated document"),
			Advice: message.Of("remove names from the document itself")}
	}
	return nil
}

// identify takes the identity out of the elements.
func (x *File) identify(in dcm.Input) error {
	f := x.file
	x.Report = &Report{In: x.name, Warnings: slices.Clone(f.Warnings), Cleaned: []string{},
		charset: f.Elements.Find(tag.SpecificCharacterSet).Text()}
	x.a.level(f.Elements, x.b, x.Report)
	x.a.identify(f.Elements, x.b, x.Report)
	x.class = cmp.Or(f.Elements.Find(tag.SOPClassUID).Text(), f.Elements.Find(tag.MediaStorageSOPClassUID).Text())
	instance := cmp.Or(f.Elements.Find(tag.SOPInstanceUID).Text(),
		f.Elements.Find(tag.MediaStorageSOPInstanceUID).Text())
	if instance == "" {
		uid, err := contentUID(in)
		if err != nil {
			return err
		}
		instance = "unnamed " + uid
	}
	x.Report.Out = x.a.uid(instance)
	return x.preparePixels()
}

// contentUID is DeriveUID of a file's bytes.
func contentUID(in dcm.Input) (string, error) {
	h := sha256.New()
	_, _ = io.WriteString(h, strconv.FormatInt(in.Size, 10)+":") // a hash takes everything
	if _, err := io.Copy(h, io.NewSectionReader(in, 0, in.Size)); err != nil {
		return "", message.Errorf("reading it: %w", err)
	}
	return dcm.UIDOf(h.Sum(nil)), nil
}

// Write writes the file. It can be called once. Errors of to are returned as they
// are.
func (x *File) Write(ctx context.Context, to Draft) (err error) {
	defer parallel.Recover(fileio.Failed(x.name, &err))
	out := &noted{Draft: to}
	for {
		err := x.write(ctx, out)
		switch {
		case err == nil:
			x.finish()
			return nil
		case out.err != nil:
			return out.err
		case !errors.Is(err, errAgain):
			return fileio.Damaged(x.name, err)
		}
		if err := to.Restart(); err != nil {
			return err
		}
	}
}

func (x *File) write(ctx context.Context, to Draft) error {
	syntax, done, err := x.pixels(ctx)
	if err != nil {
		return err
	}
	defer done()
	return dcm.Head{Class: x.class, Instance: x.Report.Out, Syntax: syntax}.WriteTo(to, x.b)
}

// finish completes the report.
func (x *File) finish() {
	if len(x.a.options.Redact) > 0 && x.object != nil {
		x.Report.Blanked = len(x.a.options.Redact)
		x.Report.Warnings = append(x.Report.Warnings, x.object.Warnings...)
	}
}

// noted tells a draft's own errors from those of what is written to it.
type noted struct {
	Draft
	err error
}

func (n *noted) Write(b []byte) (int, error) {
	k, err := n.Draft.Write(b)
	n.err = err
	return k, err
}

func (n *noted) WriteAt(b []byte, off int64) (int, error) {
	k, err := n.Draft.WriteAt(b, off)
	n.err = err
	return k, err
}
