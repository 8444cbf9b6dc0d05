package dicomio

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// Box is a rectangle in pixels, for text that was burnt into the picture.
type Box struct{ X, Y, Width, Height int }

// AnonymiseOptions are the options of the profile that are offered.
type AnonymiseOptions struct {
	KeepCharacteristics bool   // Retain Patient Characteristics: sex, age, size, weight
	Blank               []Box  // painted black in every frame
	NoTextLeft          bool   // Clean Pixel Data: somebody looked, and nothing is burnt in beside the boxes
	Secret              []byte // key of pseudonyms and UIDs; a random one when empty
}

// AnonymiseReport says what was done to one file.
type AnonymiseReport struct {
	In       string            `json:"in"`
	Out      string            `json:"out"`
	Removed  []string          `json:"removed"`  // attributes, as "(0010,1010) Patient's Age"
	Emptied  []string          `json:"emptied"`  // left without a value
	Replaced []string          `json:"replaced"` // given a value that says nothing, UIDs included
	Blanked  int               `json:"blanked"`  // boxes
	Cleaned  []string          `json:"cleaned"`  // what was no picture and was taken out of the pixel data
	Warnings []message.Message `json:"warnings"`
	Err      error             `json:"-"` // why the file was not written

	charset string // of the file
}

// clean notes once what was taken out of the pixel data.
func (r *AnonymiseReport) clean(what string) {
	if !slices.Contains(r.Cleaned, what) {
		r.Cleaned = append(r.Cleaned, what)
	}
}

// Anonymiser removes identity by the Basic Application Level Confidentiality
// Profile (PS3.15 annex E). One anonymiser maps patients and UIDs
// consistently over all its files. It is safe for concurrent use.
type Anonymiser struct {
	options AnonymiseOptions
	profile confidentiality
}

// NewAnonymiser prepares one; it fails only when there is no randomness.
func NewAnonymiser(o AnonymiseOptions) (*Anonymiser, error) {
	if len(o.Secret) == 0 {
		o.Secret = make([]byte, 32)
		if _, err := rand.Read(o.Secret); err != nil {
			return nil, message.Errorf("preparing pseudonyms: %w", err)
		}
	}
	return &Anonymiser{options: o, profile: newConfidentiality(o.KeepCharacteristics)}, nil
}

// Bytes de-identifies a file in memory. In the report, Out is the new instance
// UID.
func (a *Anonymiser) Bytes(ctx context.Context, name string, data []byte) (out []byte, r *AnonymiseReport, err error) {
	x, err := a.Open(ctx, name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, err
	}
	var m dcm.Memory
	if err := x.Write(ctx, &m); err != nil {
		return nil, nil, err
	}
	return m.Bytes(), x.Report, nil
}

// level applies the profile to the elements of a data set or item.
func (a *Anonymiser) level(s dcm.Set, b *dcm.Builder, r *AnonymiseReport) {
	depth := 0
	if len(s) > 0 {
		depth = s[0].Depth
	}
	for i := range s {
		e := &s[i]
		if e.Depth != depth || e.Tag.Group() == 2 {
			continue
		}
		vr := e.VR
		if vr == "" {
			vr = "UN"
		}
		switch a.profile.action(e.Tag, vr) {
		case actionKeep:
			a.keep(s, e, vr, b, r)
		case actionRemove:
			r.Removed = append(r.Removed, label(e.Tag))
		case actionEmpty:
			r.Emptied = append(r.Emptied, label(e.Tag))
			b.Bytes(e.Tag, vr, nil)
		case actionDummy:
			r.Replaced = append(r.Replaced, label(e.Tag))
			a.dummy(b, e, vr)
		case actionUID:
			r.Replaced = append(r.Replaced, label(e.Tag))
			if vr == "SQ" {
				a.references(s.Items(e.Tag), e.Tag, b, r)
			} else {
				b.Text(e.Tag, "UI", a.uids(e.Text())...)
			}
		}
	}
}

func label(t dcm.Tag) string { return strings.TrimSpace(t.String() + " " + dcm.Lookup(t).Name) }

// keep copies an element; sequences are kept item by item, and UIDs that no
// standard defines are replaced wherever they stand.
func (a *Anonymiser) keep(s dcm.Set, e *dcm.Element, vr dcm.VR, b *dcm.Builder, r *AnonymiseReport) {
	if vr == "SQ" {
		var items []*dcm.Builder
		for _, item := range s.Items(e.Tag) {
			inner := &dcm.Builder{}
			a.level(item, inner, r)
			items = append(items, inner)
		}
		b.Sequence(e.Tag, items...)
		return
	}
	if vr == "UI" && e.Tag != tagSOPClass {
		b.Text(e.Tag, vr, a.uids(e.Text())...)
		return
	}
	b.Bytes(e.Tag, vr, plainValue(onlyEntries(s, e, e.LittleEndian(), r), vr, r.charset))
}

// references keeps a sequence for its UIDs, which are replaced: the words in its
// items are none.
func (a *Anonymiser) references(items []dcm.Set, tag dcm.Tag, b *dcm.Builder, r *AnonymiseReport) {
	var out []*dcm.Builder
	for _, item := range items {
		inner := &dcm.Builder{}
		a.level(slices.DeleteFunc(slices.Clone(item), func(e dcm.Element) bool {
			_, words := textVRs[e.VR]
			return words && e.Depth == item[0].Depth && e.VR != "IS" && e.VR != "DS"
		}), inner, r)
		out = append(out, inner)
	}
	b.Sequence(tag, out...)
}

// uids maps the UIDs of a value; those of the standard itself stay.
func (a *Anonymiser) uids(value string) []string {
	parts := strings.Split(value, `\`)
	for i, p := range parts {
		parts[i] = a.uid(strings.Trim(p, " \x00"))
	}
	return parts
}

func (a *Anonymiser) uid(old string) string {
	if old == "" || strings.HasPrefix(old, "1.2.840.10008.") {
		return old
	}
	return DeriveUID("anonymous", string(a.options.Secret), old)
}

// pseudonymDigits keeps two patients of a million apart.
const pseudonymDigits = 14

// identify gives the patient a pseudonym, the same for all films, and says how
// identity was removed (PS3.15 E.1.1, PS3.16 CID 7050).
func (a *Anonymiser) identify(s dcm.Set, b *dcm.Builder, r *AnonymiseReport) {
	id := s.Find(tagPatientID).Text()
	if id == "" {
		id = s.Find(tagPatientName).Text()
	}
	pseudonym := "ANON"
	if id != "" {
		digits := a.uid("patient " + id)
		pseudonym = "ANON-" + digits[len(digits)-pseudonymDigits:]
	}
	b.Text(tagPatientName, "PN", pseudonym)
	b.Text(tagPatientID, "LO", pseudonym)
	codes := []*dcm.Builder{methodCode("113100", "Basic Application Confidentiality Profile")}
	if a.options.NoTextLeft {
		codes = append(codes, methodCode("113101", "Clean Pixel Data Option"))
	}
	if a.options.KeepCharacteristics {
		codes = append(codes, methodCode("113108", "Retain Patient Characteristics Option"))
	}
	putIdentityRemoved(b, codes...)
	a.burnedIn(strings.ToUpper(s.Find(tagBurnedIn).Text()), b, r)
}

// burnedIn says of text in the pixels what is known: that there is none only where
// the file or a person says so. Patient Identity Removed speaks of the pixels too
// (PS3.3 C.7.1.1).
func (a *Anonymiser) burnedIn(said string, b *dcm.Builder, r *AnonymiseReport) {
	switch {
	case a.options.NoTextLeft:
		b.Text(tagBurnedIn, "CS", "NO")
		return
	case said != "YES":
		return
	case len(a.options.Blank) == 0:
		r.Warnings = append(r.Warnings, message.Of("The file says that text is burnt into the picture; no box was blanked."))
	default:
		r.Warnings = append(r.Warnings, message.Of("The file says that text is burnt into the picture, and still does: look whether the boxes cover all of it, then say so with --no-text-left."))
	}
	b.Text(tagIdentityRemoved, "CS", "NO")
}

func putIdentityRemoved(b *dcm.Builder, methods ...*dcm.Builder) {
	b.Text(tagIdentityRemoved, "CS", "YES")
	b.Text(0x00120063, "LO", "PS3.15 Annex E Basic Profile")
	b.Sequence(0x00120064, methods...)
	b.Text(0x00280303, "CS", "REMOVED") // Longitudinal Temporal Information Modified
}

func methodCode(value, meaning string) *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(0x00080100, "SH", value)
	b.Text(0x00080102, "SH", "DCM")
	b.Text(0x00080104, "LO", meaning)
	return b
}

var errBlank = message.New("only pictures that can be decoded can be blanked")
