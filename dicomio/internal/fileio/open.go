package fileio

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// ReadError says that a file could not be read; ctx's errors and a file's own are
// kept apart from it.
func ReadError(name string, err error) error {
	var fe *FormatError
	if errors.As(err, &fe) {
		return err
	}
	return message.Errorf("reading %s: %w", ShortName(name), err)
}

// maxFile bounds the bytes of a file.
const maxFile = 1 << 30

// Open opens a file of a size that is read here.
func Open(path string) (f *os.File, size int64, err error) {
	f, err = regular.Open(path)
	if err != nil {
		if info, serr := os.Stat(path); serr == nil && info.IsDir() {
			return nil, 0, &FormatError{Path: path, Reason: message.Of("it is a folder"),
				Advice: message.Of("open it as a folder of studies")}
		}
		return nil, 0, OpenError(path, err)
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
	return message.Of("cannot read %s: %s", called(e.path), e.reason)
}

func (e *accessError) Unwrap() error { return e.cause }

// OpenError says in words why a file cannot be opened.
func OpenError(path string, err error) error {
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
	return message.Errorf("opening %s: %w", ShortName(path), err)
}

// contextReader ends reading once ctx is done; pieces are kept small enough
// that this happens soon.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Reader is r until ctx is done.
func Reader(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

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

// ReaderAt is r until ctx is done.
func ReaderAt(ctx context.Context, r io.ReaderAt) io.ReaderAt {
	return contextReaderAt{ctx, r}
}

func (c contextReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(p, off)
}

// IsDICOM says whether the file at path begins like DICOM.
func IsDICOM(path string) bool {
	f, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := f.Read(head)
	return dcm.IsDICOM(head[:n])
}
