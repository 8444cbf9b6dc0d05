package dicomio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/parallel"
	"hilum/internal/regular"
)

// decodeNativeFile is the short way of nearly all films: the header is read,
// and the first frame goes from the file through a small buffer into the
// picture. ok is false for files that need the long way.
func decodeNativeFile(ctx context.Context, path string) (im *Image, ok bool, err error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, false, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, false, nil
	}
	head := make([]byte, min(info.Size(), nativeHead))
	if _, err := io.ReadFull(f, head); err != nil || !dcm.IsDICOM(head) {
		return nil, false, nil
	}
	file, err := dcm.Scan(head, dcm.Options{HeaderOnly: true})
	if err != nil || !streamable(file, info.Size()) {
		return nil, false, nil
	}
	o := &object{name: path, file: file, warnings: file.Warnings}
	if err := o.readPixelModule(); err != nil || !o.streams() {
		return nil, false, nil // the long way says what is wrong
	}
	stored := make([]int32, o.px.frameSamples())
	if err := o.stream(ctx, f, stored); err != nil {
		return nil, true, fmt.Errorf("reading %s: %w", shortName(path), err)
	}
	im, err = o.image(stored)
	return im, true, err
}

// nativeHead is how much of a file is read for its header.
const nativeHead = 64 << 10

func streamable(f *dcm.File, size int64) bool {
	p := &f.Pixels
	return p.Tag == dcm.PixelData && p.Offset > 0 && p.Length >= 0 && p.Offset+p.Length <= size &&
		codecOf(f.TransferSyntax) == codecNone
}

// streams says whether the words of a frame can be taken piece by piece.
func (o *object) streams() bool {
	p := &o.px
	swapped := o.file.BigEndian && p.allocated == 8 && o.file.Pixels.VR == "OW"
	return (p.allocated == 8 || p.allocated == 16) && !p.is422() && !swapped && p.samples != 4 &&
		checkSize(p.columns, p.rows, p.samples, maxSamples) == nil &&
		int64(p.nativeFrame())*int64(p.frames) <= o.file.Pixels.Length
}

// stream reads the first frame from f.
func (o *object) stream(ctx context.Context, f io.ReaderAt, dst []int32) error {
	size := o.px.allocated / 8
	var failed atomic.Pointer[error]
	parallel.Range(len(dst), func(from, to int) {
		buf := make([]byte, 256<<10)
		for ; from < to && failed.Load() == nil; from += len(buf) / size {
			n := min(to-from, len(buf)/size)
			_, err := f.ReadAt(buf[:n*size], o.file.Pixels.Offset+int64(from*size))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				failed.Store(&err)
				return
			}
			o.px.unpackPart(buf[:n*size], o.file.BigEndian, dst[from:from+n])
		}
	})
	if e := failed.Load(); e != nil {
		if errors.Is(*e, io.EOF) {
			return dcm.ErrTruncated
		}
		return *e
	}
	if o.px.planar && o.px.samples > 1 {
		interleave(dst, o.px.samples)
	}
	return nil
}
