package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Attribute is one data element, for a list that a person searches. A sequence
// is followed by its items and those by their elements, each one level deeper.
type Attribute struct {
	Tag     string // (0028,0010)
	VR      string // "" when unknown
	Keyword string // PatientName; "" for private and unknown elements
	Name    string // Patient's Name
	Value   string // in UTF-8, several values joined by the backslash
	Depth   int
	Length  int // bytes of the value as stored

	values []any // for JSON: string or float64 or int64; nil for sequences
}

// Attributes reads the attributes of the DICOM file at path without decoding
// its pixel data. Files of other formats have none.
func Attributes(ctx context.Context, path string) (list []Attribute, err error) {
	defer parallel.Recover(fileio.Failed(path, &err))
	f, size, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return attributesOf(path, dcm.Input{ReaderAt: fileio.ReaderAt(ctx, f), Size: size})
}

// AttributesBytes is Attributes on a file in memory.
func AttributesBytes(name string, data []byte) (list []Attribute, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	return attributesOf(name, dcm.InMemory(data))
}

func attributesOf(name string, in dcm.Input) ([]Attribute, error) {
	head := make([]byte, min(in.Size, fileio.HeadBytes))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, message.Errorf("reading %s: %w", fileio.ShortName(name), err)
	}
	if !dcm.IsDICOM(head) {
		return nil, nil
	}
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	f.ReadTail()
	list := attributes(f.Elements)
	if p := f.Pixels; p.Present() {
		n := p.Size()
		if p.Encapsulated {
			n = p.Coded()
		}
		e := dcm.Lookup(p.Tag)
		text := byteCount(int(n))
		list = append(list, Attribute{Tag: dcm.TagText(p.Tag), VR: string(p.VR), Keyword: e.Keyword, Name: e.Name,
			Value: text, Length: int(n), values: []any{text}})
	}
	return list, nil
}

func byteCount(n int) string { return fmt.Sprintf("(%d bytes)", n) }

// attributes puts all elements into words.
func attributes(s dcm.Set) []Attribute {
	list := make([]Attribute, 0, len(s))
	sets := []*charset.Set{charset.Unstated()} // by depth
	signed := pixelsSigned(s)
	items := make([]int, 0, 8) // running number of the item at each depth
	for i := range s {
		e := &s[i]
		if e.Tag.Element == 0 && e.Tag.Group != 2 {
			continue // retired group lengths, which say nothing of the picture
		}
		for len(sets) <= e.Depth {
			sets = append(sets, sets[len(sets)-1])
		}
		sets = sets[:e.Depth+1]
		for len(items) <= e.Depth+1 {
			items = append(items, 0)
		}
		if e.Tag == tag.SpecificCharacterSet {
			sets[e.Depth] = charset.New(e.Text())
		}
		a := describe(asStored(e, signed), sets[e.Depth])
		switch {
		case e.Tag == tag.Item:
			items[e.Depth]++
			a.Name = fmt.Sprintf("Item %d", items[e.Depth])
		case e.VR == "SQ":
			items[e.Depth+1] = 0
		}
		list = append(list, a)
	}
	return list
}

// pixelsSigned says whether the stored values are signed.
func pixelsSigned(s dcm.Set) bool {
	w := s.Find(tag.PixelRepresentation).Uint16s()
	return len(w) > 0 && w[0] == 1
}

// likePixels are the elements of VR "US or SS" in PS3.6: where the file does not
// say which, as implicit ones do not, Pixel Representation does (PS3.5 A.1).
var likePixels = []tag.Tag{
	tag.ZeroVelocityPixelValue, tag.MappedPixelValue, tag.PerimeterValue, tag.SmallestValidPixelValue,
	tag.LargestValidPixelValue, tag.SmallestImagePixelValue, tag.LargestImagePixelValue,
	tag.SmallestPixelValueInSeries, tag.LargestPixelValueInSeries, tag.SmallestImagePixelValueInPlane,
	tag.LargestImagePixelValueInPlane,
	tag.PixelPaddingValue, tag.PixelPaddingRangeLimit, tag.GrayLookupTableDescriptor,
	tag.RedPaletteColorLookupTableDescriptor, tag.GreenPaletteColorLookupTableDescriptor,
	tag.BluePaletteColorLookupTableDescriptor, tag.LargeRedPaletteColorLookupTableDescriptor,
	tag.LargeGreenPaletteColorLookupTableDescriptor, tag.LargeBluePaletteColorLookupTableDescriptor,
	tag.LUTDescriptor, tag.RealWorldValueLastValueMapped, tag.RealWorldValueFirstValueMapped,
	tag.HistogramFirstBinValue, tag.HistogramLastBinValue,
}

// asStored gives an element whose VR depends on the pixels the right one. The
// descriptor of a table keeps its numbers of entries and bits unsigned.
func asStored(e *dcm.Element, signed bool) *dcm.Element {
	if !signed || e.VR != "US" || !e.Implicit || !slices.Contains(likePixels, e.Tag) || len(e.Value) == 6 {
		return e
	}
	out := *e
	out.VR = "SS"
	return &out
}

func describe(e *dcm.Element, c *charset.Set) Attribute {
	entry := dcm.Lookup(e.Tag)
	vr := e.VR
	if vr == "" || vr == "UN" && entry.VR != "" {
		vr = entry.VR
	}
	a := Attribute{Tag: dcm.TagText(e.Tag), VR: string(vr), Keyword: entry.Keyword, Name: entry.Name,
		Depth: e.Depth, Length: len(e.Value)}
	if vr == "SQ" || e.Tag == tag.Item {
		return a
	}
	a.values = elementValues(e, vr, c)
	text := make([]string, len(a.values))
	for i, v := range a.values {
		text[i] = fmt.Sprint(v)
	}
	a.Value = strings.Join(text, `\`)
	return a
}

// maxShown is how many numbers of a binary value are listed.
const maxShown = 64

// elementValues reads a value by its VR (PS3.5 table 6.2-1).
func elementValues(e *dcm.Element, vr dcm.VR, c *charset.Set) []any {
	order := binary.ByteOrder(binary.LittleEndian)
	if e.BigEndian {
		order = binary.BigEndian
	}
	word := func(size int, read func([]byte) any) []any {
		if n := len(e.Value) / size; n > maxShown || n*size != len(e.Value) {
			return []any{byteCount(len(e.Value))}
		}
		var out []any
		for v := e.Value; len(v) > 0; v = v[size:] {
			out = append(out, read(v))
		}
		return out
	}
	switch vr {
	case "US":
		return word(2, func(b []byte) any { return int64(order.Uint16(b)) })
	case "SS":
		return word(2, func(b []byte) any { return int64(int16(order.Uint16(b))) })
	case "UL":
		return word(4, func(b []byte) any { return int64(order.Uint32(b)) })
	case "SL":
		return word(4, func(b []byte) any { return int64(int32(order.Uint32(b))) })
	case "FL":
		return word(4, func(b []byte) any { return finite(float64(math.Float32frombits(order.Uint32(b)))) })
	case "FD":
		return word(8, func(b []byte) any { return finite(math.Float64frombits(order.Uint64(b))) })
	case "AT":
		return word(4, func(b []byte) any {
			return dcm.TagText(dcm.ReadTag(order, b))
		})
	case "UV", "SV":
		return word(8, func(b []byte) any { return fmt.Sprint(order.Uint64(b)) })
	case "OB", "OW", "OF", "OD", "OL", "OV":
		return []any{byteCount(len(e.Value))}
	case "UN", "":
		if !printable(e.Value) {
			return []any{byteCount(len(e.Value))}
		}
	}
	return textValues(e, vr, c)
}

func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprint(v)
	}
	return v
}

// maxText bounds the text of one attribute.
const maxText = 1 << 16

// textValues splits text at the backslash, except for the VRs of free text.
func textValues(e *dcm.Element, vr dcm.VR, c *charset.Set) []any {
	raw := bytes.TrimRight(e.Value[:min(len(e.Value), maxText)], " \x00")
	text := charset.Guess(raw)
	switch vr {
	case "SH", "LO", "ST", "LT", "UC", "UT", "PN", "UN", "":
		text = c.Decode(raw, vr == "PN")
	}
	if text == "" {
		return nil
	}
	if vr == "ST" || vr == "LT" || vr == "UT" || vr == "UR" {
		return []any{text}
	}
	var out []any
	for _, t := range strings.Split(text, `\`) {
		t = strings.Trim(t, " \x00")
		if n, err := strconv.ParseInt(t, 10, 64); vr == "IS" && err == nil {
			out = append(out, n)
		} else if f, err := strconv.ParseFloat(t, 64); vr == "DS" && err == nil {
			out = append(out, finite(f))
		} else {
			out = append(out, t)
		}
	}
	return out
}

// printable says whether a value of unknown VR reads as text.
func printable(b []byte) bool {
	if len(b) > 1<<10 {
		return false
	}
	for _, c := range bytes.TrimRight(b, "\x00") {
		if c < 0x20 && c != '\r' && c != '\n' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// attributeTree gives the list as a JSON object by keyword (by tag where there
// is none): a value, an array of several, for a sequence an array of objects.
func attributeTree(list []Attribute) (json.RawMessage, error) {
	var w bytes.Buffer
	if _, err := writeLevel(&w, list, 0); err != nil {
		return nil, message.Errorf("writing attributes: %w", err)
	}
	return w.Bytes(), nil
}

// writeLevel writes the elements at depth as an object and returns how many of
// the list that were, deeper ones included.
func writeLevel(w *bytes.Buffer, list []Attribute, depth int) (int, error) {
	w.WriteByte('{')
	seen := map[string]bool{}
	i := 0
	for i < len(list) && list[i].Depth == depth && list[i].Tag != itemTag {
		a := &list[i]
		key := a.Keyword
		if key == "" {
			key = a.Tag
		}
		i++
		sub := w
		if seen[key] { // twice in a broken file: the first counts
			sub = &bytes.Buffer{}
		} else if len(seen) > 0 {
			w.WriteByte(',')
		}
		seen[key] = true
		name, err := json.Marshal(key)
		if err != nil {
			return 0, err
		}
		sub.Write(name)
		sub.WriteByte(':')
		if a.VR == "SQ" {
			n, err := writeItems(sub, list[i:], depth+1)
			if err != nil {
				return 0, err
			}
			i += n
			continue
		}
		value, err := json.Marshal(jsonValue(a.values))
		if err != nil {
			return 0, err
		}
		sub.Write(value)
	}
	w.WriteByte('}')
	return i, nil
}

var itemTag = dcm.TagText(tag.Item)

func writeItems(w *bytes.Buffer, list []Attribute, depth int) (int, error) {
	w.WriteByte('[')
	i := 0
	for first := true; i < len(list) && list[i].Depth == depth && list[i].Tag == itemTag; first = false {
		if !first {
			w.WriteByte(',')
		}
		n, err := writeLevel(w, list[i+1:], depth+1)
		if err != nil {
			return 0, err
		}
		i += 1 + n
	}
	w.WriteByte(']')
	return i, nil
}

func jsonValue(v []any) any {
	switch len(v) {
	case 0:
		return nil
	case 1:
		return v[0]
	}
	return v
}
