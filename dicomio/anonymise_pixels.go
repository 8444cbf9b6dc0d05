package dicomio

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
	"hilum/dicomio/internal/jpeg"
	"hilum/dicomio/internal/jpegls"
	"hilum/dicomio/internal/rle"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// preparePixels looks at what the header says of the pixel data, and says what
// cannot be cleaned.
func (x *AnonymousFile) preparePixels() (err error) {
	f := x.file
	blank := len(x.a.options.Blank) > 0
	switch p := &f.Pixels; {
	case p.Tag == 0, !blank && p.Tag != dcm.PixelData:
		return nil
	case !blank && p.Encapsulated && codecOf(f.TransferSyntax) == codecUnknown:
		return &UnsupportedError{Path: x.name, Encoding: message.Of("de-identifying %s", syntaxName(f.TransferSyntax)),
			Advice: message.Of("export it in an encoding that is read here: its compressed data may hold text")}
	}
	x.object, err = objectOf(x.name, f)
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
func (x *AnonymousFile) pixels(ctx context.Context) (syntax string, done func(), err error) {
	p := &x.file.Pixels
	switch {
	case p.Tag == 0:
		return dcm.ExplicitLE, func() {}, nil
	case len(x.a.options.Blank) > 0, x.decoded != nil:
		done, err := x.rewrite(ctx)
		return dcm.ExplicitLE, done, err
	case p.Encapsulated:
		return x.file.TransferSyntax, func() {}, x.encapsulated(ctx)
	}
	native := nativeCopy{file: x.file, r: x.Report}
	if x.object != nil {
		native.px = x.object.px
	}
	native.put(x.b)
	return dcm.ExplicitLE, func() {}, nil
}

// floatSize is the size of floating point pixels, 0 where the header does not say.
func floatSize(f *dcm.File, bytes int) int {
	o := object{file: f}
	n := o.word(tagRows, 0) * o.word(tagColumns, 0) * o.word(tagSamples, 1) * bytes
	if frames, err := strconv.Atoi(f.Elements.Find(tagFrames).Text()); err == nil && frames > 1 && frames < 1<<20 {
		n *= frames
	}
	return n
}

// onlyStored gives little-endian words with their stored bits alone: zeros above and
// below, and the sign above where values have one, as PS3.5 8.1.1 lets readers
// expect.
func (p *pixelModule) onlyStored(b []byte, r *AnonymiseReport) []byte {
	if p.allocated == 1 {
		return p.onlyBits(b, r)
	}
	if p.stored == p.allocated {
		return b
	}
	size := p.allocated / 8
	var dirty atomic.Bool
	parallel.Range(len(b)/size, parallel.Grain, func(from, to int) {
		for i := from; i < to; i++ {
			if p.beside(wordOf(b[i*size : (i+1)*size])) {
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
			putWord(out[i*size:(i+1)*size], p.storedBits(wordOf(b[i*size:(i+1)*size])))
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
func (p *pixelModule) storedBits(v uint32) uint32 {
	low := p.high - p.stored + 1
	if p.signed {
		return uint32(int32(v<<(31-p.high))>>(31-p.high)) >> low << low
	}
	return v << (31 - p.high) >> (31 - p.high) >> low << low
}

// onlyBits clears the bits behind the last pixel of one bit.
func (p *pixelModule) onlyBits(b []byte, r *AnonymiseReport) []byte {
	used := p.frameSamples() * p.frames % 8
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
func (x *AnonymousFile) encapsulated(ctx context.Context) error {
	f, o := x.file, x.object
	frames, err := f.Pixels.Frames(o.px.frames, o.extendedOffsets())
	if err != nil {
		return err
	}
	if lossy := o.assurance().Lossy; lossy.State == "01" {
		lossy.put(x.b)
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
				return frameError(err, i, len(frames))
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
func (x *AnonymousFile) frame(ctx context.Context, g dcm.Group) ([]byte, error) {
	lease, done := budget.From(ctx)
	defer done()
	frame, err := x.file.Pixels.Frame(g)
	if err != nil {
		return nil, err
	}
	if err := lease.Grow(ctx, int64(len(frame))+int64(x.object.px.frameSamples())*sampleBytes); err != nil {
		return nil, err
	}
	clean, high, err := x.object.cleanFrame(ctx, frame, x.Report)
	if err == nil && high {
		x.Report.clean("bits beside the stored ones")
		x.decoded = &decodedState{}
		err = errAgain
	}
	return clean, err
}

// cleanFrame takes out of a compressed frame what is no picture. high says that its
// values have bits beside the stored ones.
func (o *object) cleanFrame(ctx context.Context, frame []byte, r *AnonymiseReport) (clean []byte, high bool, err error) {
	kind := codecOf(o.file.TransferSyntax)
	if found := sniff(frame); found != codecUnknown {
		kind = found
	}
	var found []string
	switch kind {
	case codecJPEG:
		spare, beside := o.jpegSpare(ctx, frame)
		high = beside
		clean, found, err = codestream.JPEG(frame, spare)
	case codecJPEGLS:
		used, beside := o.jpeglsUsed(ctx, frame)
		high = beside
		clean, found, err = codestream.JPEGLS(frame, used)
	case codecJPEG2000:
		clean, found, err = codestream.JPEG2000(frame)
	case codecRLE:
		high = o.rleHigh(frame)
		clean, found, err = codestream.RLE(frame, o.px.rows*o.px.columns)
	default:
		clean = frame[:min(len(frame), o.px.nativeFrame())]
		if rest := frame[len(clean):]; len(bytes.Trim(rest, "\x00")) > 0 {
			found = append(found, "bytes behind the pixels")
		}
		if !o.file.BigEndian {
			clean = o.px.onlyStored(clean, r)
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
func (p *pixelModule) beside(v uint32) bool {
	mask := uint32(1)<<p.allocated - 1
	return (p.storedBits(v)^v)&mask != 0
}

// jpegSpare reads what the coded data has left over, and whether its values have
// bits beside the stored ones.
func (o *object) jpegSpare(ctx context.Context, frame []byte) (spare [][]int, high bool) {
	dst := make([]int32, o.px.frameSamples())
	pic, spare, err := jpeg.DecodeSpare(ctx, frame, jpeg.Size{Width: o.px.columns, Height: o.px.rows, Components: o.px.samples}, dst)
	if err != nil {
		return nil, false // what cannot be decoded is cleaned as far as its segments go
	}
	if pic.Precision <= o.px.stored {
		return spare, false
	}
	return spare, slices.ContainsFunc(dst, func(v int32) bool { return o.px.beside(uint32(v)) })
}

// jpeglsUsed is jpegSpare of JPEG-LS.
func (o *object) jpeglsUsed(ctx context.Context, frame []byte) (used []int, high bool) {
	dst := make([]int32, o.px.frameSamples())
	precision, used, err := jpegls.DecodeUsed(ctx, frame, jpegls.Size{Width: o.px.columns, Height: o.px.rows, Components: o.px.samples}, dst)
	if err != nil {
		return nil, false
	}
	return used, precision > o.px.stored && slices.ContainsFunc(dst, func(v int32) bool { return o.px.beside(uint32(v)) })
}

func (o *object) rleHigh(frame []byte) bool {
	p := &o.px
	if p.stored == p.allocated || p.allocated < 8 {
		return false
	}
	dst := make([]int32, p.frameSamples())
	err := rle.Decode(frame, rle.Layout{Samples: p.samples, Size: p.allocated / 8, Keep: 0xFFFFFFFF}, dst)
	return err == nil && slices.ContainsFunc(dst, func(v int32) bool { return p.beside(uint32(v)) })
}
