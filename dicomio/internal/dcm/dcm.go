// Package dcm reads the structure of a DICOM file (PS3.5, PS3.10) from
// untrusted bytes. Its core type is [File]: the elements in file order, their
// values as slices of the input, and where the pixel data lies.
//
// Every length is checked against the bytes that are left before it is used,
// nesting and element counts are bounded, and a deflated data set may not grow
// past a fixed size, so a hostile file costs little and cannot panic. The
// package decodes no pixels and imports only the tag dictionary.
package dcm

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/internal/message"
)

// Bounds on what a file may ask for.
const (
	maxDepth    = 32      // nested sequences
	maxElements = 1 << 20 // elements in a file
	maxInflate  = 1 << 28 // bytes of a deflated data set
)

const undefined = 0xFFFFFFFF // value length that is told by a delimiter

// ErrTruncated is wrapped by every error about bytes that are missing.
var ErrTruncated = message.New("the file ends too early")

// Groups that steer the scan, and the sizes of headers.
const (
	groupMeta        = 0x0002
	groupItems       = 0xFFFE
	explicitHeader   = 8
	explicitLongHead = 12
)

// VR is a value representation, two letters; "" when the encoding is implicit
// and the dictionary does not know the tag.
type VR string

// long says whether the explicit header of this VR has a 32-bit length
// (PS3.5 table 7.1-1).
func (v VR) long() bool {
	switch v {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		return true
	}
	return false
}

func (v VR) known() bool {
	const short = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"
	return v.long() || len(v) == 2 && v[0] != ' ' && v[1] != ' ' && strings.Contains(short, string(v))
}

// letters says whether a VR of a future standard could look like this.
func (v VR) letters() bool {
	return len(v) == 2 && v[0] >= 'A' && v[0] <= 'Z' && v[1] >= 'A' && v[1] <= 'Z'
}

// Element is one data element. A sequence has no Value; its items follow it in
// the list, each led by an element with the tag Item one level deeper, with
// the item's own elements one level deeper again.
type Element struct {
	Tag       tag.Tag
	VR        VR
	Depth     int
	Value     []byte
	BigEndian bool
	Implicit  bool // the VR is the dictionary's, the file does not say
}

// Pixels is where the pixel data of a file lies.
type Pixels struct {
	Tag          tag.Tag // PixelData, FloatPixelData, DoubleFloatPixelData; zero for none
	VR           VR      // OB or OW
	Native       []byte  // uncompressed, as one piece
	Clipped      bool    // it is stated to be longer than the file
	Encapsulated bool
	OffsetTable  []uint32 // Basic Offset Table, may be empty
	Fragments    [][]byte // compressed, in order

	// After a scan of the header only: where the value starts in the input, and
	// its length as stated. Length is -1 for encapsulated data, Offset is -1 in
	// a deflated data set.
	Offset, Length int64

	after  []byte     // what follows native data in memory
	source *Input     // after ScanInput: where the pixels are
	spans  []byteSpan // of the fragments in it
	tail   *tailState
}

// Present says whether the file has pixel data.
func (p *Pixels) Present() bool { return p.Tag != tag.Tag{} }

// File is a scanned DICOM file.
type File struct {
	TransferSyntax string // UID as the file says; guessed when it does not
	BigEndian      bool
	Elements       Set // file meta first, then the data set
	Pixels         Pixels
	Warnings       []message.Message // departures from the standard that were read over

	head, tail []byte // of an input: what stands before the pixel data and behind it
	tailAt     int64
}

// Set is a run of elements with those nested in them; its own level is the
// depth of the first.
type Set []Element

func (s Set) depth() int {
	if len(s) == 0 {
		return 0
	}
	return s[0].Depth
}

// Find returns the element with this tag at the set's own level, or nil.
func (s Set) Find(t tag.Tag) *Element {
	d := s.depth()
	for i := range s {
		if s[i].Tag == t && s[i].Depth == d {
			return &s[i]
		}
	}
	return nil
}

// Items returns the items of the sequence with this tag at the set's own
// level, each as a set; nil when the sequence is absent.
func (s Set) Items(t tag.Tag) []Set {
	d := s.depth()
	for i := range s {
		if s[i].Tag == t && s[i].Depth == d {
			return s[i+1:].items(d + 1)
		}
	}
	return nil
}

// items splits the run that starts with an item at depth d.
func (s Set) items(d int) []Set {
	var out []Set
	start := -1
	for i := 0; i <= len(s); i++ {
		end := i == len(s) || s[i].Depth < d
		if start >= 0 && (end || s[i].Depth == d) {
			out = append(out, s[start:i])
			start = -1
		}
		if end {
			break
		}
		if s[i].Depth == d && s[i].Tag == tag.Item {
			start = i + 1
		}
	}
	return out
}

func (e *Element) order() binary.ByteOrder {
	if e.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Uint16s returns the value as 16-bit words.
func (e *Element) Uint16s() []uint16 {
	if e == nil {
		return nil
	}
	out := make([]uint16, len(e.Value)/2)
	for i := range out {
		out[i] = e.order().Uint16(e.Value[2*i:])
	}
	return out
}

// Uint32s returns the value as 32-bit words.
func (e *Element) Uint32s() []uint32 {
	if e == nil {
		return nil
	}
	out := make([]uint32, len(e.Value)/4)
	for i := range out {
		out[i] = e.order().Uint32(e.Value[4*i:])
	}
	return out
}

// Uint64s returns the value as 64-bit words.
func (e *Element) Uint64s() []uint64 {
	if e == nil {
		return nil
	}
	out := make([]uint64, len(e.Value)/8)
	for i := range out {
		out[i] = e.order().Uint64(e.Value[8*i:])
	}
	return out
}

// LittleEndian returns the value with the words of its VR in little-endian
// order; the value itself when it is so already.
func (e *Element) LittleEndian() []byte {
	size := 1
	switch e.VR {
	case "US", "SS", "OW", "AT":
		size = 2
	case "UL", "SL", "FL", "OF", "OL":
		size = 4
	case "FD", "OD", "OV", "UV", "SV":
		size = 8
	}
	if !e.BigEndian || size == 1 {
		return e.Value
	}
	out := bytes.Clone(e.Value)
	for i := 0; i+size <= len(out); i += size {
		slices.Reverse(out[i : i+size])
	}
	return out
}

// Text returns the bytes of a value without the padding of PS3.5 6.2.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	return strings.Trim(string(e.Value), " \x00")
}
