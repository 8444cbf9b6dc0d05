package dcm

import (
	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// longHeader reads an explicit header with a 32-bit length.
func (s *scanner) longHeader(e Element, h []byte) (Element, uint32, error) {
	if len(h) < explicitLongHead {
		return e, 0, s.short(message.Of("an element"), explicitLongHead)
	}
	s.p += explicitLongHead
	return e, s.order.Uint32(h[8:]), nil
}

// guessedHeader reads a header whose VR is none. A future VR of two letters has
// the long form (PS3.5 7.1.2). Some writers leave the VR blank or zero, or single
// elements implicit in an explicit data set: the form is taken behind whose value
// another element begins, and the VR from the dictionary.
func (s *scanner) guessedHeader(e Element, h []byte) (Element, uint32, error) {
	letters, at := e.VR.letters(), s.p
	vr := Lookup(e.Tag).VR
	forms := []headerForm{shortForm, longForm, implicitForm}
	if letters || vr.long() {
		forms = []headerForm{longForm, shortForm, implicitForm}
	}
	for _, f := range forms {
		n, head := s.read(f, h)
		if head == 0 || !s.plausible(e.Tag, at+head, n) {
			continue
		}
		s.p += head
		if !letters {
			e.VR, e.Implicit = vr, true
			s.f.warnOnce("An element has no valid value representation; it was read as the dictionary has it.")
		}
		return e, n, nil
	}
	if letters {
		return s.longHeader(e, h)
	}
	if n := s.order.Uint32(h[4:]); uint64(n) <= uint64(len(h)-explicitHeader) {
		return s.implicitHeader(e, h)
	}
	err := message.Errorf("element %08X at byte %d has no valid value representation", e.Tag.Uint32(), s.p)
	if n, _ := s.read(forms[0], h); uint64(n) > uint64(len(h)) {
		err = message.Errorf("%w: %w", ErrTruncated, err)
	}
	return e, 0, err
}

// headerForm is one of the three forms of an element's header (PS3.5 7.1).
type headerForm int

const (
	shortForm headerForm = iota
	longForm
	implicitForm
)

// read gives the length of the value under a form and that of the header, 0
// where it cannot be of that form.
func (s *scanner) read(f headerForm, h []byte) (value uint32, header int) {
	switch f {
	case shortForm:
		return uint32(s.order.Uint16(h[6:])), explicitHeader
	case longForm:
		if len(h) < explicitLongHead || h[6] != 0 || h[7] != 0 {
			return 0, 0
		}
		return s.order.Uint32(h[8:]), explicitLongHead
	}
	return s.order.Uint32(h[4:]), explicitHeader
}

// plausible says whether an element of tag t whose value of n bytes starts at
// byte p may be: the value is there, and behind it the input ends, or another
// element or the end of an item begins.
func (s *scanner) plausible(t tag.Tag, p int, n uint32) bool {
	if n == undefined {
		return len(s.b)-p >= explicitHeader && s.tagAt(p).Group == groupItems
	}
	if uint64(n) > uint64(len(s.b)-p) {
		return isPixels(t)
	}
	p += int(n)
	if len(s.b)-p < explicitHeader {
		return len(s.b) == p
	}
	next, vr := s.tagAt(p), VR(s.b[p+4:p+6])
	return next.Group == groupItems || next.Compare(t) > 0 &&
		(vr.known() || vr == "  " || vr == "\x00\x00" || Lookup(next).VR != "")
}

// tagAt reads a tag.
func (s *scanner) tagAt(p int) tag.Tag {
	return ReadTag(s.order, s.b[p:])
}

// strayInSequence deals with what stands in a sequence, at byte at, where an item
// or the delimiter belongs. ended says that the sequence ends there.
func (s *scanner) strayInSequence(t tag.Tag, at, end int) (ended bool, err error) {
	if s.strict {
		return false, message.Errorf("unexpected tag %08X in a sequence at byte %d", t.Uint32(), at)
	}
	if t == tag.ItemDelimitationItem {
		s.f.warnOnce(strayWarning)
		return false, nil
	}
	s.f.warnOnce("A sequence has no end; it was taken to end where other elements follow.")
	s.p = at
	if end >= 0 {
		s.p = end
	}
	return true, nil
}

// strayInItem is strayInSequence for an item: the next item or the delimiter of
// the sequence ends one of undefined length, and is passed over in others.
func (s *scanner) strayInItem(t tag.Tag, at, end int) (ended bool, err error) {
	if s.strict {
		return false, message.Errorf("unexpected tag %08X in an item at byte %d", t.Uint32(), at)
	}
	s.f.warnOnce(strayWarning)
	if end < 0 {
		s.p = at
	}
	return end < 0, nil
}

const strayWarning = "An item or a delimiter stands where none belongs and was passed over."
