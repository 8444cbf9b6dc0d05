package deidentify

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/codestream"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/jpeg"
	"hilum/dicomio/internal/jpegls"
	"hilum/dicomio/internal/pixeldata"
	"hilum/dicomio/internal/rle"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// preparePixels looks at what the header says of the pixel data, and says what
// cannot be cleaned.
func (x *File) preparePixels() (err error) {
	f := x.file
	blank := len(x.a.options.Redact) > 0
	switch p := &f.Pixels; {
	case !p.Present(), !blank && p.Tag != tag.PixelData:
		return nil
	case !blank && p.Encapsulated && pixeldata.CodecOf(f.TransferSyntax) == pixeldata.CodecUnknown:
		return &fileio.UnsupportedError{Path: x.name,
			Encoding: message.Of("de-identifying %s", dcm.SyntaxName(f.TransferSyntax)),
			Advice:   message.Of("export it in an encoding that is read here: its compressed data may hold text")}
	}
	x.object, err = pixeldata.New(x.name, f)
	switch {
	case blank && err != nil:
		return message.Errorf("%w: %w", errBlank, err)
	case blank:
		return x.checkBoxes()
	}
	return err
}

// pixels gets the pixel data ready to be written without what is no picture, or with
// boxes blanked, and gives the transfer syntax of the result. The values of the
// pictures stay to the last bit. done is to be called after all was written.
func (x *File) pixels(ctx context.Context) (syntax string, done func(), err error) {
	p := &x.file.Pixels
	switch {
	case !p.Present():
		return uid.ExplicitVRLittleEndian, func() {}, nil
	case len(x.a.options.Redact) > 0, x.decoded != nil:
		done, err := x.rewrite(ctx)
		return uid.ExplicitVRLittleEndian, done, err
	case p.Encapsulated:
		return x.file.TransferSyntax, func() {}, x.encapsulated(ctx)
	}
	native := nativeCopy{file: x.file, r: x.Report}
	if x.object != nil {
		native.px = x.object.Module
	}
	native.put(x.b)
	return uid.ExplicitVRLittleEndian, func() {}, nil
}

// floatSize is the size of floating point pixels, 0 where the header does not say.
func floatSize(f *dcm.File, bytes int) int {
	o := pixeldata.Object{File: f}
	n := o.Word(tag.Rows, 0) * o.Word(tag.Columns, 0) * o.Word(tag.SamplesPerPixel, 1) * bytes
	if frames, err := strconv.Atoi(f.Elements.Find(tag.NumberOfFrames).Text()); err == nil && frames > 1 &&
		frames < 1<<20 {
		n *= frames
	}
	return n
}

// onlyStored gives little-endian words with their stored bits alone: zeros above and
// below, and the sign above where values have one, as PS3.5 8.1.1 lets readers
// expect.
func onlyStored(p *pixeldata.Module, b []byte, r *Report) []byte {
	if p.Allocated == 1 {
		return onlyBits(p, b, r)
	}
	if p.Stored == p.Allocated {
		return b
	}
	size := p.Allocated / 8
	var dirty atomic.Bool
	parallel.Range(len(b)/size, parallel.Grain, func(from, to int) {
		for i := from; i < to; i++ {
			if beside(p, wordOf(b[i*size:(i+1)*size])) {
				dirty.Store(true)
				return
			}
		}
	})
	if !dirty.Load() {
		return b // nearly all films
	}
	r.clean("bits beside the stored ones")
	out := bytes.Clone(b)
	parallel.Range(len(b)/size, parallel.Grain, func(from, to int) {
		for i := from; i < to; i++ {
			putWord(out[i*size:(i+1)*size], storedBits(p, wordOf(b[i*size:(i+1)*size])))
		}
	})
	return out
}

// wordOf is a little-endian word of 1, 2 or 4 bytes, putWord writes one.
func wordOf(b []byte) uint32 {
	switch len(b) {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.LittleEndian.Uint16(b))
	}
	return binary.LittleEndian.Uint32(b)
}

func putWord(b []byte, v uint32) {
	switch len(b) {
	case 1:
		b[0] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	default:
		binary.LittleEndian.PutUint32(b, v)
	}
}

// storedBits clears the bits of a word that are no part of its value.
func storedBits(p *pixeldata.Module, v uint32) uint32 {
	low := p.High - p.Stored + 1
	if p.Signed {
		return uint32(int32(v<<(31-p.High))>>(31-p.High)) >> low << low
	}
	return v << (31 - p.High) >> (31 - p.High) >> low << low
}

// onlyBits clears the bits behind the last pixel of one bit.
func onlyBits(p *pixeldata.Module, b []byte, r *Report) []byte {
	used := p.FrameSamples() * p.Frames % 8
	if n := len(b); used > 0 && n > 0 && b[n-1]>>used != 0 {
		r.clean("bits behind the pixels")
		b = bytes.Clone(b)
		b[n-1] &= 1<<used - 1
	}
	return b
}

// encapsulated writes compressed pixel data, a fragment a frame, without what is no
// picture. Where values have bits beside the stored ones the frames are written
// uncompressed.
func (x *File) encapsulated(ctx context.Context) error {
	f, o := x.file, x.object
	frames, err := f.Pixels.Frames(o.Module.Frames, o.ExtendedOffsets())
	if err != nil {
		return err
	}
	if lossy := o.Lossy(); lossy.State == "01" {
		putLoss(x.b, lossy)
	}
	entries := 0
	if len(f.Pixels.OffsetTable) > 0 || len(frames) > 1 {
		entries = len(frames)
	}
	x.b.StreamFragments(entries, func(put func([]byte) error) error {
		for i, g := range frames {
			if err := ctx.Err(); err != nil {
				return err
			}
			clean, err := x.frame(ctx, g)
			if errors.Is(err, errAgain) {
				return err
			}
			if err != nil {
				return pixeldata.FrameError(err, i, len(frames))
			}
			if err := put(clean); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// frame reads a compressed frame and cleans it. The error is errAgain where it has
// to be written uncompressed.
func (x *File) frame(ctx context.Context, g dcm.Group) ([]byte, error) {
	lease, done := budget.From(ctx)
	defer done()
	frame, err := x.file.Pixels.Frame(g)
	if err != nil {
		return nil, err
	}
	if err := lease.Grow(ctx, int64(len(frame))+
		int64(x.object.Module.FrameSamples())*pixeldata.SampleBytes); err != nil {
		return nil, err
	}
	clean, high, err := cleanFrame(ctx, x.object, frame, x.Report)
	if err == nil && high {
		x.Report.clean("bits beside the stored ones")
		x.decoded = &decodedForm{}
		err = errAgain
	}
	return clean, err
}

// cleanFrame takes out of a compressed frame what is no picture. high says that its
// values have bits beside the stored ones.
func cleanFrame(ctx context.Context, o *pixeldata.Object, frame []byte, r *Report) (clean []byte, high bool,
	err error) {
	kind := pixeldata.CodecOf(o.File.TransferSyntax)
	if found := pixeldata.Sniff(frame); found != pixeldata.CodecUnknown {
		kind = found
	}
	var found []string
	switch kind {
	case pixeldata.CodecJPEG:
		spare, beside := jpegSpare(ctx, o, frame)
		high = beside
		clean, found, err = codestream.JPEG(frame, spare)
	case pixeldata.CodecJPEGLS:
		used, beside := jpeglsUsed(ctx, o, frame)
		high = beside
		clean, found, err = codestream.JPEGLS(frame, used)
	case pixeldata.CodecJPEG2000:
		clean, found, err = codestream.JPEG2000(frame)
	case pixeldata.CodecRLE:
		high = rleHigh(o, frame)
		clean, found, err = codestream.RLE(frame, o.Module.Rows*o.Module.Columns)
	default:
		clean = frame[:min(len(frame), o.Module.NativeFrame())]
		if rest := frame[len(clean):]; len(bytes.Trim(rest, "\x00")) > 0 {
			found = append(found, "bytes behind the pixels")
		}
		if !o.File.BigEndian {
			clean = onlyStored(&o.Module, clean, r)
		}
	}
	if errors.Is(err, codestream.ErrDamaged) {
		err = message.Errorf("%w, so that nothing is known of what it holds", err)
	}
	for _, what := range found {
		r.clean(what)
	}
	return clean, high, err
}

// beside tells whether a decoded word has bits that are not stored ones.
func beside(p *pixeldata.Module, v uint32) bool {
	mask := uint32(1)<<p.Allocated - 1
	return (storedBits(p, v)^v)&mask != 0
}

// jpegSpare reads what the coded data has left over, and whether its values have
// bits beside the stored ones.
func jpegSpare(ctx context.Context, o *pixeldata.Object, frame []byte) (spare [][]int, high bool) {
	dst := make([]int32, o.Module.FrameSamples())
	pic, spare, err := jpeg.DecodeSpare(ctx, frame,
		jpeg.Size{Width: o.Module.Columns, Height: o.Module.Rows, Components: o.Module.Samples}, dst)
	if err != nil {
		return nil, false // what cannot be decoded is cleaned as far as its segments go
	}
	if pic.Precision <= o.Module.Stored {
		return spare, false
	}
	return spare, slices.ContainsFunc(dst, func(v int32) bool { return beside(&o.Module, uint32(v)) })
}

// jpeglsUsed is jpegSpare of JPEG-LS.
func jpeglsUsed(ctx context.Context, o *pixeldata.Object, frame []byte) (used []int, high bool) {
	dst := make([]int32, o.Module.FrameSamples())
	precision, used, err := jpegls.DecodeUsed(ctx, frame,
		jpegls.Size{Width: o.Module.Columns, Height: o.Module.Rows, Components: o.Module.Samples}, dst)
	if err != nil {
		return nil, false
	}
	return used, precision > o.Module.Stored &&
		slices.ContainsFunc(dst, func(v int32) bool { return beside(&o.Module, uint32(v)) })
}

func rleHigh(o *pixeldata.Object, frame []byte) bool {
	p := &o.Module
	if p.Stored == p.Allocated || p.Allocated < 8 {
		return false
	}
	dst := make([]int32, p.FrameSamples())
	err := rle.Decode(frame, rle.Layout{Samples: p.Samples, Size: p.Allocated / 8, Keep: 0xFFFFFFFF}, dst)
	return err == nil && slices.ContainsFunc(dst, func(v int32) bool { return beside(p, uint32(v)) })
}
