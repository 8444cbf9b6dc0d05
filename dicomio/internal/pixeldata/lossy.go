package pixeldata

import (
	"bytes"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Compression is what was ever lost by compression; it never becomes less (PS3.3
// C.7.6.1.1.5).
type Compression struct {
	State   string   // "01" for loss, "00" for none, "" where nobody knows
	Ratios  []string // of each lossy compression, as DS
	Methods []string // the same, as the defined terms
}

// Lossy reads what the header and the compressed data say of loss.
func (o *Object) Lossy() Compression {
	s := o.File.Elements
	c := Compression{
		State:   s.Find(tag.LossyImageCompression).Text(),
		Ratios:  s.Find(tag.LossyImageCompressionRatio).Texts(),
		Methods: s.Find(tag.LossyImageCompressionMethod).Texts(),
	}
	if len(c.Ratios)+len(c.Methods) > 0 && c.State != "01" {
		c.State = "01" // nobody states the ratio of a loss that was none
	}
	method := o.lossyMethod()
	switch {
	case method != "" && len(c.Methods) == 0 && len(c.Ratios) == 0:
		return Compression{State: "01", Methods: []string{method}, Ratios: o.ratio()}
	case method != "":
		c.State = "01"
	case c.State != "00" && c.State != "01":
		c.State = ""
	}
	return c
}

// ratio is how much smaller the compressed data is than the values.
func (o *Object) ratio() []string {
	n := int(o.File.Pixels.Coded())
	if n == 0 {
		return nil
	}
	return []string{CompressionRatio(o.Module.FrameSamples()*o.Module.Frames, o.Module.Stored, n)}
}

// CompressionRatio is that of so many samples of so many bits in some bytes.
func CompressionRatio(samples, bits, compressed int) string {
	size := 1
	if bits > 8 {
		size = 2
	}
	return strconv.FormatFloat(float64(samples)*float64(size)/float64(max(compressed, 1)), 'f', 1, 64)
}

// The defined terms of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1).
const (
	MethodJPEG   = "ISO_10918_1"
	methodJPEGLS = "ISO_14495_1"
	MethodJ2K    = "ISO_15444_1"
	methodHTJ2K  = "ISO_15444_15"
)

// lossyMethod is the compression of the data as it lies in the file where it is one
// with loss, "" where it is none or that cannot be told.
func (o *Object) lossyMethod() string {
	if !o.File.Pixels.Encapsulated {
		return ""
	}
	frame, err := o.File.Pixels.Head(codedHead)
	if err != nil {
		return ""
	}
	kind := Sniff(frame)
	if kind == CodecUnknown {
		kind = CodecOf(o.File.TransferSyntax)
	}
	switch kind {
	case CodecJPEG:
		if m, _ := segmentOf(frame, func(m byte) bool { return m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC }); m != 0 && m&3 != 3 {
			return MethodJPEG
		}
	case CodecJPEGLS:
		if m, body := segmentOf(frame, func(m byte) bool { return m == 0xDA }); m != 0 && len(body) > 0 && len(body) >= 2+2*int(body[0]) && body[1+2*int(body[0])] > 0 {
			return methodJPEGLS
		}
	case CodecJPEG2000:
		return o.lossyJ2K(frame)
	}
	return ""
}

// codedHead is where the markers of a compressed picture are looked for: behind
// comments and thumbnails.
const codedHead = 1 << 20

// lossyJ2K reads the wavelet of the coding style (ITU-T T.800 A.6.1): the 9-7 is
// irreversible.
func (o *Object) lossyJ2K(frame []byte) string {
	at := bytes.Index(frame, []byte{0xFF, 0x4F, 0xFF, 0x51})
	if at < 0 {
		return ""
	}
	const transform = 13 // bytes from the marker COD
	cod := bytes.Index(frame[at:], []byte{0xFF, 0x52, 0x00})
	if cod < 0 || at+cod+transform >= len(frame) || frame[at+cod+transform] != 0 {
		return ""
	}
	if bytes.Contains(frame[at:at+cod], []byte{0xFF, 0x50, 0x00}) || strings.HasPrefix(o.File.TransferSyntax, dcm.HTJ2KRoot) {
		return methodHTJ2K
	}
	return MethodJ2K
}

// segmentOf finds the first segment of a JPEG or JPEG-LS picture that is wanted; 0
// for none.
func segmentOf(b []byte, want func(m byte) bool) (byte, []byte) {
	for p := 2; p+4 <= len(b) && b[p] == 0xFF; {
		m, n := b[p+1], int(b[p+2])<<8|int(b[p+3])
		switch {
		case m == 0xFF:
			p++
			continue
		case n < 2 || p+2+n > len(b):
			return 0, nil
		case want(m):
			return m, b[p+4 : p+2+n]
		}
		p += 2 + n
	}
	return 0, nil
}
