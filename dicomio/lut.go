package dicomio

import (
	"math/bits"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// errNoTable says that an item is empty: it promises no table.
var errNoTable = message.New("it is empty")

// errNoEntries says that a table was promised and is not there.
var errNoEntries = message.New("its entries are missing")

// span is a range of values, both ends included.
type span struct{ lo, hi float64 }

// meets says whether the spans have a value in common.
func (s span) meets(o span) bool { return s.lo <= o.hi && o.lo <= s.hi }

// readLUT reads a look-up table item (PS3.3 C.11.1.1): descriptor of entries,
// first value mapped, bits; then the data. in are the values that the table may
// be asked for. Words for a person say what was wrong with it and made good: of
// a table that is too short the last entry is repeated, and one that uses fewer
// or more bits than it declares is taken at those that it uses.
func readLUT(item dcm.Set, in span) (l *LUT, faults []message.Message, err error) {
	d, data := item.Find(tag.LUTDescriptor), item.Find(tag.LUTData)
	words := d.Uint16s()
	switch {
	case len(words) == 0 && (data == nil || len(data.Value) == 0):
		return nil, nil, errNoTable
	case len(words) < 3:
		return nil, nil, message.New("its descriptor is missing")
	}
	n := dcm.TableLength(words[0])
	l = &LUT{First: firstMapped(d, words[1], n, in), Bits: int(words[2]),
		Explanation: item.Find(tag.LUTExplanation).Text()}
	if data != nil {
		l.Data = data.Entries(n, l.Bits)
	}
	if fault, err := l.complete(n); err != nil {
		return l, nil, err
	} else if !fault.IsZero() {
		faults = append(faults, fault)
	}
	if fault := l.fitBits(); !fault.IsZero() {
		faults = append(faults, fault)
	}
	return l, faults, nil
}

// ReadPresentationLUT reads an item of the Presentation LUT Sequence (PS3.3 C.11.6.1), whose
// entries are P-values of the bits that it declares. faults say what was made good.
func ReadPresentationLUT(item dcm.Set) (l *LUT, faults []message.Message, err error) {
	l, _, err = readLUT(item, span{0, 1<<16 - 1})
	if err != nil {
		return nil, nil, err
	}
	declared := int(item.Find(tag.LUTDescriptor).Uint16s()[2])
	if declared < l.Bits || declared > 16 {
		return l, []message.Message{message.Of("declares %d bits and uses %d; its largest entry is taken as white",
			declared, l.Bits)}, nil
	}
	l.Bits, l.Top = declared, 0 // a dark curve is meant to be dark
	return l, nil, nil
}

// firstMapped reads the first value mapped, which is signed where the values
// that come in are. Many writers call it US all the same, and implicit files do
// not say: then the reading is taken under which the table is for such values.
func firstMapped(d *dcm.Element, word uint16, n int, in span) int32 {
	unsigned, signed := int32(word), int32(int16(word))
	covers := func(first int32) bool {
		return in.meets(span{float64(first), float64(first) + float64(n-1)})
	}
	if d.VR == "SS" || unsigned == signed {
		return signed
	}
	if in.lo < 0 && covers(signed) || covers(signed) && !covers(unsigned) {
		return signed
	}
	return unsigned
}

// complete gives a table its n entries by repeating the last.
func (l *LUT) complete(n int) (fault message.Message, err error) {
	if len(l.Data) >= n {
		l.Data = l.Data[:n]
		return message.Message{}, nil
	}
	given := len(l.Data)
	if given == 0 {
		l.lacks = n
		return message.Message{}, errNoEntries
	}
	whole := make([]uint16, n)
	for i := copy(whole, l.Data); i < n; i++ {
		whole[i] = l.Data[given-1]
	}
	l.Data, l.lacks = whole, n-given
	return message.Of("has %d of %d entries; the last one is repeated", given, n), nil
}

// fitBits takes a table at the bits that its entries use. Some devices declare
// 16 and use 12, which would leave the picture dark: the largest entry is white
// then. A table that declares fewer than it uses would be white all over.
func (l *LUT) fitBits() (fault message.Message) {
	largest := uint16(0)
	for _, v := range l.Data {
		largest = max(largest, v)
	}
	used := bits.Len16(largest)
	if used == l.Bits || used == 0 && l.Bits >= 1 && l.Bits <= 16 {
		return message.Message{}
	}
	fault = message.Of("declares %d bits and uses %d; its largest entry is taken as white", l.Bits, used)
	l.Bits, l.Top = max(used, 1), largest
	return fault
}

// White is the entry that is shown as white.
func (l *LUT) White() float64 {
	if l.Top > 0 {
		return float64(l.Top)
	}
	return float64(max(uint32(1)<<l.Bits-1, 1))
}
