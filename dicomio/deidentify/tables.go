package deidentify

import (
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// tableDescriptors are the look-up tables of a data set or an item with what
// describes them: of LUT items, palettes and their parts (PS3.3 C.11.1.1, C.7.9).
var tableDescriptors = map[tag.Tag]tag.Tag{
	tag.LUTData:                          tag.LUTDescriptor,
	tag.RedPaletteColorLookupTableData:   tag.RedPaletteColorLookupTableDescriptor,
	tag.GreenPaletteColorLookupTableData: tag.GreenPaletteColorLookupTableDescriptor,
	tag.BluePaletteColorLookupTableData:  tag.BluePaletteColorLookupTableDescriptor,
	tag.AlphaPaletteColorLookupTableData: tag.AlphaPaletteColorLookupTableDescriptor,
}

// onlyEntries cuts the value of a look-up table to the entries that its descriptor
// tells: nothing reads what lies behind them. Others are given back as they are.
func onlyEntries(s dcm.Set, e *dcm.Element, value []byte, r *Report) []byte {
	descriptor, table := tableDescriptors[e.Tag]
	if !table {
		return value
	}
	words := s.Find(descriptor).Uint16s()
	if len(words) < 3 {
		return value
	}
	n := dcm.TableLength(words[0])
	size := 2 * n
	if len(value) < size && len(e.Entries(n, int(words[2]))) == len(value) { // bytes
		size = n + n%2
	}
	if len(value) <= size {
		return value
	}
	r.clean("entries behind a look-up table")
	return value[:size]
}
