// Package deidentify takes the identity of patients out of DICOM files: out of their
// attributes by the Basic Application Level Confidentiality Profile (PS3.15 annex E),
// out of their pixel data what is no picture, and boxes that somebody names. Its core
// type is [Anonymiser]; a [Job] does files and folders and keeps a journal. It writes
// what it read from untrusted files element by element itself, so that nothing is
// lost or made up. It imports the structure and the frames of files, and no picture.
package deidentify

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Region is a rectangle in pixels, for text that was burnt into the picture.
type Region struct{ X, Y, Width, Height int }

// Options are the options of the profile that are offered.
type Options struct {
	KeepCharacteristics bool     // Retain Patient Characteristics: sex, age, size, weight
	Redact              []Region // painted black in every frame
	NoTextLeft          bool     // Clean Pixel Data: somebody looked, and nothing is burnt in beside the boxes
	Secret              []byte   // key of pseudonyms and UIDs; a random one when empty
}

// Report says what was done to one file.
type Report struct {
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
func (r *Report) clean(what string) {
	if !slices.Contains(r.Cleaned, what) {
		r.Cleaned = append(r.Cleaned, what)
	}
}

// Anonymiser removes identity by the Basic Application Level Confidentiality
// Profile (PS3.15 annex E). One anonymiser maps patients and UIDs
// consistently over all its files. It is safe for concurrent use.
type Anonymiser struct {
	options Options
	profile confidentiality
}

// New prepares one; it fails only when there is no randomness.
func New(o Options) (*Anonymiser, error) {
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
func (a *Anonymiser) Bytes(ctx context.Context, name string, data []byte) (out []byte, r *Report, err error) {
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
func (a *Anonymiser) level(s dcm.Set, b *dcm.Builder, r *Report) {
	depth := 0
	if len(s) > 0 {
		depth = s[0].Depth
	}
	for i := range s {
		e := &s[i]
		if e.Depth != depth || e.Tag.Group == 2 {
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

func label(t tag.Tag) string { return strings.TrimSpace(t.String() + " " + dcm.Lookup(t).Name) }

// keep copies an element; sequences are kept item by item, and UIDs that no
// standard defines are replaced wherever they stand.
func (a *Anonymiser) keep(s dcm.Set, e *dcm.Element, vr dcm.VR, b *dcm.Builder, r *Report) {
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
	if vr == "UI" && e.Tag != tag.SOPClassUID {
		b.Text(e.Tag, vr, a.uids(e.Text())...)
		return
	}
	b.Bytes(e.Tag, vr, plainValue(onlyEntries(s, e, e.LittleEndian(), r), vr, r.charset))
}

// references keeps a sequence for its UIDs, which are replaced: the words in its
// items are none.
func (a *Anonymiser) references(items []dcm.Set, tag tag.Tag, b *dcm.Builder, r *Report) {
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
	if old == "" || strings.HasPrefix(old, dcm.StandardRoot) {
		return old
	}
	return dcm.DeriveUID("anonymous", string(a.options.Secret), old)
}

// pseudonymDigits keeps two patients of a million apart.
const pseudonymDigits = 14

// identify gives the patient a pseudonym, the same for all films, and says how
// identity was removed (PS3.15 E.1.1, PS3.16 CID 7050).
func (a *Anonymiser) identify(s dcm.Set, b *dcm.Builder, r *Report) {
	id := s.Find(tag.PatientID).Text()
	if id == "" {
		id = s.Find(tag.PatientName).Text()
	}
	pseudonym := "ANON"
	if id != "" {
		digits := a.uid("patient " + id)
		pseudonym = "ANON-" + digits[len(digits)-pseudonymDigits:]
	}
	b.Text(tag.PatientName, "PN", pseudonym)
	b.Text(tag.PatientID, "LO", pseudonym)
	codes := []*dcm.Builder{methodItem(MethodCode, MethodMeaning)}
	if a.options.NoTextLeft {
		codes = append(codes, methodItem("113101", "Clean Pixel Data Option"))
	}
	if a.options.KeepCharacteristics {
		codes = append(codes, methodItem("113108", "Retain Patient Characteristics Option"))
	}
	putIdentityRemoved(b, codes...)
	a.burnedIn(strings.ToUpper(s.Find(tag.BurnedInAnnotation).Text()), b, r)
}

// burnedIn says of text in the pixels what is known: that there is none only where
// the file or a person says so. Patient Identity Removed speaks of the pixels too
// (PS3.3 C.7.1.1).
func (a *Anonymiser) burnedIn(said string, b *dcm.Builder, r *Report) {
	switch {
	case a.options.NoTextLeft:
		b.Text(tag.BurnedInAnnotation, "CS", "NO")
		return
	case said != "YES":
		return
	case len(a.options.Redact) == 0:
		r.Warnings = append(r.Warnings,
			message.Of("The file says that text is burnt into the picture; no box was blanked."))
	default:
		r.Warnings = append(r.Warnings,
			message.Of("The file says that text is burnt into the picture, and still does: look whether the boxes cover all of it, then say so with --no-text-left."))
	}
	b.Text(tag.PatientIdentityRemoved, "CS", "NO")
}

func putIdentityRemoved(b *dcm.Builder, methods ...*dcm.Builder) {
	b.Text(tag.PatientIdentityRemoved, "CS", "YES")
	b.Text(tag.DeidentificationMethod, "LO", Method)
	b.Sequence(tag.DeidentificationMethodCodeSequence, methods...)
	b.Text(tag.LongitudinalTemporalInformationModified, "CS", "REMOVED") // Longitudinal Temporal Information Modified
}

// How identity is removed: in words, and as a code of PS3.16 CID 7050 of the scheme
// DCM.
const (
	Method        = "PS3.15 Annex E Basic Profile"
	MethodCode    = "113100"
	MethodMeaning = "Basic Application Confidentiality Profile"
)

func methodItem(value, meaning string) *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(tag.CodeValue, "SH", value)
	b.Text(tag.CodingSchemeDesignator, "SH", "DCM")
	b.Text(tag.CodeMeaning, "LO", meaning)
	return b
}

var errBlank = message.New("only pictures that can be decoded can be blanked")
