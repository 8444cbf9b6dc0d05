package dicomio

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/regular"
)

// Bounds on what is read. The largest film, 35 x 43 cm at 50 um, has 60
// million pixels.
const (
	maxSamples = 64 << 20 // samples of a frame
	maxFile    = 1 << 30  // bytes of a file
)

// Decode reads the picture at path. The container is told by the content, not
// by the name. Errors are *FormatError for a damaged file, *UnsupportedError
// for an encoding that is not read, the operating system's when the file
// cannot be opened, or ctx.Err() wrapped.
func Decode(ctx context.Context, path string) (im *Image, err error) {
	defer parallel.Recover(failed(path, &err))
	if err := ctx.Err(); err != nil {
		return nil, message.Errorf("decoding %s: %w", shortName(path), err)
	}
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out, err := decode(ctx, path, dcm.Input{ReaderAt: contextReaderAt{ctx, f}, Size: size})
	return finished(out, path, err)
}

// DecodeBytes reads a picture from memory; name stands for it in messages and
// in Image.Path. The image keeps no reference to data.
func DecodeBytes(ctx context.Context, name string, data []byte) (im *Image, err error) {
	defer parallel.Recover(failed(name, &err))
	if err := ctx.Err(); err != nil {
		return nil, message.Errorf("decoding %s: %w", shortName(name), err)
	}
	out, err := decode(ctx, name, inputOf(data))
	return finished(out, name, err)
}

// Hold counts what is decoded under the context that it returns against the
// memory that all decoders share, until release is called: for work on many
// pictures beside each other, one call for each, in the order in which they are
// needed. Decoding waits then while earlier pictures take too much.
func Hold(ctx context.Context) (held context.Context, release func()) {
	l := budget.Shared.Batch()
	return budget.With(ctx, l), l.Close
}

// Hold counts a picture that is being worked with in the budget of decoders, so that
// little garbage gathers beside a large one, until release is called.
func (im *Image) Hold() (release func()) {
	l := budget.Shared.Open()
	_ = l.Grow(context.Background(), int64(len(im.Stored))*sampleBytes) // it waits for nobody
	return l.Close
}

// finished completes a decoded picture.
func finished(im *Image, name string, err error) (*Image, error) {
	if err != nil {
		return nil, damaged(name, err)
	}
	im.Path = name
	if im.stats == nil {
		im.stats = &stats{}
	}
	im.Warnings = append(im.Warnings, doubts(im)...)
	return im, nil
}

// decode reads a picture of any format.
func decode(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	head := make([]byte, min(in.Size, formatHead))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, readError(name, err)
	}
	switch {
	case len(head) == 0:
		return nil, &FormatError{Path: name, Reason: message.Of("the file is empty")}
	case hasPrefix(head, pngSignature):
		return decodePNG(ctx, name, in)
	case hasPrefix(head, "\xff\xd8\xff"):
		return decodeJPEG(ctx, name, in)
	case dcm.IsDICOM(head):
		return decodeDICOM(ctx, name, in)
	}
	return nil, foreign(name, head)
}

// readError says that a file could not be read; ctx's errors and a file's own are
// kept apart from it.
func readError(name string, err error) error {
	var fe *FormatError
	if errors.As(err, &fe) {
		return err
	}
	return message.Errorf("reading %s: %w", shortName(name), err)
}

// openFile opens a file of a size that is read here.
func openFile(path string) (f *os.File, size int64, err error) {
	f, err = regular.Open(path)
	if err != nil {
		if info, serr := os.Stat(path); serr == nil && info.IsDir() {
			return nil, 0, &FormatError{Path: path, Reason: message.Of("it is a folder"), Advice: message.Of("open it as a folder of studies")}
		}
		return nil, 0, openError(path, err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() > maxFile {
		err = &UnsupportedError{Path: path, Encoding: message.Of("a file of more than %d MB", maxFile>>20),
			Advice: message.Of("export a single picture")}
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// readFile reads a whole file, in pieces so that ctx can stop it.
func readFile(ctx context.Context, path string) ([]byte, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, size)
	if _, err := io.ReadFull(&contextReader{ctx, f}, data); err != nil {
		return nil, message.Errorf("reading %s: %w", shortName(path), err)
	}
	return data, nil
}

// readInput reads all of a file of one picture whose bytes are needed together.
func readInput(ctx context.Context, name string, in dcm.Input) ([]byte, error) {
	if in.Size > maxCoded {
		return nil, &UnsupportedError{Path: name, Encoding: message.Of("a file of more than %d MB", maxCoded>>20), Advice: message.Of("export it again")}
	}
	data := make([]byte, in.Size)
	if _, err := io.ReadFull(&contextReader{ctx, io.NewSectionReader(in, 0, in.Size)}, data); err != nil {
		return nil, readError(name, err)
	}
	return data, nil
}

// maxCoded bounds the compressed data of one picture.
const maxCoded = 160 << 20

// accessError says in words why a file cannot be opened, and wraps the cause
// without saying it again.
type accessError struct {
	path   string
	reason message.Message
	cause  error
}

func (e *accessError) Error() string {
	return e.Message().String()
}

// Message is the sentence with its parts.
func (e *accessError) Message() message.Message {
	return message.Of("cannot read %s: %s", shortName(e.path), e.reason)
}

func (e *accessError) Unwrap() error { return e.cause }

func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &accessError{path, message.Of("there is no such file"), err}
	case errors.Is(err, fs.ErrPermission):
		return &accessError{path, message.Of("you may not open it; ask for permission"), err}
	case errors.Is(err, regular.ErrNotRegular):
		var cause *fs.PathError
		if errors.As(err, &cause) {
			return &accessError{path, message.Of("%v; choose a picture", cause.Err), err}
		}
	}
	return message.Errorf("opening %s: %w", shortName(path), err)
}

// contextReader ends reading once ctx is done; pieces are kept small enough
// that this happens soon.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p[:min(len(p), 8<<20)])
}

// contextReaderAt is contextReader for reading at places.
type contextReaderAt struct {
	ctx context.Context
	r   io.ReaderAt
}

func (c contextReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(p, off)
}

// checkSize refuses a picture that is larger than any film, or than capacity,
// the most samples that the file's bytes could stand for.
func checkSize(width, height, samples int, capacity int64) error {
	if width <= 0 || height <= 0 || samples <= 0 {
		return message.Errorf("its size is given as %d x %d", width, height)
	}
	total := int64(width) * int64(height) * int64(samples)
	if int64(width) > maxSamples || int64(height) > maxSamples || total > maxSamples {
		return message.Errorf("its size of %d x %d is larger than any film", width, height)
	}
	if total > capacity {
		return message.Errorf("its size is given as %d x %d, but the file is too short to hold that", width, height)
	}
	return nil
}
