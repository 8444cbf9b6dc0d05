package dicomio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"hilum/dicomio/internal/dcm"
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
	defer guard(path, &err)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", shortName(path), err)
	}
	if out, ok, err := decodeNativeFile(ctx, path); ok {
		return finished(out, path, err)
	}
	data, err := readFile(ctx, path)
	if err != nil {
		return nil, err
	}
	return DecodeBytes(ctx, path, data)
}

// DecodeBytes reads a picture from memory; name stands for it in messages and
// in Image.Path. The image keeps no reference to data.
func DecodeBytes(ctx context.Context, name string, data []byte) (im *Image, err error) {
	defer guard(name, &err)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", shortName(name), err)
	}
	out, err := decode(ctx, name, data)
	return finished(out, name, err)
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

func decode(ctx context.Context, name string, data []byte) (*Image, error) {
	switch {
	case len(data) == 0:
		return nil, &FormatError{Path: name, Reason: "the file is empty"}
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return decodePNG(ctx, name, data)
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}):
		return decodeJPEG(ctx, name, data)
	case dcm.IsDICOM(data):
		return decodeDICOM(ctx, name, data)
	}
	return nil, foreign(name, data)
}

// foreign names a file that is no picture of ours.
func foreign(name string, data []byte) error {
	for _, k := range []struct{ magic, kind string }{
		{"GIF8", "GIF"}, {"BM", "BMP"}, {"II*\x00", "TIFF"}, {"MM\x00*", "TIFF"},
		{"RIFF", "WebP or AVI"}, {"%PDF", "PDF"}, {"PK\x03\x04", "ZIP archive"},
		{"\x1f\x8b", "gzip"}, {"\x00\x00\x00\x0cjP  ", "JPEG 2000 outside DICOM"},
		{"\xff\x4f\xff\x51", "JPEG 2000 outside DICOM"}, {"\x93NUMPY", "NumPy array"},
		{"<?xml", "XML"}, {"<!DOCTYPE", "HTML"}, {"<html", "HTML"},
	} {
		if bytes.HasPrefix(data, []byte(k.magic)) {
			advice := "save the picture as PNG, JPEG or DICOM"
			if k.magic == "PK\x03\x04" {
				advice = "open it as a folder of studies"
			}
			return &UnsupportedError{Path: name, Encoding: k.kind, Advice: advice}
		}
	}
	return &FormatError{Path: name, Reason: "the file is neither PNG nor JPEG nor DICOM",
		Advice: "choose a picture, or copy the file again if it should be one"}
}

// readFile reads a whole file, in pieces so that ctx can stop it.
func readFile(ctx context.Context, path string) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		if info, serr := os.Stat(path); serr == nil && info.IsDir() {
			return nil, &FormatError{Path: path, Reason: "it is a folder", Advice: "open it as a folder of studies"}
		}
		return nil, openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", shortName(path), err)
	}
	switch {
	case info.Size() > maxFile:
		return nil, &UnsupportedError{Path: path, Encoding: fmt.Sprintf("a file of more than %d MB", maxFile>>20),
			Advice: "export a single picture"}
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(&contextReader{ctx, f}, data); err != nil {
		return nil, fmt.Errorf("reading %s: %w", shortName(path), err)
	}
	return data, nil
}

// accessError says in words why a file cannot be opened, and wraps the cause
// without saying it again.
type accessError struct {
	path, reason string
	cause        error
}

func (e *accessError) Error() string {
	return fmt.Sprintf("cannot read %s: %s", shortName(e.path), e.reason)
}

func (e *accessError) Unwrap() error { return e.cause }

func openError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &accessError{path, "there is no such file", err}
	case errors.Is(err, fs.ErrPermission):
		return &accessError{path, "you may not open it; ask for permission", err}
	case errors.Is(err, regular.ErrNotRegular):
		var cause *fs.PathError
		if errors.As(err, &cause) {
			return &accessError{path, cause.Err.Error() + "; choose a picture", err}
		}
	}
	return fmt.Errorf("opening %s: %w", shortName(path), err)
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

// checkSize refuses a picture that is larger than any film, or than capacity,
// the most samples that the file's bytes could stand for.
func checkSize(width, height, samples int, capacity int64) error {
	if width <= 0 || height <= 0 || samples <= 0 {
		return fmt.Errorf("its size is given as %d x %d", width, height)
	}
	total := int64(width) * int64(height) * int64(samples)
	if int64(width) > maxSamples || int64(height) > maxSamples || total > maxSamples {
		return fmt.Errorf("its size of %d x %d is larger than any film", width, height)
	}
	if total > capacity {
		return fmt.Errorf("its size is given as %d x %d, but the file is too short to hold that", width, height)
	}
	return nil
}
