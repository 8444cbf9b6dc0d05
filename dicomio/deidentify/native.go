package deidentify

import (
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// nativeCopy writes uncompressed pixel data: cut to its size, and with zeros in the
// bits that no value has.
type nativeCopy struct {
	file *dcm.File
	px   pixeldata.Module // without allocated bits for floating point
	r    *Report
}

// put sets the pixel data, which is read while it is written.
func (n nativeCopy) put(b *dcm.Builder) {
	p := &n.file.Pixels
	vr, words, size := n.layout()
	total := p.Size()
	if size > 0 && size < total {
		total = size
	}
	b.Stream(p.Tag, vr, total, func(w io.Writer) error {
		if err := n.copy(w, words, total); err != nil {
			return err
		}
		return n.judgeRest(words, total)
	})
}

// layout gives the representation that is written, the words that are read and the
// size of all frames in bytes, 0 where the header does not say.
func (n nativeCopy) layout() (vr, words dcm.VR, size int64) {
	p := &n.file.Pixels
	switch p.Tag {
	case tag.FloatPixelData:
		return "OF", "OF", int64(floatSize(n.file, 4))
	case tag.DoubleFloatPixelData:
		return "OD", "OD", int64(floatSize(n.file, 8))
	}
	size = int64(n.px.NativeFrame()) * int64(n.px.Frames)
	switch {
	case n.px.Allocated == 1:
		return "OB", p.VR, (int64(n.px.FrameSamples())*int64(n.px.Frames) + 7) / 8
	case n.px.Allocated <= 8:
		return "OB", p.VR, size
	case n.px.Allocated == 32:
		return "OW", "OL", size // words of 32 bits, written as OW
	}
	return "OW", "OW", size
}

// copyPiece is how much is read at a time: a multiple of all words.
const copyPiece = 1 << 20

// copy writes the first bytes, the last piece of which may be padded with what
// follows it.
func (n nativeCopy) copy(w io.Writer, words dcm.VR, total int64) error {
	p := &n.file.Pixels
	buf := make([]byte, min(copyPiece, p.Size()))
	for at := int64(0); at < total; at += copyPiece {
		part := buf[:min(copyPiece, p.Size()-at)] // words are swapped whole
		if err := p.ReadAt(part, at); err != nil {
			return err
		}
		element := dcm.Element{VR: words, Value: part, BigEndian: n.file.BigEndian}
		value := element.LittleEndian()
		value = value[:min(int64(len(value)), total-at)]
		if n.px.Allocated > 1 || n.px.Allocated == 1 && at+copyPiece >= total {
			value = onlyStored(&n.px, value, n.r)
		}
		if _, err := w.Write(value); err != nil {
			return err
		}
	}
	return nil
}

// judgeRest says in the report whether bytes behind the pixels are more than
// padding.
func (n nativeCopy) judgeRest(words dcm.VR, total int64) error {
	p := &n.file.Pixels
	rest := p.Size() - total
	if rest <= 0 {
		return nil
	}
	if rest == 1 { // padding, in big endian perhaps the first byte of its word
		from := total &^ 7
		part := make([]byte, p.Size()-from)
		if err := p.ReadAt(part, from); err != nil {
			return err
		}
		element := dcm.Element{VR: words, Value: part, BigEndian: n.file.BigEndian}
		if element.LittleEndian()[total-from] == 0 {
			return nil
		}
	}
	n.r.clean("bytes behind the pixels")
	return nil
}
