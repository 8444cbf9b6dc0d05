package dcm

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"

	"hilum/internal/message"
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
			return message.New("an element of undefined length")
		}
		if e.Value, err = s.take(n, e.Tag); err != nil {
			return err
		}
		if err := s.add(e); err != nil {
			return err
		}
		if e.Tag == tag.TransferSyntaxUID {
			s.f.TransferSyntax = e.Text()
		}
	}
	return nil
}

// syntax sets up the reading of the data set.
func (s *scanner) syntax() error {
	s.implicit = false
	switch s.f.TransferSyntax {
	case "":
		return s.guess()
	case uid.ImplicitVRLittleEndian:
		s.implicit = true
	case uid.ExplicitVRBigEndian:
		s.order, s.f.BigEndian = binary.BigEndian, true
	case uid.DeflatedExplicitVRLittleEndian:
		return s.inflate()
	}
	s.checkExplicit()
	return nil
}

// guess finds the encoding of a data set without file meta information.
func (s *scanner) guess() error {
	if len(s.b)-s.p < explicitHeader {
		return message.New("there is no data set")
	}
	s.f.TransferSyntax = uid.ExplicitVRLittleEndian
	if !VR(s.b[s.p+4 : s.p+6]).known() {
		if n := binary.LittleEndian.Uint32(s.b[s.p+4:]); uint64(n) > uint64(len(s.b)) {
			return message.New("there is neither a DICM marker nor a plausible first element")
		}
		s.f.TransferSyntax, s.implicit = uid.ImplicitVRLittleEndian, true
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

func (f *File) warn(text string) { f.Warnings = append(f.Warnings, message.Of(text)) }

// warnOnce adds a warning that many elements may give.
func (f *File) warnOnce(text string) {
	if !message.Contains(f.Warnings, text) {
		f.warn(text)
	}
}

// inflate replaces the input by the inflated data set.
func (s *scanner) inflate() error {
	out, err := inflated(s.b[s.p:])
	if err != nil {
		return message.Errorf("inflating the data set: %w", err)
	}
	s.b, s.p = out, 0
	return nil
}

// maxRatio is what deflate can do at best, about 1:1032.
const maxRatio = 1040

// inflater unpacks deflated data. A few writers wrap it as zlib does, which the
// standard does not foresee.
func inflater(in Input, at int64) io.ReadCloser {
	var head [2]byte
	if n, _ := in.ReadAt(head[:], at); n == 2 && head[0] == 0x78 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		if z := section(in, at+2); decodes(z) {
			at += 2
		}
	}
	return flate.NewReader(section(in, at))
}

func section(in Input, at int64) io.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(in, at, in.Size-at), 1<<16)
}

// decodes says whether deflated data begins well.
func decodes(r io.Reader) bool {
	_, err := io.CopyN(io.Discard, flate.NewReader(r), 64)
	return err == nil || errors.Is(err, io.EOF)
}

// inflateInput is the data that is deflated from byte at on, unpacked as it is
// read. Its size is not known and bounded by what deflate can do.
func inflateInput(in Input, at int64) Input {
	open := func() (io.ReadCloser, error) { return truncation{inflater(in, at)}, nil }
	return Input{ReaderAt: Stream(open), Size: (in.Size-at)*maxRatio + 64, InOrder: true}
}

// truncation gives the end of deflated data that is not complete its own error.
type truncation struct{ io.ReadCloser }

func (t truncation) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrTruncated
	}
	return n, err
}

// inflated unpacks a whole data set: once to see how long it is, and again, so
// that no more memory is taken than that.
func inflated(packed []byte) ([]byte, error) {
	in := Input{ReaderAt: bytes.NewReader(packed), Size: int64(len(packed))}
	n, err := io.Copy(io.Discard, io.LimitReader(truncation{inflater(in, 0)}, maxInflate+1))
	if err == nil && n > maxInflate {
		err = message.Errorf("it grows past %d MB", maxInflate>>20)
	}
	if err != nil {
		return nil, err
	}
	out := make([]byte, n)
	_, err = io.ReadFull(inflater(in, 0), out)
	return out, err
}
