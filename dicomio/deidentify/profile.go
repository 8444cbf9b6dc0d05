package deidentify

import (
	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// profileRule is a row of the Basic Application Level Confidentiality Profile, PS3.15
// table E.1-1.
type profileRule struct {
	tag             tag.Tag
	code            string // of the basic profile
	characteristics bool   // kept by the Retain Patient Characteristics Option
}

// action is what the profile does with an attribute.
type action int

const (
	actionKeep action = iota
	actionRemove
	actionEmpty
	actionDummy
	actionUID
)

// actions are the table's codes. Where it lets a de-identifier choose (X/Z and so
// on) an attribute is emptied if an object may need it to be present and removed
// otherwise; that is allowed for the objects that are read here. X/Z/U* is of
// sequences, which stay with their UIDs replaced.
var actions = map[string]action{
	"X": actionRemove, "X/D": actionRemove, "Z": actionEmpty, "X/Z": actionEmpty, "Z/D": actionEmpty, "X/Z/D": actionEmpty,
	"D": actionDummy, "U": actionUID, "X/Z/U*": actionUID,
}

// confidentiality decides about attributes.
type confidentiality map[tag.Tag]action

// newConfidentiality lists the profile; keepCharacteristics adds the Retain
// Patient Characteristics Option.
func newConfidentiality(keepCharacteristics bool) confidentiality {
	c := confidentiality{}
	for _, r := range profileRules {
		c[r.tag] = actions[r.code]
		if keepCharacteristics && r.characteristics {
			c[r.tag] = actionKeep
		}
	}
	return c
}

// action decides about one attribute. Beyond the profile, which allows more:
// what the dictionary does not know goes, as do curves and overlays whole, and all
// names, dates, times, free texts, bytes and GPS data that the profile does not
// mention.
func (c confidentiality) action(t tag.Tag, vr dcm.VR) action {
	group := t.Group
	switch {
	case tag.IsPrivate(group), t.Element == 0, group&0xFF00 == 0x5000, group&0xFF00 == 0x6000:
		return actionRemove // private, group lengths, curves, overlays
	case t.Compare(tag.GPSVersionID) >= 0 && t.Compare(tag.GPSDifferential) <= 0: // GPS
		return actionRemove
	case group == 0x7FE0: // pixel data and its tables are written apart; in items they are icons
		return actionRemove
	}
	if a, ok := c[t]; ok {
		return a
	}
	entry := dcm.Lookup(t)
	if entry.Keyword == "" {
		return actionRemove
	}
	switch vr {
	case "PN", "DA", "DT", "TM", "LT", "ST", "UT", "UC", "UR", "UN", "":
		return actionRemove
	case "OB":
		if !keptBytes[t] {
			return actionRemove
		}
	}
	return actionKeep
}

// keptBytes are values of VR OB that the picture needs.
var keptBytes = map[tag.Tag]bool{
	tag.ICCProfile:                     true, // ICC Profile
	tag.LUTData:                        true, // LUT Data, and palettes
	tag.RedPaletteColorLookupTableData: true, tag.GreenPaletteColorLookupTableData: true, tag.BluePaletteColorLookupTableData: true, tag.AlphaPaletteColorLookupTableData: true, tag.SegmentedRedPaletteColorLookupTableData: true, tag.SegmentedGreenPaletteColorLookupTableData: true, tag.SegmentedBluePaletteColorLookupTableData: true,
}

// dummy writes a value that says nothing, one that its VR allows (PS3.5 table
// 6.2-1).
func (a *Anonymiser) dummy(b *dcm.Builder, e *dcm.Element, vr dcm.VR) {
	if text, ok := dummies[vr]; ok {
		b.Text(e.Tag, vr, text)
		return
	}
	switch vr {
	case "SQ":
		b.Sequence(e.Tag)
	case "UI":
		b.Text(e.Tag, vr, a.uids(e.Text())...)
	default:
		b.Bytes(e.Tag, vr, make([]byte, dummySizes[vr]))
	}
}

var dummies = map[dcm.VR]string{
	"DA": "19000101", "TM": "000000", "DT": "19000101000000", "AS": "000Y", "DS": "0", "IS": "0", "UR": "urn:removed",
	"PN": "REMOVED", "LO": "REMOVED", "SH": "REMOVED", "ST": "REMOVED", "LT": "REMOVED", "UT": "REMOVED", "CS": "REMOVED", "UC": "REMOVED", "AE": "REMOVED",
}

// dummySizes are the bytes of one binary value.
var dummySizes = map[dcm.VR]int{
	"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "AT": 4, "SV": 8, "UV": 8, "OB": 2, "OW": 2, "OF": 4, "OD": 8, "OL": 4, "OV": 8, "UN": 2,
}
