// Package jpeg decodes JPEG pictures (ITU-T T.81) of the kinds that DICOM
// carries: baseline, extended sequential and progressive DCT of 8 and 12 bits,
// and lossless Huffman of 2 to 16 bits. Its core type is [Picture]: component
// samples as they are coded, with no colour transform.
//
// It is written for untrusted data: what is allocated is bounded by the size
// that the caller expects, and data that ends early is an error, never a
// picture with a grey lower half.
package jpeg

import (
	"context"
	"errors"

	"hilum/internal/message"
)

// errTruncated is wrapped by errors about missing data.
var errTruncated = message.New("the JPEG data ends too early")

// ErrUnsupported is wrapped by errors about processes that are not decoded here:
// arithmetic coding, hierarchical pictures, subsampled lossless ones.
var ErrUnsupported = message.New("not supported")

// Picture is a decoded frame.
type Picture struct {
	Width, Height int
	Components    int      // 1 to 4, interleaved in Pix
	Precision     int      // bits of a sample
	Pix           []uint16 // of Decode
	Adobe         int      // colour transform of the Adobe marker, -1 without one
	JFIF          bool     // a JFIF marker is there: three components are YCbCr
	Lossless      bool     // process 14
	IDs           string   // component identifiers, one byte each
	NoEnd         bool     // the end marker is missing; every sample is there
}

// Size is what the caller knows of the picture.
type Size struct{ Width, Height, Components int }

// component is one colour channel while it is decoded.
type component struct {
	id           byte
	h, v         int // sampling factors
	quant        int // quantisation table
	dc, ac       int // Huffman tables of the scan at hand
	pred         int32
	cols, rows   int  // size in samples, for scans of this component alone
	stride       int  // of samples, padded to whole MCUs
	direct       bool // of full size: samples hold a row of MCUs at a time
	samples      []uint16
	coefficients []int16  // of progressive pictures, 64 a block
	low          [64]int8 // the lowest bit of each that a scan carried
	done         bool     // a scan carried it
}

type decoder struct {
	ctx        context.Context
	data       []byte
	p          int
	want       Size
	dst        []int32 // where the samples go; nil when they are only looked for
	process    byte    // n of SOFn
	pic        Picture
	comps      []*component
	hmax, vmax int
	mcux, mcuy int
	dc, ac     [4]huffman
	quant      [4][64]int32
	restart    int // MCUs
	scans      int
	clean      []byte // the unstuffed data of the scan at hand
	spare      [][]int
}

// Markers of T.81 table B.1.
const (
	markSOF0 = 0xC0
	markDHT  = 0xC4
	markSOI  = 0xD8
	markEOI  = 0xD9
	markSOS  = 0xDA
	markDQT  = 0xDB
	markDRI  = 0xDD
	markAPP0 = 0xE0
	markAPPE = 0xEE
)

// decode reads one picture of the size that the caller expects.
func decode(ctx context.Context, data []byte, want Size) (*Picture, error) {
	if want.Width < 0 || want.Height < 0 || want.Components < 0 || want.Components > 4 {
		return nil, message.New("the picture has no size")
	}
	dst := make([]int32, want.Width*want.Height*want.Components)
	p, _, err := DecodeSpare(ctx, data, want, dst)
	if err != nil {
		return nil, err
	}
	p.Pix = make([]uint16, len(dst))
	for i, v := range dst {
		p.Pix[i] = uint16(v)
	}
	return p, nil
}

// DecodeSpare is DecodeInto that tells what was not read: for each scan, and in it
// for each restart interval, how many bytes at the end of its data, unstuffed.
func DecodeSpare(ctx context.Context, data []byte, want Size, dst []int32) (*Picture, [][]int, error) {
	d := &decoder{ctx: ctx, data: data, want: want, dst: dst}
	p, err := d.run()
	return p, d.spare, err
}

// DecodeInto is Decode into samples of the caller, interleaved; Pix stays nil.
// Besides them it takes two bytes a sample for progressive pictures and for
// subsampled components, and a row of blocks for all others.
func DecodeInto(ctx context.Context, data []byte, want Size, dst []int32) (*Picture, error) {
	if len(dst) != want.Width*want.Height*want.Components {
		return nil, message.New("the buffer does not fit the picture")
	}
	return (&decoder{ctx: ctx, data: data, want: want, dst: dst}).run()
}

// Complete says whether every sample of a picture is in the data, whether or not
// an end marker follows: nil, or what is missing.
func Complete(ctx context.Context, data []byte) error {
	_, err := (&decoder{ctx: ctx, data: data}).run()
	return err
}

func (d *decoder) run() (*Picture, error) {
	if len(d.data) < 4 || d.data[0] != 0xFF || d.data[1] != markSOI {
		return nil, message.New("the JPEG data has no start marker")
	}
	d.p = 2
	d.pic.Adobe = -1
	for {
		m, seg, err := d.next()
		if errors.Is(err, errTruncated) && d.process == 2 && d.refined() {
			d.pic.NoEnd = true
			return d.finish()
		}
		if err != nil {
			return nil, err
		}
		if m == markEOI {
			return d.finish()
		}
		if err := d.marker(m, seg); err != nil {
			return nil, err
		}
		if m == markSOS && d.complete() {
			return d.finish()
		}
	}
}

// refined says whether the scans of a progressive picture carried every bit of
// every coefficient.
func (d *decoder) refined() bool {
	for _, c := range d.comps {
		if !c.done || c.low != [64]int8{} {
			return false
		}
	}
	return len(d.comps) > 0
}

// next finds the next marker and its segment.
func (d *decoder) next() (byte, []byte, error) {
	b := d.data
	for {
		for d.p < len(b) && b[d.p] != 0xFF {
			d.p++
		}
		for d.p < len(b) && b[d.p] == 0xFF {
			d.p++
		}
		if d.p >= len(b) {
			return 0, nil, errTruncated
		}
		m := b[d.p]
		d.p++
		if m == markEOI {
			return m, nil, nil
		}
		if m == 0 || m == 0x01 || m >= 0xD0 && m <= markSOI {
			continue
		}
		if d.p+2 > len(b) {
			return 0, nil, errTruncated
		}
		n := int(b[d.p])<<8 | int(b[d.p+1])
		if n < 2 || d.p+n > len(b) {
			return 0, nil, errTruncated
		}
		seg := b[d.p+2 : d.p+n]
		d.p += n
		return m, seg, nil
	}
}

func (d *decoder) marker(m byte, seg []byte) error {
	switch {
	case m == markDHT:
		return d.huffmanTables(seg)
	case m == markDQT:
		return d.quantTables(seg)
	case m == markDRI:
		if len(seg) < 2 {
			return errTruncated
		}
		d.restart = int(seg[0])<<8 | int(seg[1])
	case m == markAPP0 && len(seg) >= 5 && string(seg[:4]) == "JFIF":
		d.pic.JFIF = true
	case m == markAPPE && len(seg) >= 12 && string(seg[:5]) == "Adobe":
		d.pic.Adobe = int(seg[11])
	case m == markSOS:
		return d.scan(seg)
	case m >= markSOF0 && m <= 0xCF && m != 0xC8 && m != 0xCC:
		return d.frame(m, seg)
	}
	return nil
}

// frame reads the frame header (B.2.2).
func (d *decoder) frame(m byte, s []byte) error {
	d.process = m - markSOF0
	if d.process > 3 {
		return message.Errorf("JPEG of process SOF%d: %w", d.process, ErrUnsupported)
	}
	if d.comps != nil || len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return message.New("the JPEG frame header is damaged")
	}
	p := &d.pic
	p.Precision, p.Height, p.Width = int(s[0]), int(s[1])<<8|int(s[2]), int(s[3])<<8|int(s[4])
	p.Components = int(s[5])
	if (Size{p.Width, p.Height, p.Components}) != d.want && d.dst != nil {
		return message.Errorf("the JPEG data is %d x %d with %d components, the header says %d x %d with %d",
			p.Width, p.Height, p.Components, d.want.Width, d.want.Height, d.want.Components)
	}
	if !d.precisionAllowed() || p.Components < 1 || p.Components > 4 {
		return message.Errorf("a JPEG of SOF%d with %d bits is not possible", d.process, p.Precision)
	}
	d.hmax, d.vmax = 1, 1
	for i := range p.Components {
		c := &component{id: s[6+3*i], h: int(s[7+3*i] >> 4), v: int(s[7+3*i] & 15), quant: int(s[8+3*i] & 3)}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return message.New("the JPEG sampling factors are damaged")
		}
		if p.Components == 1 {
			c.h, c.v = 1, 1 // A.2.2: they have no meaning then
		}
		d.hmax, d.vmax = max(d.hmax, c.h), max(d.vmax, c.v)
		d.comps = append(d.comps, c)
		p.IDs += string(rune(c.id))
	}
	return d.layout()
}

func (d *decoder) precisionAllowed() bool {
	switch d.process {
	case 0:
		return d.pic.Precision == 8
	case 1, 2:
		return d.pic.Precision == 8 || d.pic.Precision == 12
	}
	return d.pic.Precision >= 2 && d.pic.Precision <= 16
}

func (d *decoder) lossless() bool { return d.process == 3 }

// layout sizes the components once the data is known to be long enough: a
// lossless sample takes a bit, a DCT block of a sequential picture two.
func (d *decoder) layout() error {
	p := &d.pic
	if d.lossless() {
		if d.hmax != 1 || d.vmax != 1 {
			return message.Errorf("subsampled lossless JPEG: %w", ErrUnsupported)
		}
		if p.Width*p.Height*p.Components > 8*len(d.data) {
			return errTruncated
		}
		return nil
	}
	if p.Width*p.Height/64 > 8*len(d.data) {
		return errTruncated
	}
	d.mcux, d.mcuy = ceil(p.Width, 8*d.hmax), ceil(p.Height, 8*d.vmax)
	for _, c := range d.comps {
		c.cols, c.rows = ceil(p.Width*c.h, d.hmax), ceil(p.Height*c.v, d.vmax)
		c.stride = d.mcux * c.h * 8
		n := c.stride * d.mcuy * c.v * 8
		if d.process == 2 {
			c.coefficients = make([]int16, n)
			for k := range c.low {
				c.low[k] = unseen
			}
		}
		if c.direct = d.dst == nil || c.h == d.hmax && c.v == d.vmax; c.direct {
			n = c.stride * c.v * 8
		}
		c.samples = make([]uint16, n)
	}
	return nil
}

// unseen is more than any bit of a coefficient.
const unseen = 99

func ceil(a, b int) int { return (a + b - 1) / b }

// complete says whether a picture that is not progressive has all its
// components.
func (d *decoder) complete() bool {
	if d.process == 2 {
		return false
	}
	return d.allSeen()
}

func (d *decoder) allSeen() bool {
	for _, c := range d.comps {
		if !c.done {
			return false
		}
	}
	return len(d.comps) > 0
}

// finish puts the picture together.
func (d *decoder) finish() (*Picture, error) {
	if !d.allSeen() {
		return nil, message.Errorf("%w: the picture is not complete", errTruncated)
	}
	if d.lossless() {
		d.pic.Lossless = true
		return &d.pic, nil
	}
	if d.process == 2 {
		for _, c := range d.comps {
			d.reconstruct(c)
		}
	}
	if d.dst != nil {
		d.interleave()
	}
	return &d.pic, nil
}

// maxScans bounds the scans of a progressive picture; each may walk over all
// of it for a few bytes. Encoders write about ten.
const maxScans = 200

// scanHeader is B.2.3.
type scanHeader struct {
	comps       []*component
	first, last int // spectral selection; predictor of lossless scans
	high, low   uint
}

func (d *decoder) scan(s []byte) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if d.scans++; d.scans > maxScans {
		return message.Errorf("the JPEG data has more than %d scans", maxScans)
	}
	h, err := d.scanHeader(s)
	if err != nil {
		return err
	}
	segments, eoi := d.segments()
	d.spare = append(d.spare, nil)
	d.pic.NoEnd = !eoi
	switch {
	case d.lossless():
		err = d.losslessScan(h, segments, eoi)
	case d.process == 2:
		err = d.progressiveScan(h, segments, eoi)
	default:
		err = d.sequentialScan(h, segments, eoi)
	}
	for _, c := range h.comps {
		c.done = true
	}
	return err
}

func (d *decoder) scanHeader(s []byte) (*scanHeader, error) {
	if len(d.comps) == 0 || len(s) < 1 || s[0] < 1 || int(s[0]) > len(d.comps) || len(s) < 4+2*int(s[0]) {
		return nil, message.New("the JPEG scan header is damaged")
	}
	n := int(s[0])
	h := &scanHeader{first: int(s[1+2*n]), last: int(s[2+2*n]), high: uint(s[3+2*n] >> 4), low: uint(s[3+2*n] & 15)}
	for i := range n {
		for _, c := range d.comps {
			if c.id == s[1+2*i] && !h.has(c) {
				c.dc, c.ac = int(s[2+2*i]>>4&3), int(s[2+2*i]&3)
				h.comps = append(h.comps, c)
				break
			}
		}
	}
	if len(h.comps) != n {
		return nil, message.New("the JPEG scan names an unknown component")
	}
	return h, nil
}

func (h *scanHeader) has(c *component) bool {
	for _, x := range h.comps {
		if x == c {
			return true
		}
	}
	return false
}

func (d *decoder) quantTables(s []byte) error {
	for len(s) > 0 {
		precision, t := s[0]>>4, s[0]&15
		if precision > 1 || t > 3 {
			return message.New("a JPEG quantisation table is damaged")
		}
		n := 64 << precision
		if len(s) < 1+n {
			return errTruncated
		}
		for i := range 64 {
			if precision == 0 {
				d.quant[t][zigzag[i]] = int32(s[1+i])
			} else {
				d.quant[t][zigzag[i]] = int32(s[1+2*i])<<8 | int32(s[2+2*i])
			}
		}
		s = s[1+n:]
	}
	return nil
}

func (d *decoder) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return errTruncated
		}
		class, t, n := s[0]>>4, s[0]&15, 0
		for _, c := range s[1:17] {
			n += int(c)
		}
		if class > 1 || t > 3 || n > 256 || len(s) < 17+n {
			return message.New("a JPEG Huffman table is damaged")
		}
		table := &d.dc[t]
		if class == 1 {
			table = &d.ac[t]
		}
		table.build(s[1:17], s[17:17+n])
		s = s[17+n:]
	}
	return nil
}

var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
