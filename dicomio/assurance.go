package dicomio

import (
	"bytes"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Assurance is what may be promised of a picture's pixels to whoever gets it. The
// zero value promises nothing.
type Assurance struct {
	// BurnedIn says whether the pixels tell somebody: "YES", "NO" where that is
	// known, "" where nobody knows (Burned In Annotation, PS3.3 C.7.6.1).
	BurnedIn string
	Lossy    Compression
}

// Compression is what was ever lost by compression; it never becomes less (PS3.3
// C.7.6.1.1.5).
type Compression struct {
	State   string   // "01" for loss, "00" for none, "" where nobody knows
	Ratios  []string // of each lossy compression, as DS
	Methods []string // the same, as the defined terms
}

// put writes the three attributes, those that are known.
func (c Compression) put(b *dcm.Builder) {
	if c.State == "" {
		return
	}
	b.Text(tag.LossyImageCompression, "CS", c.State)
	if c.State != "01" {
		return
	}
	if len(c.Ratios) > 0 {
		b.Text(tag.LossyImageCompressionRatio, "DS", c.Ratios...)
	}
	if len(c.Methods) > 0 {
		b.Text(tag.LossyImageCompressionMethod, "CS", c.Methods...)
	}
}

// describe sets the three attributes, those that are known.
func (c Compression) describe(ds *dataset) {
	if c.State == "" {
		return
	}
	ds.text(tag.LossyImageCompression, c.State)
	if c.State != "01" {
		return
	}
	if len(c.Ratios) > 0 {
		ds.text(tag.LossyImageCompressionRatio, c.Ratios...)
	}
	if len(c.Methods) > 0 {
		ds.text(tag.LossyImageCompressionMethod, c.Methods...)
	}
}

// assurance reads what the header and the compressed data say.
func (o *object) assurance() Assurance {
	s := o.file.Elements
	a := Assurance{Lossy: Compression{
		State: s.Find(tag.LossyImageCompression).Text(), Ratios: values(s.Find(tag.LossyImageCompressionRatio)), Methods: values(s.Find(tag.LossyImageCompressionMethod)),
	}}
	if v := strings.ToUpper(s.Find(tag.BurnedInAnnotation).Text()); v == "YES" || v == "NO" {
		a.BurnedIn = v
	}
	if len(a.Lossy.Ratios)+len(a.Lossy.Methods) > 0 && a.Lossy.State != "01" {
		a.Lossy.State = "01" // nobody states the ratio of a loss that was none
	}
	method := o.lossyMethod()
	switch {
	case method != "" && len(a.Lossy.Methods) == 0 && len(a.Lossy.Ratios) == 0:
		a.Lossy = Compression{State: "01", Methods: []string{method}, Ratios: o.ratio()}
	case method != "":
		a.Lossy.State = "01"
	case a.Lossy.State != "00" && a.Lossy.State != "01":
		a.Lossy.State = ""
	}
	return a
}

// values are the parts of a text of several.
func values(e *dcm.Element) []string {
	text := e.Text()
	if text == "" {
		return nil
	}
	out := strings.Split(text, `\`)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// ratio is how much smaller the compressed data is than the values.
func (o *object) ratio() []string {
	n := int(o.file.Pixels.Coded())
	if n == 0 {
		return nil
	}
	return []string{compressionRatio(o.px.frameSamples()*o.px.frames, o.px.stored, n)}
}

// compressionRatio is that of so many samples of so many bits in some bytes.
func compressionRatio(samples, bits, compressed int) string {
	size := 1
	if bits > 8 {
		size = 2
	}
	return strconv.FormatFloat(float64(samples)*float64(size)/float64(max(compressed, 1)), 'f', 1, 64)
}

// The defined terms of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1).
const (
	methodJPEG   = "ISO_10918_1"
	methodJPEGLS = "ISO_14495_1"
	methodJ2K    = "ISO_15444_1"
	methodHTJ2K  = "ISO_15444_15"
)

// lossyMethod is the compression of the data as it lies in the file where it is one
// with loss, "" where it is none or that cannot be told.
func (o *object) lossyMethod() string {
	if !o.file.Pixels.Encapsulated {
		return ""
	}
	frame, err := o.file.Pixels.Head(codedHead)
	if err != nil {
		return ""
	}
	kind := sniff(frame)
	if kind == codecUnknown {
		kind = codecOf(o.file.TransferSyntax)
	}
	switch kind {
	case codecJPEG:
		if m, _ := segmentOf(frame, func(m byte) bool { return m >= 0xC0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC }); m != 0 && m&3 != 3 {
			return methodJPEG
		}
	case codecJPEGLS:
		if m, body := segmentOf(frame, func(m byte) bool { return m == 0xDA }); m != 0 && len(body) > 0 && len(body) >= 2+2*int(body[0]) && body[1+2*int(body[0])] > 0 {
			return methodJPEGLS
		}
	case codecJPEG2000:
		return o.lossyJ2K(frame)
	}
	return ""
}

// codedHead is where the markers of a compressed picture are looked for: behind
// comments and thumbnails.
const codedHead = 1 << 20

// lossyJ2K reads the wavelet of the coding style (ITU-T T.800 A.6.1): the 9-7 is
// irreversible.
func (o *object) lossyJ2K(frame []byte) string {
	at := bytes.Index(frame, []byte{0xFF, 0x4F, 0xFF, 0x51})
	if at < 0 {
		return ""
	}
	const transform = 13 // bytes from the marker COD
	cod := bytes.Index(frame[at:], []byte{0xFF, 0x52, 0x00})
	if cod < 0 || at+cod+transform >= len(frame) || frame[at+cod+transform] != 0 {
		return ""
	}
	if bytes.Contains(frame[at:at+cod], []byte{0xFF, 0x50, 0x00}) || strings.HasPrefix(o.file.TransferSyntax, dcm.HTJ2KRoot) {
		return methodHTJ2K
	}
	return methodJ2K
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
