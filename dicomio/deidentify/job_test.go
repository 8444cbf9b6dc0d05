package deidentify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

func readFileOf(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The original stays, by whatever name the output is called: its own, a link's, or
// another film's.
func TestAnonymiseOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	in, other := filepath.Join(dir, "film.dcm"), filepath.Join(dir, "other.dcm")
	image := dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t)
	dicomtest.WriteFile(t, in, image)
	dicomtest.WriteFile(t, other, []byte("of somebody else"))
	if err := errors.Join(os.Link(in, filepath.Join(dir, "hard.dcm")),
		os.Symlink("film.dcm", filepath.Join(dir, "soft.dcm")),
		os.Symlink(".", filepath.Join(dir, "here"))); err != nil {
		t.Skip(err)
	}
	for _, overwrite := range []bool{false, true} {
		for _, out := range []string{"film.dcm", "hard.dcm", "soft.dcm", "here/film.dcm", "./here/../film.dcm"} {
			_, err := Job{In: in, Out: filepath.Join(dir, out), Overwrite: overwrite}.Run(t.Context())
			if !errors.Is(err, fs.ErrExist) || !bytes.Equal(readFileOf(t, in), image) {
				t.Errorf("onto %s, overwrite %v: %v", out, overwrite, err)
			}
		}
	}
	if _, err := anonymise(t.Context(), in, other, Options{}); !errors.Is(err, fs.ErrExist) ||
		string(readFileOf(t, other)) != "of somebody else" {
		t.Errorf("onto another file: %v", err)
	}
	if _, err := (Job{In: in, Out: other, Overwrite: true}).Run(t.Context()); err != nil ||
		!dcm.IsDICOM(readFileOf(t, other)) {
		t.Errorf("onto another file as it was told to: %v", err)
	}
	if s, err := (Job{In: in, Out: dir}).Run(t.Context()); err != nil || s.Journal != "" || len(s.Reports) != 1 {
		t.Errorf("into its own folder: %v, %+v", err, s)
	}
}

// Two films of one instance UID, a link to a film, and one that cannot be read: each
// is told of, in the journal as in the reports.
func TestAnonymiseFolderTellsOfEachImage(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	elsewhere := filepath.Join(dir, "Doe.dcm")
	dicomtest.WriteFile(t, filepath.Join(in, "a.dcm"), dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t))
	dicomtest.WriteFile(t, filepath.Join(in, "b.dcm"), dicomtest.Secret(uid.ImplicitVRLittleEndian).Encode(t))
	dicomtest.WriteFile(t, filepath.Join(in, "broken.dcm"),
		dicomtest.Secret(uid.ExplicitVRLittleEndian).Encode(t)[:300])
	dicomtest.WriteFile(t, elsewhere,
		dicomtest.Secret(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.SOPInstanceUID, VR: "UI",
			Text: "1.2.3"}).Encode(t))
	if err := os.Symlink(elsewhere, filepath.Join(in, "linked.dcm")); err != nil {
		t.Skip(err)
	}
	var told int
	s, err := Job{In: in, Out: out, OnFile: func(Report) { told++ }}.Run(t.Context())
	if err != nil || len(s.Reports) != 4 || told != 4 {
		t.Fatalf("%v, %d reports, %d told", err, len(s.Reports), told)
	}
	if files, _ := os.ReadDir(out); len(files) != 3 {
		t.Errorf("%d files, want 3", len(files))
	}
	if inside(out, s.Journal) || !strings.HasPrefix(filepath.Base(s.Journal), "out-journal") {
		t.Errorf("the journal lies at %s", s.Journal)
	}
	if info, err := os.Stat(s.Journal); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	lines := journalOf(t, s.Journal)
	if len(lines) != 4 {
		t.Fatalf("the journal has %d lines", len(lines))
	}
	for _, l := range lines {
		if _, err := os.Stat(l.Out); l.Error == "" && err != nil || l.Error != "" &&
			!strings.HasSuffix(l.In, "broken.dcm") {
			t.Errorf("%+v: %v", l, err)
		}
	}
	// a second job into the same folder leaves the first one's journal and files
	again, err := Job{In: in, Out: out}.Run(t.Context())
	if err != nil || again.Journal == s.Journal || len(journalOf(t, s.Journal)) != 4 {
		t.Errorf("%v, journal %s", err, again.Journal)
	}
	if _, err := (Job{In: in, Out: out, Journal: filepath.Join(out, "j.jsonl")}).Run(t.Context()); err == nil {
		t.Error("the journal may lie among the films")
	}
	if _, err := (Job{In: in, Out: out, Journal: s.Journal}).Run(t.Context()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a journal that is there: %v", err)
	}
}

func journalOf(t *testing.T, path string) []journalLine {
	t.Helper()
	var out []journalLine
	for l := range bytes.Lines(readFileOf(t, path)) {
		var x journalLine
		if err := json.Unmarshal(l, &x); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// A job that is stopped leaves whole files, and a line of each.
func TestAnonymiseStoppedLeavesItsJournal(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for i := range 20 {
		o := dicomtest.Secret(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.SOPInstanceUID, VR: "UI",
			Text: fmt.Sprintf("1.2.%d", i)})
		dicomtest.WriteFile(t, filepath.Join(in, fmt.Sprintf("%02d.dcm", i)), o.Encode(t))
	}
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	s, err := Job{In: in, Out: out, OnFile: func(Report) {
		if n++; n == 7 {
			stop()
		}
	}}.Run(ctx)
	files, _ := os.ReadDir(out)
	if !errors.Is(err, context.Canceled) || len(s.Reports) != 7 || len(files) != 7 ||
		len(journalOf(t, s.Journal)) != 7 {
		t.Errorf("%v: %d reports, %d files, %d lines", err, len(s.Reports), len(files), len(journalOf(t, s.Journal)))
	}
}

// Control characters are in no value that is written (PS3.5 6.1.3), and nothing else
// of the file changes.
func TestTextsHaveNoControlCharacters(t *testing.T) {
	bad := "DOE\x1b[31m^JA\x07NE\x7f"
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian} {
		o := dicomtest.Secret(syntax).Set(dicomtest.Element{Tag: tag.PatientName, VR: "PN", Text: bad},
			dicomtest.Element{Tag: tag.Manufacturer, VR: "LO", Text: bad},
			dicomtest.Element{Tag: tag.SpecificCharacterSet, VR: "CS", Text: "ISO_IR 192"},
			dicomtest.Element{Tag: tag.ManufacturerModelName, VR: "LO", Text: "a\u0085\u202Eb"})
		data := o.Encode(t)
		plain, err := plainBytes(t, data)
		if err != nil {
			t.Fatal(err)
		}
		cleaned, _ := anonymous(t, newAnonymiser(t, Options{}), data)
		for _, file := range [][]byte{plain, cleaned} {
			if got := dicomtest.TextOf(t, file, tag.Manufacturer); got != "DOE[31m^JANE" {
				t.Errorf("%s: %q", syntax, got)
			}
			if got := dicomtest.TextOf(t, file, tag.ManufacturerModelName); got != "ab" {
				t.Errorf("%s: %q", syntax, got)
			}
		}
		if got := dicomtest.TextOf(t, plain, tag.PatientName); got != "DOE[31m^JANE" ||
			dicomtest.Decoded(t, dicomio.DecodeBytes, plain).Fingerprint() != dicomtest.Decoded(t, dicomio.DecodeBytes,
				data).Fingerprint() ||
			syntax != uid.DeflatedExplicitVRLittleEndian && len(plain) != len(data) {
			t.Errorf("%s: %q, %d bytes of %d", syntax, got, len(plain), len(data))
		}
	}
	japanese := "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"
	o := dicomtest.Secret(uid.ExplicitVRLittleEndian).Set(dicomtest.Element{Tag: tag.PatientName, VR: "PN",
		Text: japanese}, dicomtest.Element{Tag: tag.SpecificCharacterSet, VR: "CS", Text: `\ISO 2022 IR 87`}).Encode(t)
	if plain, err := plainBytes(t, o); err != nil || !bytes.Equal(plain, o) {
		t.Errorf("escape sequences of a character set were taken out: %v", err)
	}
}

// plainBytes is PlainFile of bytes.
func plainBytes(t *testing.T, data []byte) ([]byte, error) {
	t.Helper()
	r, size, err := PlainFile("x", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}
