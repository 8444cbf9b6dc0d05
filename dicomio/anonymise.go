package dicomio

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/regular"
)

// Box is a rectangle in pixels, for text that was burnt into the picture.
type Box struct{ X, Y, Width, Height int }

// AnonymiseOptions are the options of the profile that are offered.
type AnonymiseOptions struct {
	KeepCharacteristics bool   // Retain Patient Characteristics: sex, age, size, weight
	Blank               []Box  // Clean Pixel Data: painted black in every frame
	Secret              []byte // key of pseudonyms and UIDs; a random one when empty
}

// AnonymiseReport says what was done to one file.
type AnonymiseReport struct {
	In       string   `json:"in"`
	Out      string   `json:"out"`
	Removed  []string `json:"removed"`  // attributes, as "(0010,1010) Patient's Age"
	Emptied  []string `json:"emptied"`  // left without a value
	Replaced []string `json:"replaced"` // given a value that says nothing, UIDs included
	Blanked  int      `json:"blanked"`  // boxes
	Warnings []string `json:"warnings"`
	Err      error    `json:"-"` // why the file was not written
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
			return nil, fmt.Errorf("preparing pseudonyms: %w", err)
		}
	}
	return &Anonymiser{options: o, profile: newConfidentiality(o.KeepCharacteristics)}, nil
}

// Anonymise de-identifies the DICOM file at in to the file out, or every DICOM
// file in the folder in, also below, to files in the folder out. Files of a
// folder are named by their new instance UID, since names often tell patients;
// those that cannot be read are reported and left out. The originals are not
// touched.
func Anonymise(ctx context.Context, in, out string, o AnonymiseOptions) ([]AnonymiseReport, error) {
	a, err := NewAnonymiser(o)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(in)
	if err != nil {
		return nil, openError(in, err)
	}
	if !info.IsDir() {
		r, err := a.File(ctx, in, out)
		if err != nil {
			return nil, err
		}
		return []AnonymiseReport{*r}, nil
	}
	return a.folder(ctx, in, out)
}

func (a *Anonymiser) folder(ctx context.Context, in, out string) ([]AnonymiseReport, error) {
	if inside(in, out) {
		return nil, fmt.Errorf("anonymising %s: the output folder lies inside it; choose another", in)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("anonymising %s: %w", in, err)
	}
	var reports []AnonymiseReport
	err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !isDICOMFile(path) {
			return nil
		}
		r, err := a.File(ctx, path, out)
		if err != nil {
			r = &AnonymiseReport{In: path, Err: err}
		}
		reports = append(reports, *r)
		return ctx.Err()
	})
	if err != nil {
		return reports, fmt.Errorf("anonymising %s: %w", in, err)
	}
	return reports, nil
}

func inside(folder, path string) bool {
	f, err1 := filepath.Abs(folder)
	p, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(f, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func isDICOMFile(path string) bool {
	f, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := f.Read(head)
	return dcm.IsDICOM(head[:n])
}

// File de-identifies one file to out, a file or an existing folder.
func (a *Anonymiser) File(ctx context.Context, in, out string) (*AnonymiseReport, error) {
	data, err := readFile(ctx, in)
	if err != nil {
		return nil, err
	}
	result, r, err := a.Bytes(ctx, in, data)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		out = filepath.Join(out, r.Out+".dcm")
	}
	r.In, r.Out = in, out
	if err := writeAtomically(out, result); err != nil {
		return nil, fmt.Errorf("writing %s: %w", shortName(out), err)
	}
	return r, nil
}

// writeAtomically leaves either the whole file or none.
func writeAtomically(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".partial-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Bytes de-identifies a file in memory. In the report, Out is the new instance
// UID.
func (a *Anonymiser) Bytes(ctx context.Context, name string, data []byte) (out []byte, r *AnonymiseReport, err error) {
	defer guard(name, &err)
	if !dcm.IsDICOM(data) {
		return nil, nil, &FormatError{Path: name, Reason: "it is no DICOM file", Advice: "choose a DICOM file"}
	}
	f, err := dcm.Scan(data, dcm.Options{})
	if err != nil {
		return nil, nil, damaged(name, err)
	}
	if f.Elements.Find(tagSOPClass).Text() == classDICOMDIR || f.Elements.Find(tagMediaSOPClass).Text() == classDICOMDIR {
		return nil, nil, &UnsupportedError{Path: name, Encoding: "de-identifying a DICOMDIR",
			Advice: "de-identify the files that it lists"}
	}
	if f.Elements.Find(tagDocument) != nil {
		return nil, nil, &UnsupportedError{Path: name, Encoding: "de-identifying an encapsulated document",
			Advice: "remove names from the document itself"}
	}
	r = &AnonymiseReport{In: name, Warnings: slices.Clone(f.Warnings)}
	b := &dcm.Builder{}
	a.level(f.Elements, b, r)
	a.identify(f.Elements, b, r)
	syntax, err := a.pixels(ctx, name, f, b, r)
	if err != nil {
		return nil, nil, damaged(name, err)
	}
	body, err := b.Encode()
	if err != nil {
		return nil, nil, damaged(name, err)
	}
	class := cmp.Or(f.Elements.Find(tagSOPClass).Text(), f.Elements.Find(tagMediaSOPClass).Text())
	instance := cmp.Or(f.Elements.Find(tagSOPInstance).Text(), f.Elements.Find(tagMediaSOPInstance).Text())
	if instance == "" {
		instance = "unnamed " + DeriveUID(string(data))
	}
	r.Out = a.uid(instance)
	out, err = dcm.WriteFile(class, r.Out, syntax, body)
	return out, r, err
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
			dummy(b, e.Tag, vr)
		case actionUID:
			r.Replaced = append(r.Replaced, label(e.Tag))
			b.Text(e.Tag, "UI", a.uids(e.Text())...)
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
	b.Bytes(e.Tag, vr, e.LittleEndian())
}

// dummy writes a value that says nothing.
func dummy(b *dcm.Builder, t dcm.Tag, vr dcm.VR) {
	switch vr {
	case "SQ":
		b.Sequence(t)
	case "DA":
		b.Text(t, vr, "19000101")
	case "TM":
		b.Text(t, vr, "000000")
	case "DT":
		b.Text(t, vr, "19000101000000")
	case "PN", "LO", "SH", "ST", "LT", "UT", "CS", "UC":
		b.Text(t, vr, "REMOVED")
	default:
		b.Bytes(t, vr, nil)
	}
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
	if len(a.options.Blank) > 0 {
		codes = append(codes, methodCode("113101", "Clean Pixel Data Option"))
	}
	if a.options.KeepCharacteristics {
		codes = append(codes, methodCode("113108", "Retain Patient Characteristics Option"))
	}
	putIdentityRemoved(b, codes...)
	if s.Find(tagBurnedIn).Text() == "YES" && len(a.options.Blank) == 0 {
		r.Warnings = append(r.Warnings, "The file says that text is burnt into the picture; no box was blanked.")
	}
}

func putIdentityRemoved(b *dcm.Builder, methods ...*dcm.Builder) {
	b.Text(0x00120062, "CS", "YES") // Patient Identity Removed
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

// pixels writes the pixel data, as it is or with boxes blanked, and returns
// the transfer syntax of the result.
func (a *Anonymiser) pixels(ctx context.Context, name string, f *dcm.File, b *dcm.Builder, r *AnonymiseReport) (string, error) {
	p := &f.Pixels
	switch {
	case p.Tag == 0:
		return dcm.ExplicitLE, nil
	case len(a.options.Blank) > 0:
		b.Delete(0x7FE00001) // Extended Offset Table
		b.Delete(0x7FE00002)
		return dcm.ExplicitLE, a.blankPixels(ctx, name, f, b, r)
	case p.Encapsulated:
		b.Fragments(p.OffsetTable, p.Fragments)
		return f.TransferSyntax, nil
	}
	element := dcm.Element{VR: p.VR, Value: p.Native, BigEndian: f.BigEndian}
	vr := dcm.VR("OW")
	switch bits := f.Elements.Find(tagBitsAllocated).Uint16s(); {
	case p.Tag == dcm.FloatPixelData:
		vr, element.VR = "OF", "OF"
	case p.Tag == dcm.DoublePixelData:
		vr, element.VR = "OD", "OD"
	case len(bits) > 0 && bits[0] <= 8:
		vr = "OB"
	case len(bits) > 0 && bits[0] == 32:
		element.VR = "OL" // words of 32 bits, written as OW
	default:
		element.VR = "OW"
	}
	b.Bytes(p.Tag, vr, element.LittleEndian())
	return dcm.ExplicitLE, nil
}

var errBlank = errors.New("only pictures that can be decoded can be blanked")
