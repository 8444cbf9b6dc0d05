package dcm

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"hilum/internal/message"
)

// Options change what a scan does.
type Options struct {
	// HeaderOnly stops before the pixel data.
	HeaderOnly bool
	// Lenient takes native pixel data that is stated to be longer than the file as
	// far as it goes. Whether all pixels are there is for the caller to see.
	Lenient bool
	// Packed leaves a deflated data set as it is: only the file meta information
	// is read.
	Packed bool
}

// scanner walks b; p never passes len(b).
type scanner struct {
	b        []byte
	p        int
	order    binary.ByteOrder
	implicit bool
	count    int
	strict   bool // nothing is read over: it may be no sequence at all
	f        *File
}

// IsDICOM says whether b begins like a DICOM file: the marker behind the
// preamble, or a bare data set that starts with a plausible low group.
func IsDICOM(b []byte) bool {
	if len(b) >= 132 && string(b[128:132]) == "DICM" {
		return true
	}
	b = bytes.TrimPrefix(b, []byte("DICM"))
	if len(b) < 12 {
		return false
	}
	g, e := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
	if g != groupMeta && g != 0x0008 {
		return false
	}
	if VR(b[4:6]).known() {
		return true
	}
	// implicit: a short first value of the identifying groups
	return e <= 0x0100 && binary.LittleEndian.Uint32(b[4:]) <= 1024
}

// Scan reads the structure of b. On an error the file is returned as far as it
// was read; its pixel data must not be used then.
func Scan(b []byte, o Options) (*File, error) {
	s, err := begin(b)
	if err != nil {
		return s.f, err
	}
	if o.Packed && s.f.TransferSyntax == uid.DeflatedExplicitVRLittleEndian {
		return s.f, nil
	}
	if err := s.syntax(); err != nil {
		return s.f, err
	}
	return s.f, s.dataset(o)
}

// begin reads the file meta information.
func begin(b []byte) (*scanner, error) {
	s := &scanner{b: b, order: binary.LittleEndian, f: &File{Elements: make(Set, 0, 96)}}
	switch {
	case len(b) >= 132 && string(b[128:132]) == "DICM":
		s.p = 132
	case bytes.HasPrefix(b, []byte("DICM")):
		s.p = 4
	}
	if err := s.meta(); err != nil {
		return s, message.Errorf("reading the file meta information: %w", err)
	}
	return s, nil
}

// dataset reads elements up to the end. What follows the pixel data is read as
// far as it makes sense: the picture is complete by then.
func (s *scanner) dataset(o Options) error {
	for len(s.b)-s.p >= explicitHeader {
		e, n, err := s.header(0)
		if err == nil && isPixels(e.Tag) {
			if o.HeaderOnly {
				s.f.Pixels = Pixels{Tag: e.Tag, VR: e.VR, Offset: int64(s.p), Length: int64(n)}
				if n == undefined {
					s.f.Pixels.Length = -1
				}
				if s.f.TransferSyntax == uid.DeflatedExplicitVRLittleEndian {
					s.f.Pixels.Offset = -1
				}
				return nil
			}
			if err := s.pixels(e, n, o.Lenient); err != nil {
				return err
			}
			continue
		}
		if err == nil && e.Tag.Group == groupItems { // the header is passed over, what follows it is read
			s.f.warnOnce(strayWarning)
			continue
		}
		if err == nil {
			err = s.value(e, n)
		}
		if err != nil && s.f.Pixels.Present() {
			s.f.warn("What follows the pixel data is damaged and was left out.")
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isPixels(t tag.Tag) bool {
	return t == tag.PixelData || t == tag.FloatPixelData || t == tag.DoubleFloatPixelData
}

// header reads tag, VR and length; p stands at the value afterwards.
func (s *scanner) header(depth int) (Element, uint32, error) {
	e := Element{Depth: depth, BigEndian: s.f.BigEndian && s.order == binary.BigEndian}
	if len(s.b)-s.p < explicitHeader {
		return e, 0, s.short(message.Of("an element"), explicitHeader)
	}
	h := s.b[s.p:]
	e.Tag = ReadTag(s.order, h)
	if e.Tag.Group == groupItems {
		s.p += explicitHeader
		return e, s.order.Uint32(h[4:]), nil
	}
	if s.implicit {
		return s.implicitHeader(e, h)
	}
	e.VR = VR(h[4:6])
	switch {
	case e.VR.long():
		return s.longHeader(e, h)
	case e.VR.known():
		s.p += explicitHeader
		return e, uint32(s.order.Uint16(h[6:])), nil
	}
	return s.guessedHeader(e, h)
}

func (s *scanner) implicitHeader(e Element, h []byte) (Element, uint32, error) {
	s.p += explicitHeader
	e.VR, e.Implicit = Lookup(e.Tag).VR, true
	return e, s.order.Uint32(h[4:]), nil
}

func (s *scanner) short(what message.Message, n uint64) error {
	return message.Errorf("%w: %s needs %d bytes at byte %d, %d are left", ErrTruncated, what, n, s.p, len(s.b)-s.p)
}

// take returns the next n bytes without copying them.
func (s *scanner) take(n uint32, t tag.Tag) ([]byte, error) {
	if uint64(n) > uint64(len(s.b)-s.p) || n > math.MaxInt32 {
		return nil, s.short(message.Of("the value of %v", TagText(t)), uint64(n))
	}
	v := s.b[s.p : s.p+int(n) : s.p+int(n)]
	s.p += int(n)
	return v, nil
}

func (s *scanner) add(e Element) error {
	if s.count++; s.count > maxElements {
		return message.Errorf("the file has more than %d elements", maxElements)
	}
	s.f.Elements = append(s.f.Elements, e)
	return nil
}

// value reads the value that belongs to e and adds both to the list.
func (s *scanner) value(e Element, n uint32) error {
	start := s.p
	if n == undefined {
		if e.VR == "OB" || e.VR == "OW" || e.Tag == tag.PixelData { // an icon's compressed pixels
			if _, _, err := s.fragments(); err != nil {
				return err
			}
			e.Value = s.b[start:s.p:s.p]
			return s.add(e)
		}
		return s.undefinedSequence(e)
	}
	v, err := s.take(n, e.Tag)
	if err != nil {
		return err
	}
	if e.VR == "SQ" && !s.implicit {
		s.p = start
		if err := s.add(e); err != nil {
			return err
		}
		return s.sequence(e.Depth+1, start+int(n))
	}
	if (e.VR == "" || e.VR == "UN" || e.VR == "SQ") && looksLikeItems(v) && s.hiddenSequence(e, start, start+int(n)) {
		return nil
	}
	if e.VR == "SQ" && n > 0 { // the dictionary is newer than the file, or the file is damaged here
		e.VR = "UN"
	}
	e.Value = v
	return s.add(e)
}

// hiddenSequence tries to read a value of unknown representation as a sequence,
// which is implicit little endian in one of VR UN (PS3.5 6.2.2 note 2). When
// that fails all is left as it was.
func (s *scanner) hiddenSequence(e Element, start, end int) bool {
	implicit, order, strict := s.implicit, s.order, s.strict
	elements, warnings := len(s.f.Elements), len(s.f.Warnings)
	s.strict = true
	if e.VR == "UN" {
		s.implicit, s.order = true, binary.LittleEndian
	}
	e.VR = "SQ"
	s.p = start
	err := s.add(e)
	if err == nil {
		err = s.sequence(e.Depth+1, end)
	}
	ok := err == nil && s.p == end
	s.implicit, s.order, s.strict, s.p = implicit, order, strict, end
	if !ok {
		s.f.Elements, s.f.Warnings = s.f.Elements[:elements], s.f.Warnings[:warnings]
	}
	return ok
}

// undefinedSequence reads a sequence that a delimiter ends. One of VR UN is
// implicit little endian inside (PS3.5 6.2.2 note 2).
func (s *scanner) undefinedSequence(e Element) error {
	implicit, order := s.implicit, s.order
	if e.VR == "UN" {
		s.implicit, s.order = true, binary.LittleEndian
	}
	e.VR = "SQ"
	err := s.add(e)
	if err == nil {
		err = s.sequence(e.Depth+1, -1)
	}
	s.implicit, s.order = implicit, order
	return err
}

func looksLikeItems(v []byte) bool {
	return len(v) >= 8 && binary.LittleEndian.Uint32(v) == 0xE000FFFE &&
		uint64(binary.LittleEndian.Uint32(v[4:])) <= uint64(len(v)-8)
}

// sequence reads items up to byte end, or to a delimiter when end is -1.
func (s *scanner) sequence(depth, end int) error {
	if depth > 2*maxDepth {
		return message.Errorf("sequences are nested deeper than %d", maxDepth)
	}
	for end < 0 || s.p < end {
		at := s.p
		e, n, err := s.header(depth)
		if err != nil {
			return err
		}
		switch e.Tag {
		case tag.SequenceDelimitationItem:
			return nil
		case tag.Item:
			if err := s.add(e); err != nil {
				return err
			}
			if err := s.item(depth+1, n); err != nil {
				return err
			}
		default:
			if ended, err := s.strayInSequence(e.Tag, at, end); err != nil || ended {
				return err
			}
		}
	}
	return nil
}

// item reads the elements of an item of length n, which may be undefined.
func (s *scanner) item(depth int, n uint32) error {
	end := -1
	if n != undefined {
		if uint64(n) > uint64(len(s.b)-s.p) {
			return s.short(message.Of("an item"), uint64(n))
		}
		end = s.p + int(n)
	}
	for end < 0 || s.p < end {
		at := s.p
		e, n, err := s.header(depth)
		if err != nil {
			return err
		}
		if e.Tag == tag.ItemDelimitationItem {
			return nil
		}
		if e.Tag.Group == groupItems {
			if ended, err := s.strayInItem(e.Tag, at, end); err != nil || ended {
				return err
			}
			continue
		}
		if err := s.value(e, n); err != nil {
			return err
		}
	}
	return nil
}
