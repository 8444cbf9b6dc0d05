package dcm

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// meta reads the elements of group 2. Their group length is ignored: files
// that are wrong about it are common, and the group number says it better.
func (s *scanner) meta() error {
	for len(s.b)-s.p >= explicitHeader && binary.LittleEndian.Uint16(s.b[s.p:]) == groupMeta {
		e, n, err := s.header(0)
		if err != nil {
			return err
		}
		if n == undefined {
			return errors.New("an element of undefined length")
		}
		if e.Value, err = s.take(n, e.Tag); err != nil {
			return err
		}
		if err := s.add(e); err != nil {
			return err
		}
		if e.Tag == TransferSyntax {
			s.f.TransferSyntax = e.Text()
		}
	}
	return nil
}

// The transfer syntaxes that decide how a data set is encoded (PS3.5 annex A).
const (
	ImplicitLE = "1.2.840.10008.1.2"
	ExplicitLE = "1.2.840.10008.1.2.1"
	Deflated   = "1.2.840.10008.1.2.1.99"
	ExplicitBE = "1.2.840.10008.1.2.2"
)

// syntax sets up the reading of the data set.
func (s *scanner) syntax() error {
	s.implicit = false
	switch s.f.TransferSyntax {
	case "":
		return s.guess()
	case ImplicitLE:
		s.implicit = true
	case ExplicitBE:
		s.order, s.f.BigEndian = binary.BigEndian, true
	case Deflated:
		return s.inflate()
	}
	s.checkExplicit()
	return nil
}

// guess finds the encoding of a data set without file meta information.
func (s *scanner) guess() error {
	if len(s.b)-s.p < explicitHeader {
		return errors.New("there is no data set")
	}
	s.f.TransferSyntax = ExplicitLE
	if !VR(s.b[s.p+4 : s.p+6]).known() {
		if n := binary.LittleEndian.Uint32(s.b[s.p+4:]); uint64(n) > uint64(len(s.b)) {
			return errors.New("there is neither a DICM marker nor a plausible first element")
		}
		s.f.TransferSyntax, s.implicit = ImplicitLE, true
	}
	s.f.warn("The file has no file meta information; its encoding was guessed.")
	return nil
}

// checkExplicit corrects a header that is wrong about implicit or explicit,
// told by the first element.
func (s *scanner) checkExplicit() {
	if len(s.b)-s.p < explicitHeader {
		return
	}
	known := VR(s.b[s.p+4 : s.p+6]).known()
	n := s.order.Uint32(s.b[s.p+4:])
	switch {
	case s.implicit && known: // a first value of "CS" = 21,315 bytes or more is none
		s.implicit = false
		s.f.warn("The file claims implicit value representations but has explicit ones.")
	case !s.implicit && !known && !s.f.BigEndian && n < 1<<16:
		s.implicit = true
		s.f.warn("The file claims explicit value representations but has implicit ones.")
	}
}

func (f *File) warn(text string) { f.Warnings = append(f.Warnings, text) }

// warnOnce adds a warning that many elements may give.
func (f *File) warnOnce(text string) {
	if !slices.Contains(f.Warnings, text) {
		f.warn(text)
	}
}

// inflate replaces the input by the inflated data set. A few writers wrap it
// as zlib does, which the standard does not foresee.
func (s *scanner) inflate() error {
	packed := s.b[s.p:]
	out, err := inflated(packed)
	if err != nil && len(packed) > 2 && packed[0] == 0x78 && (int(packed[0])<<8|int(packed[1]))%31 == 0 {
		out, err = inflated(packed[2:])
	}
	if err != nil {
		return fmt.Errorf("inflating the data set: %w", err)
	}
	s.b, s.p = out, 0
	return nil
}

// inflated unpacks deflated data. Deflate cannot do better than about 1:1032,
// so the size is bounded twice.
func inflated(packed []byte) ([]byte, error) {
	limit := min(int64(maxInflate), int64(len(packed))*1040+64)
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(flate.NewReader(bytes.NewReader(packed)), limit+1))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, ErrTruncated
	}
	if err == nil && n > limit {
		err = fmt.Errorf("it grows past %d MB", maxInflate>>20)
	}
	return out.Bytes(), err
}
