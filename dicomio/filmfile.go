package dicomio

import (
	"archive/zip"
	"bytes"
	"context"
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// File lets use read the instance's file, from the disk or the archive, without
// holding it. It is best read from its start to its end.
func (i *Instance) File(ctx context.Context, use func(file io.ReaderAt, size int64) error) error {
	switch {
	case !i.OnDisk():
		return use(bytes.NewReader(i.data), int64(len(i.data)))
	case i.Member == "":
		f, size, err := openFile(i.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		return use(f, size)
	}
	return withMember(i.Path, i.Member, func(m *zip.File) error {
		in, err := memberInput(ctx, i.Path, m)
		if err != nil {
			return err
		}
		return use(in, in.Size)
	})
}

// AsDICOM is what WriteDICOM makes of a picture, which is not held: it is written
// again while it is read.
func AsDICOM(im *Image) (file io.ReaderAt, size int64, err error) {
	return rewritten(func(w io.Writer) error { return WriteDICOM(w, im) })
}

// rewritten is what write writes, as often as it is read.
func rewritten(write func(io.Writer) error) (file io.ReaderAt, size int64, err error) {
	var n counter
	if err := write(&n); err != nil {
		return nil, 0, err
	}
	return dcm.Stream(func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(caught(write, w)) }() // a reader that is closed ends it
		return r, nil
	}), int64(n), nil
}

// caught is write, whose panic is an error to the reader of the pipe: nobody
// else would meet it.
func caught(write func(io.Writer) error, w io.Writer) (err error) {
	defer parallel.Recover(func(p *parallel.Panic) { err = p })
	return write(w)
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// SourceOfFile is SourceOf of a DICOM file whose pixels are not read.
func SourceOfFile(name string, file io.ReaderAt, size int64) (Source, error) {
	f, err := dcm.ScanInput(dcm.Input{ReaderAt: file, Size: size})
	if err != nil {
		return Source{}, damaged(name, err)
	}
	o := object{name: name, file: f}
	if err := o.readPixelModule(); err != nil {
		return Source{}, damaged(name, err)
	}
	return SourceOf(&Image{Format: DICOM, Path: name, Study: readStudy(f.Elements), SOPClass: f.Elements.Find(tagSOPClass).Text(),
		Width: o.px.columns, Height: o.px.rows})
}

// PlainFile gives a DICOM file whose texts have no control characters: blanks stand
// for them. All else stays to the last byte, unless the file is deflated, which is
// written anew. A file without any is given back as it is. Pixels are not held.
func PlainFile(name string, file io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	f, err := dcm.ScanInput(dcm.Input{ReaderAt: file, Size: size, Held: heldHeader})
	if err != nil {
		return nil, 0, damaged(name, err)
	}
	f.ReadTail()
	switch {
	case !plainTexts(f):
		return file, size, nil
	case f.TransferSyntax != dcm.Deflated:
		return f.Over(file), size, nil
	}
	out, size, err := rewritten(func(w io.Writer) error { return writeInflated(w, name, f) })
	if err != nil {
		return nil, 0, message.Errorf("writing it anew: %w", err)
	}
	return out, size, nil
}
