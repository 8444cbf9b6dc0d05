package dicomio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/jpeg"
	"hilum/dicomio/internal/jpegls"
	"hilum/dicomio/internal/rle"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// firstFrame decodes the frame that is shown.
func (o *object) firstFrame(ctx context.Context) ([]int32, error) {
	var first []int32
	err := o.eachFrame(ctx, 1, func(v []int32) error {
		first = v
		return nil
	})
	return first, err
}

// eachFrame decodes the first n frames and hands them to use, one at a time in
// a buffer that is used again: interleaved stored values, masked and sign
// extended (for 32 stored bits, the bit pattern).
func (o *object) eachFrame(ctx context.Context, n int, use func([]int32) error) error {
	lease, done := budget.From(ctx)
	defer done()
	if err := lease.Grow(ctx, int64(o.px.frameSamples())*sampleBytes); err != nil {
		return err
	}
	dst := make([]int32, o.px.frameSamples())
	if !o.file.Pixels.Encapsulated {
		return o.eachNative(ctx, n, dst, use)
	}
	frames, err := o.file.Pixels.Frames(o.px.frames, o.extendedOffsets())
	if err != nil {
		return err
	}
	worker := &ccodec.Worker{}
	defer worker.Close()
	for i := range n {
		if err := o.codedFrame(ctx, worker, frames[i], dst); err != nil {
			return frameError(err, i, o.px.frames)
		}
		if err := use(dst); err != nil {
			return err
		}
	}
	return nil
}

// sampleBytes is what a sample of a decoded picture takes.
const sampleBytes = 4

func (o *object) eachNative(ctx context.Context, n int, dst []int32, use func([]int32) error) error {
	if err := o.settleHighBit(ctx); err != nil {
		return err
	}
	for i := range n {
		if err := o.native(ctx, i, dst); err != nil {
			return frameError(err, i, o.px.frames)
		}
		if err := use(dst); err != nil {
			return err
		}
	}
	return nil
}

// codedFrame reads and decodes an encapsulated frame.
func (o *object) codedFrame(ctx context.Context, w *ccodec.Worker, g dcm.Group, dst []int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	frame, err := o.file.Pixels.Frame(g)
	if err != nil {
		return err
	}
	lease, done := budget.From(ctx)
	defer done()
	if err := lease.Grow(ctx, int64(len(frame))); err != nil {
		return err
	}
	defer lease.Shrink(int64(len(frame)))
	return o.compressed(ctx, w, frame, dst)
}

func frameError(err error, i, n int) error {
	if n == 1 {
		return err
	}
	return message.Errorf("frame %d: %w", i+1, err)
}

// compressed decodes the data of one encapsulated frame into dst.
func (o *object) compressed(ctx context.Context, w *ccodec.Worker, frame []byte, dst []int32) error {
	kind := codecOf(o.file.TransferSyntax)
	if found := sniff(frame); found != codecUnknown && found != kind {
		o.warnOnce("The pixel data is compressed otherwise than the header says.")
		kind = found
	}
	switch kind {
	case codecRLE:
		if o.px.allocated == 1 {
			return o.unsupported("run-length encoded data of one bit")
		}
		return o.runLength(frame, dst)
	case codecJPEG:
		return o.jpeg(ctx, frame, dst)
	case codecJPEGLS:
		return o.jpegls(ctx, w, frame, dst)
	case codecJPEG2000:
		return o.external(ctx, w, ccodec.JPEG2000, frame, dst)
	}
	if len(frame) < o.px.nativeFrame() {
		return message.Errorf("%w: a frame has %d bytes of %d", dcm.ErrTruncated, len(frame), o.px.nativeFrame())
	}
	return o.uncompressed(frame, dst)
}

// sniff tells the compression by the first bytes of a frame, codecUnknown when
// they are no marker. JPEG and JPEG-LS differ in their frame marker.
func sniff(b []byte) codec {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0x4F, 0xFF, 0x51}), bytes.HasPrefix(b, []byte("\x00\x00\x00\x0CjP  ")):
		return codecJPEG2000
	case !bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return codecUnknown
	}
	for p := 2; p+4 <= len(b) && b[p] == 0xFF; {
		m := b[p+1]
		switch {
		case m == 0xFF:
			p++
			continue
		case m == 0xF7:
			return codecJPEGLS
		case m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC:
			return codecJPEG
		}
		p += 2 + int(b[p+2])<<8 + int(b[p+3])
	}
	return codecUnknown
}

func (o *object) unsupported(key string, args ...any) error {
	return &UnsupportedError{Path: o.name, Encoding: message.Of(key, args...)}
}

// warnOnce adds a warning that several frames may give.
func (o *object) warnOnce(key string, args ...any) {
	if m := message.Of(key, args...); !message.Contains(o.warnings, m.String()) {
		o.warnings = append(o.warnings, m)
	}
}

func (o *object) runLength(frame []byte, dst []int32) error {
	p := &o.px
	l := rle.Layout{Samples: p.samples, Size: p.allocated / 8, Keep: 0xFFFFFFFF}
	simple := !p.signed && p.high == p.stored-1
	if simple {
		l.Keep >>= 32 - p.stored
	}
	err := rle.Decode(frame, l, dst)
	if err == nil && !simple {
		p.mask(dst)
	}
	return err
}

// jpeg decodes DCT and lossless JPEG.
func (o *object) jpeg(ctx context.Context, frame []byte, dst []int32) error {
	pic, err := jpeg.DecodeInto(ctx, frame, jpeg.Size{Width: o.px.columns, Height: o.px.rows, Components: o.px.samples}, dst)
	if errors.Is(err, jpeg.ErrUnsupported) {
		return o.unsupported("%v", err)
	}
	if err != nil {
		return err
	}
	if pic.NoEnd {
		o.warnOnce(noEndWarning)
	}
	o.coded = codedColour(pic)
	o.fit(dst, pic.Precision)
	return nil
}

// jpegls decodes JPEG-LS here, and what is not decoded here by the library.
func (o *object) jpegls(ctx context.Context, w *ccodec.Worker, frame []byte, dst []int32) error {
	size := jpegls.Size{Width: o.px.columns, Height: o.px.rows, Components: o.px.samples}
	precision, err := jpegls.Decode(ctx, frame, size, dst)
	if errors.Is(err, jpegls.ErrUnsupported) && ccodec.Available(ccodec.JPEGLS) {
		return o.external(ctx, w, ccodec.JPEGLS, frame, dst)
	}
	if errors.Is(err, jpegls.ErrUnsupported) {
		return o.unsupported("%v", err)
	}
	if err == nil {
		o.fit(dst, precision)
	}
	return err
}

// fit brings decoded values to the header's stored bits. Where the data has
// fewer bits than the header's high bit would need, they are at the bottom.
func (o *object) fit(dst []int32, precision int) {
	p := o.px
	if precision <= p.stored {
		p.high = p.stored - 1
	}
	p.mask(dst)
}

// external decodes by a system library in the codec process.
func (o *object) external(ctx context.Context, w *ccodec.Worker, kind ccodec.Kind, frame []byte, dst []int32) error {
	if kind == ccodec.JPEG2000 {
		if err := o.checkJ2K(frame); err != nil {
			return err
		}
		frame = o.endJ2K(frame)
	}
	f, err := w.Decode(ctx, ccodec.Request{Kind: kind, Data: frame,
		Width: o.px.columns, Height: o.px.rows, Components: o.px.samples})
	switch {
	case errors.Is(err, ccodec.ErrMissing), errors.Is(err, ccodec.ErrNoChild):
		return &UnsupportedError{Path: o.name, Encoding: message.Of("%s: %v", syntaxName(o.file.TransferSyntax), err),
			Advice: message.Of("export it uncompressed")}
	case err != nil:
		return err
	}
	o.takeFrame(f, dst)
	return nil
}

// takeFrame reads the library's samples. The codestream knows its depth and
// sign better than the header: where values pass the stored bits, or are
// negative, the codestream is followed. Unsigned samples under a signed header
// are two's complement: that is how writers of such files mean them.
func (o *object) takeFrame(f *ccodec.Frame, dst []int32) {
	p := &o.px
	if !f.Signed && p.signed {
		o.warnOnce("The compressed pixel data is unsigned, the header says signed; the header was followed.")
		readSamples(f, dst)
		o.fit(dst, f.Precision)
		return
	}
	least, most := readSamples(f, dst)
	if f.Size == 4 { // 32 bits hold themselves
		return
	}
	if least < 0 && !p.signed {
		p.signed = true
		o.warnOnce("The compressed pixel data is signed, the header says unsigned; the data was followed.")
	}
	bits := p.stored
	if p.signed {
		bits--
	}
	if limit := int32(1) << min(bits, 30); most >= limit || least < -limit {
		p.stored, p.allocated = f.Precision, max(p.allocated, 8*f.Size)
		o.warnOnce("The compressed pixel data has %d bits, more than the header says; the data was followed.", f.Precision)
	}
	p.high = p.stored - 1
}

// readSamples reads little-endian samples, sign extended when they are signed,
// and returns the least and the greatest, 0 included.
func readSamples(f *ccodec.Frame, dst []int32) (least, most int32) {
	var mu sync.Mutex
	parallel.Range(len(dst), parallel.Grain, func(from, to int) {
		part := dst[from:to]
		pix := f.Pix[from*f.Size : to*f.Size]
		switch f.Size {
		case 1:
			for i, v := range pix[:len(part)] {
				part[i] = int32(v)
			}
		case 2:
			unpack16(pix, part, 0xFFFF)
		default:
			for i := range part {
				part[i] = int32(binary.LittleEndian.Uint32(pix[4*i:]))
			}
		}
		lo, hi := int32(0), int32(0)
		for i, v := range part {
			if f.Signed {
				v = v << (32 - 8*f.Size) >> (32 - 8*f.Size)
				part[i] = v
			}
			lo, hi = min(lo, v), max(hi, v)
		}
		mu.Lock()
		defer mu.Unlock()
		least, most = min(least, lo), max(most, hi)
	})
	return least, most
}
