package pixeldata

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/ccodec"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/jpeg"
	"hilum/dicomio/internal/jpegls"
	"hilum/dicomio/internal/rle"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// FirstFrame decodes the frame that is shown.
func (o *Object) FirstFrame(ctx context.Context) ([]int32, error) {
	var first []int32
	err := o.EachFrame(ctx, 1, func(v []int32) error {
		first = v
		return nil
	})
	return first, err
}

// EachFrame decodes the first n frames and hands them to use, one at a time in
// a buffer that is used again: interleaved stored values, masked and sign
// extended (for 32 stored bits, the bit pattern).
func (o *Object) EachFrame(ctx context.Context, n int, use func([]int32) error) error {
	lease, done := budget.From(ctx)
	defer done()
	if err := lease.Grow(ctx, int64(o.Module.FrameSamples())*SampleBytes); err != nil {
		return err
	}
	dst := make([]int32, o.Module.FrameSamples())
	if !o.File.Pixels.Encapsulated {
		return o.eachNative(ctx, n, dst, use)
	}
	frames, err := o.File.Pixels.Frames(o.Module.Frames, o.ExtendedOffsets())
	if err != nil {
		return err
	}
	worker := &ccodec.Worker{}
	defer worker.Close()
	for i := range n {
		if err := o.codedFrame(ctx, worker, frames[i], dst); err != nil {
			return FrameError(err, i, o.Module.Frames)
		}
		if err := use(dst); err != nil {
			return err
		}
	}
	return nil
}

// SampleBytes is what a sample of a decoded picture takes.
const SampleBytes = 4

func (o *Object) eachNative(ctx context.Context, n int, dst []int32, use func([]int32) error) error {
	if err := o.settleHighBit(ctx); err != nil {
		return err
	}
	for i := range n {
		if err := o.native(ctx, i, dst); err != nil {
			return FrameError(err, i, o.Module.Frames)
		}
		if err := use(dst); err != nil {
			return err
		}
	}
	return nil
}

// codedFrame reads and decodes an encapsulated frame.
func (o *Object) codedFrame(ctx context.Context, w *ccodec.Worker, g dcm.Group, dst []int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	frame, err := o.File.Pixels.Frame(g)
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

// FrameError says in which frame of several an error is.
func FrameError(err error, i, n int) error {
	if n == 1 {
		return err
	}
	return message.Errorf("frame %d: %w", i+1, err)
}

// compressed decodes the data of one encapsulated frame into dst.
func (o *Object) compressed(ctx context.Context, w *ccodec.Worker, frame []byte, dst []int32) error {
	kind := CodecOf(o.File.TransferSyntax)
	if found := Sniff(frame); found != CodecUnknown && found != kind {
		o.WarnOnce("The pixel data is compressed otherwise than the header says.")
		kind = found
	}
	switch kind {
	case CodecRLE:
		if o.Module.Allocated == 1 {
			return o.unsupported("run-length encoded data of one bit")
		}
		return o.runLength(frame, dst)
	case CodecJPEG:
		return o.jpeg(ctx, frame, dst)
	case CodecJPEGLS:
		return o.Jpegls(ctx, w, frame, dst)
	case CodecJPEG2000:
		return o.external(ctx, w, ccodec.JPEG2000, frame, dst)
	}
	if len(frame) < o.Module.NativeFrame() {
		return message.Errorf("%w: a frame has %d bytes of %d", dcm.ErrTruncated, len(frame), o.Module.NativeFrame())
	}
	return o.uncompressed(frame, dst)
}

// Sniff tells the compression by the first bytes of a frame, codecUnknown when
// they are no marker. JPEG and JPEG-LS differ in their frame marker.
func Sniff(b []byte) Codec {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0x4F, 0xFF, 0x51}), bytes.HasPrefix(b, []byte("\x00\x00\x00\x0CjP  ")):
		return CodecJPEG2000
	case !bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return CodecUnknown
	}
	for p := 2; p+4 <= len(b) && b[p] == 0xFF; {
		m := b[p+1]
		switch {
		case m == 0xFF:
			p++
			continue
		case m == 0xF7:
			return CodecJPEGLS
		case m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC:
			return CodecJPEG
		}
		p += 2 + int(b[p+2])<<8 + int(b[p+3])
	}
	return CodecUnknown
}

func (o *Object) unsupported(key string, args ...any) error {
	return &fileio.UnsupportedError{Path: o.Name, Encoding: message.Of(key, args...)}
}

// WarnOnce adds a warning that several frames may give.
func (o *Object) WarnOnce(key string, args ...any) {
	if m := message.Of(key, args...); !message.Contains(o.Warnings, m.String()) {
		o.Warnings = append(o.Warnings, m)
	}
}

func (o *Object) runLength(frame []byte, dst []int32) error {
	p := &o.Module
	l := rle.Layout{Samples: p.Samples, Size: p.Allocated / 8, Keep: 0xFFFFFFFF}
	simple := !p.Signed && p.High == p.Stored-1
	if simple {
		l.Keep >>= 32 - p.Stored
	}
	err := rle.Decode(frame, l, dst)
	if err == nil && !simple {
		p.mask(dst)
	}
	return err
}

// jpeg decodes DCT and lossless JPEG.
func (o *Object) jpeg(ctx context.Context, frame []byte, dst []int32) error {
	pic, err := jpeg.DecodeInto(ctx, frame, jpeg.Size{Width: o.Module.Columns, Height: o.Module.Rows,
		Components: o.Module.Samples}, dst)
	if errors.Is(err, jpeg.ErrUnsupported) {
		return o.unsupported("%v", err)
	}
	if err != nil {
		return err
	}
	if pic.NoEnd {
		o.WarnOnce(NoEndWarning)
	}
	o.Coded = codedColour(pic)
	o.fit(dst, pic.Precision)
	return nil
}

// Jpegls decodes JPEG-LS here, and what is not decoded here by the library.
func (o *Object) Jpegls(ctx context.Context, w *ccodec.Worker, frame []byte, dst []int32) error {
	size := jpegls.Size{Width: o.Module.Columns, Height: o.Module.Rows, Components: o.Module.Samples}
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
func (o *Object) fit(dst []int32, precision int) {
	p := o.Module
	if precision <= p.Stored {
		p.High = p.Stored - 1
	}
	p.mask(dst)
}

// external decodes by a system library in the codec process.
func (o *Object) external(ctx context.Context, w *ccodec.Worker, kind ccodec.Codec, frame []byte, dst []int32) error {
	if kind == ccodec.JPEG2000 {
		if err := o.checkJ2K(frame); err != nil {
			return err
		}
		frame = o.endJ2K(frame)
	}
	f, err := w.Decode(ctx, ccodec.Request{Kind: kind, Data: frame,
		Width: o.Module.Columns, Height: o.Module.Rows, Components: o.Module.Samples})
	switch {
	case errors.Is(err, ccodec.ErrMissing), errors.Is(err, ccodec.ErrNoChild):
		return &fileio.UnsupportedError{Path: o.Name,
			Encoding: message.Of("%s: %v", dcm.SyntaxName(o.File.TransferSyntax), err),
			Advice:   message.Of("export it uncompressed")}
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
func (o *Object) takeFrame(f *ccodec.Frame, dst []int32) {
	p := &o.Module
	if !f.Signed && p.Signed {
		o.WarnOnce("The compressed pixel data is unsigned, the header says signed; the header was followed.")
		readSamples(f, dst)
		o.fit(dst, f.Precision)
		return
	}
	least, most := readSamples(f, dst)
	if f.Size == 4 { // 32 bits hold themselves
		return
	}
	if least < 0 && !p.Signed {
		p.Signed = true
		o.WarnOnce("The compressed pixel data is signed, the header says unsigned; the data was followed.")
	}
	bits := p.Stored
	if p.Signed {
		bits--
	}
	if limit := int32(1) << min(bits, 30); most >= limit || least < -limit {
		p.Stored, p.Allocated = f.Precision, max(p.Allocated, 8*f.Size)
		o.WarnOnce("The compressed pixel data has %d bits, more than the header says; the data was followed.",
			f.Precision)
	}
	p.High = p.Stored - 1
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
