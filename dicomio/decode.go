package dicomio

import (
	"context"
	"io"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// Decode reads the picture at path. The container is told by the content, not
// by the name. Errors are *FormatError for a damaged file, *UnsupportedError
// for an encoding that is not read, the operating system's when the file
// cannot be opened, or ctx.Err() wrapped.
func Decode(ctx context.Context, path string) (*Image, error) {
	if err := ctx.Err(); err != nil {
		return nil, message.Errorf("decoding %s: %w", fileio.ShortName(path), err)
	}
	f, size, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return DecodeInput(ctx, path, dcm.Input{ReaderAt: fileio.ReaderAt(ctx, f), Size: size})
}

// DecodeBytes reads a picture from memory; name stands for it in messages and
// in Image.Path. The image keeps no reference to data.
func DecodeBytes(ctx context.Context, name string, data []byte) (*Image, error) {
	return DecodeInput(ctx, name, dcm.InMemory(data))
}

// DecodeInput is Decode of a file that the rooms of dicomio have at hand.
func DecodeInput(ctx context.Context, name string, in dcm.Input) (im *Image, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	if err := ctx.Err(); err != nil {
		return nil, message.Errorf("decoding %s: %w", fileio.ShortName(name), err)
	}
	out, err := decode(ctx, name, in)
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
	_ = l.Grow(context.Background(), int64(len(im.Stored))*pixeldata.SampleBytes) // it waits for nobody
	return l.Close
}

// finished completes a decoded picture.
func finished(im *Image, name string, err error) (*Image, error) {
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	im.Path = name
	if im.stats == nil {
		im.stats = &stats{}
	}
	judge(im)
	return im, nil
}

// decode reads a picture of any format.
func decode(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	head := make([]byte, min(in.Size, fileio.HeadBytes))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, fileio.ReadError(name, err)
	}
	switch {
	case len(head) == 0:
		return nil, &fileio.FormatError{Path: name, Reason: message.Of("the file is empty")}
	case fileio.HasPrefix(head, fileio.PNGSignature):
		return decodePNG(ctx, name, in)
	case fileio.HasPrefix(head, fileio.JPEGMarker):
		return decodeJPEG(ctx, name, in)
	case dcm.IsDICOM(head):
		return decodeDICOM(ctx, name, in)
	}
	return nil, fileio.Foreign(name, head)
}

// readInput reads all of a file of one picture whose bytes are needed together.
func readInput(ctx context.Context, name string, in dcm.Input) ([]byte, error) {
	if in.Size > maxCoded {
		return nil, &fileio.UnsupportedError{Path: name,
			Encoding: message.Of("a file of more than %d MB", maxCoded>>20), Advice: message.Of("export it again")}
	}
	data := make([]byte, in.Size)
	if _, err := io.ReadFull(fileio.Reader(ctx, io.NewSectionReader(in, 0, in.Size)), data); err != nil {
		return nil, fileio.ReadError(name, err)
	}
	return data, nil
}

// maxCoded bounds the compressed data of one picture.
const maxCoded = 160 << 20
