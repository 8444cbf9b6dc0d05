package dimse

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// field is the Command Field (PS3.7 E.1): what is asked, or answered.
type field uint16

// The commands that are spoken here; an answer has the highest bit too.
const (
	storeRQ   field = 0x0001
	getRQ     field = 0x0010
	findRQ    field = 0x0020
	moveRQ    field = 0x0021
	echoRQ    field = 0x0030
	cancelRQ  field = 0x0FFF
	isAnswer  field = 0x8000
	noDataSet       = 0x0101 // Command Data Set Type (PS3.7 9.3): no data set follows
	dataSet         = 0x0001
	byOrder         = 0x0000 // Priority: medium
)

// name is what PS3.7 calls the operation.
func (f field) name() string {
	names := map[field]string{storeRQ: "C-STORE", getRQ: "C-GET", findRQ: "C-FIND", moveRQ: "C-MOVE", echoRQ: "C-ECHO",
		cancelRQ: "C-CANCEL"}
	if n, ok := names[f&^isAnswer]; ok {
		return n
	}
	return "DIMSE"
}

// command is a command set (PS3.7 6.3 and 9.3). Zero fields are not written.
type command struct {
	field       field
	class       string // Affected SOP Class UID
	instance    string // Affected SOP Instance UID
	id          uint16 // Message ID, or in an answer that of the request
	status      Status // of an answer
	comment     string // Error Comment, of an answer
	destination string // Move Destination: an application entity title
	hasData     bool   // a data set follows
	sub         SubOperations
}

// SubOperations counts the objects that a C-GET or C-MOVE is about (PS3.7 9.1.3).
type SubOperations struct{ Remaining, Completed, Failed, Warning int }

// Total is how many objects there are.
func (s SubOperations) Total() int { return s.Remaining + s.Completed + s.Failed + s.Warning }

// Elements of the command set that the dictionary has no names in Go for.
var (
	tagCommandLength      = tag.Tag{Group: 0, Element: 0x0000}
	tagAffectedClass      = tag.Tag{Group: 0, Element: 0x0002}
	tagField              = tag.Tag{Group: 0, Element: 0x0100}
	tagMessageID          = tag.Tag{Group: 0, Element: 0x0110}
	tagAnsweredID         = tag.Tag{Group: 0, Element: 0x0120}
	tagDestination        = tag.Tag{Group: 0, Element: 0x0600}
	tagPriority           = tag.Tag{Group: 0, Element: 0x0700}
	tagDataSetType        = tag.Tag{Group: 0, Element: 0x0800}
	tagStatus             = tag.Tag{Group: 0, Element: 0x0900}
	tagErrorComment       = tag.Tag{Group: 0, Element: 0x0902}
	tagAffectedInstance   = tag.Tag{Group: 0, Element: 0x1000}
	tagRemaining          = tag.Tag{Group: 0, Element: 0x1020}
	tagCompleted          = tag.Tag{Group: 0, Element: 0x1021}
	tagFailed             = tag.Tag{Group: 0, Element: 0x1022}
	tagWarning            = tag.Tag{Group: 0, Element: 0x1023}
	maxCommand            = 64 << 10 // bytes of a command set
	maxCommandSetElements = 64
)

// encode writes the command set, which is always Implicit VR Little Endian (PS3.7 6.3.1).
func (c *command) encode() []byte {
	set := implicitSet{}
	set.text(tagAffectedClass, c.class)
	set.words(tagField, uint16(c.field))
	kind := uint16(noDataSet)
	if c.hasData {
		kind = dataSet
	}
	if c.field&isAnswer != 0 {
		set.words(tagAnsweredID, c.id)
		set.words(tagDataSetType, kind)
		set.words(tagStatus, uint16(c.status))
		set.text(tagErrorComment, c.comment)
		set.text(tagAffectedInstance, c.instance)
		return set.group()
	}
	if c.field == cancelRQ {
		set.words(tagAnsweredID, c.id)
		set.words(tagDataSetType, kind)
		return set.group()
	}
	set.words(tagMessageID, c.id)
	set.text(tagDestination, c.destination)
	if c.field != echoRQ {
		set.words(tagPriority, byOrder)
	}
	set.words(tagDataSetType, kind)
	set.text(tagAffectedInstance, c.instance)
	return set.group()
}

// decodeCommand reads a command set.
func decodeCommand(b []byte) (command, error) {
	var c command
	seen := map[tag.Tag]bool{}
	for len(b) > 0 {
		t, value, rest, err := implicitElement(b)
		if err != nil {
			return c, err
		}
		if t.Group != 0 || seen[t] || len(seen) == maxCommandSetElements {
			return c, message.Errorf("the command set holds %s, which it cannot", dcm.TagText(t))
		}
		seen[t], b = true, rest
		c.take(t, value)
	}
	if !seen[tagField] || !seen[tagDataSetType] {
		return c, message.New("the command set does not say what is asked")
	}
	return c, nil
}

// take takes one element; those that nobody asks for are passed over.
func (c *command) take(t tag.Tag, value []byte) {
	word := uint16(0)
	if len(value) >= 2 {
		word = binary.LittleEndian.Uint16(value)
	}
	text := strings.Trim(string(value), " \x00")
	switch t {
	case tagAffectedClass:
		c.class = text
	case tagAffectedInstance:
		c.instance = text
	case tagField:
		c.field = field(word)
	case tagMessageID, tagAnsweredID:
		c.id = word
	case tagStatus:
		c.status = Status(word)
	case tagErrorComment:
		c.comment = text
	case tagDestination:
		c.destination = text
	case tagDataSetType:
		c.hasData = word != noDataSet
	case tagRemaining:
		c.sub.Remaining = int(word)
	case tagCompleted:
		c.sub.Completed = int(word)
	case tagFailed:
		c.sub.Failed = int(word)
	case tagWarning:
		c.sub.Warning = int(word)
	}
}

// implicitElement reads one element of Implicit VR Little Endian.
func implicitElement(b []byte) (t tag.Tag, value, rest []byte, err error) {
	const head = 8
	if len(b) < head {
		return t, nil, nil, message.Errorf("%w: a command set", dcm.ErrTruncated)
	}
	t = dcm.ReadTag(binary.LittleEndian, b)
	n := binary.LittleEndian.Uint32(b[4:])
	if uint64(n) > uint64(len(b)-head) {
		return t, nil, nil, message.Errorf("%w: a command set", dcm.ErrTruncated)
	}
	return t, b[head : head+int(n)], b[head+int(n):], nil
}

// implicitSet collects elements in the order of their tags, as Implicit VR Little Endian.
type implicitSet []byte

func (s *implicitSet) value(t tag.Tag, value []byte) {
	*s = binary.LittleEndian.AppendUint16(*s, t.Group)
	*s = binary.LittleEndian.AppendUint16(*s, t.Element)
	*s = binary.LittleEndian.AppendUint32(*s, uint32(len(value)))
	*s = append(*s, value...)
}

// text adds a text, padded to an even length; nothing for "".
func (s *implicitSet) text(t tag.Tag, text string) {
	if text != "" {
		s.padded(t, text)
	}
}

// padded adds a text, which may be empty.
func (s *implicitSet) padded(t tag.Tag, text string) {
	if len(text)%2 == 1 {
		pad := " "
		if dcm.Lookup(t).VR == "UI" || t.Group == 0 && t != tagDestination && t != tagErrorComment {
			pad = "\x00"
		}
		text += pad
	}
	s.value(t, []byte(text))
}

func (s *implicitSet) words(t tag.Tag, words ...uint16) {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint16(b, w)
	}
	s.value(t, b)
}

// group is the elements behind the length of their group.
func (s *implicitSet) group() []byte {
	var out implicitSet
	out.value(tagCommandLength, binary.LittleEndian.AppendUint32(nil, uint32(len(*s))))
	return append(out, *s...)
}

// Key is one attribute of an identifier (PS3.4 C.2): what is matched, or, empty, what is
// wanted.
type Key struct {
	Tag   tag.Tag
	Value string // in UTF-8
}

// encodeKeys writes an identifier as Implicit VR Little Endian, which every peer
// understands (PS3.5 10.1).
func encodeKeys(keys []Key) []byte {
	keys = slices.Clone(keys)
	for _, k := range keys {
		if strings.IndexFunc(k.Value, func(r rune) bool { return r > 0x7E }) >= 0 {
			keys = append(keys, Key{tag.SpecificCharacterSet, "ISO_IR 192"})
			break
		}
	}
	slices.SortStableFunc(keys, func(a, b Key) int { return a.Tag.Compare(b.Tag) })
	var out implicitSet
	for _, k := range keys {
		out.padded(k.Tag, k.Value)
	}
	return out
}
