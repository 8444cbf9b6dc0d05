package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"hilum/training/table/encoding"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// wanted is a table with everything that makes reading hard.
func wanted() [][]string {
	return [][]string{{"path", "patient", "Herzvergr\u00f6\u00dferung", "Mass"}, {"a, b/f;0.png", "P1", "1", "0"},
		{"f\"1\".png", "P\u00e42", "0", "1"}, {"f2.png", "P3", "", "1"}}
}

// written is that table as Go's encoding/csv, the oracle, writes it.
func written(t testing.TB, comma rune, crlf bool) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = comma, crlf
	if err := w.WriteAll(wanted()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func records(t testing.TB, data []byte) (out [][]string, r *Reader) {
	t.Helper()
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%q: %v", data[:min(len(data), 60)], err)
	}
	out = append(out, r.Header)
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, r
		}
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for i := range r.Header {
			cells = append(cells, strings.Clone(row.Cell(i)))
		}
		out = append(out, cells)
	}
}

func utf16Bytes(s string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		out = append(out, lo, hi)
	}
	return out
}

// encodings write a text as files do: what the name says, from the standard's own
// tables in golang.org/x/text.
func encodings() map[string]func(string) []byte {
	old := func(m *charmap.Charmap) func(string) []byte {
		return func(s string) []byte { b, _ := m.NewEncoder().Bytes([]byte(s)); return b }
	}
	return map[string]func(string) []byte{
		"UTF-8": func(s string) []byte { return []byte(s) }, "UTF-8 with its mark": func(s string) []byte {
			return []byte("\ufeff" + s)
		},
		"UTF-16 LE": func(s string) []byte { return utf16Bytes("\ufeff"+s, false) },
		"UTF-16 BE": func(s string) []byte {
			return utf16Bytes("\ufeff"+s, true)
		},
		"UTF-16 LE without a mark": func(s string) []byte { return utf16Bytes(s, false) },
		"UTF-16 BE without a mark": func(s string) []byte { return utf16Bytes(s, true) },
		"Latin-1":                  old(charmap.ISO8859_1), "Windows-1252": old(charmap.Windows1252),
		"code page 850": old(charmap.CodePage850), "Mac": old(charmap.Macintosh),
	}
}

// Every delimiter, encoding and line end gives the same cells.
func TestAllWaysToWriteATable(t *testing.T) {
	for _, comma := range []rune{',', ';', '\t', '|'} {
		for eol, change := range map[string]func(string) string{
			"LF": func(s string) string { return s }, "CRLF": func(s string) string {
				return strings.ReplaceAll(s, "\n", "\r\n")
			}, "CR": func(s string) string {
				return strings.ReplaceAll(s, "\n", "\r")
			},
			"none at the end": func(s string) string { return strings.TrimSuffix(s, "\n") },
			"blank lines":     func(s string) string { return "\n\n" + strings.ReplaceAll(s, "\n", "\n\n") },
			"a line sep=":     func(s string) string { return "sep=" + string(comma) + "\r\n" + s },
		} {
			for name, encode := range encodings() {
				got, r := records(t, encode(change(written(t, comma, false))))
				if !slices.EqualFunc(got, wanted(), slices.Equal) {
					t.Errorf("%q, %s, %s: %q", comma, eol, name, got)
				}
				if r.Delimiter != byte(comma) {
					t.Errorf("%q, %s, %s: delimiter %q", comma, eol, name, r.Delimiter)
				}
				marked := strings.HasPrefix(name, "UTF-8") || strings.HasPrefix(name, "UTF-16") &&
					!strings.Contains(name, "without")
				if _, guessed := r.Encoding(); guessed == marked || guessed != (len(r.Warnings()) == 1) {
					t.Errorf("%s: guessed %v, %q", name, guessed, r.Warnings())
				}
			}
		}
	}
}

// Titles above the header, as in exports of spreadsheets, are passed over and said.
func TestTitlesAboveTheHeader(t *testing.T) {
	for _, above := range []string{"Export of the archive\n", "Export;2026\n\nstation North\n"} {
		got, r := records(t, []byte(above+written(t, ';', false)))
		if !slices.EqualFunc(got, wanted(), slices.Equal) || len(r.Warnings()) != 1 ||
			!strings.Contains(r.Warnings()[0], "The header is row") {
			t.Errorf("%q: %q, %q", above, got, r.Warnings())
		}
	}
}

// An old encoding is also told when its first letter comes after the sample, and a
// file of two encodings is named.
func TestLateAndMixedLetters(t *testing.T) {
	long := "path,remark\n" + strings.Repeat("a.png,nothing\n", encoding.SampleSize/10)
	got, r := records(t, []byte(long+"b.png,gr\xf6\xdfer\n"))
	if last := got[len(got)-1][1]; last != "gr\u00f6\u00dfer" {
		t.Errorf("%q", last)
	}
	if name, guessed := r.Encoding(); name != "Windows-1252" || !guessed {
		t.Error(name, guessed)
	}
	_, r = records(t, []byte("path,remark\na.png,gr\u00f6\u00dfer\nb.png,gr\xf6\xdfer\n"))
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "in one place") {
		t.Errorf("%q", w)
	}
}

// Rows are numbered as a spreadsheet numbers them, blank ones too.
func TestWhatIsNoTableIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"empty": {"", "empty"}, "blank": {" \n\n,,\n", "empty"}, "workbook": {"PK\x03\x04 and more", "workbook"},
		"old workbook": {"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"},
		"a page":       {"\ufeff<!DOCTYPE html>\n<p>404", "HTML"}, "JSON": {"{\"a\": 1}", "JSON"},
		"DICOM":            {strings.Repeat("\x00", 128) + "DICM", "DICOM"},
		"zero":             {"path,x\na\x00b,1\n", "row 2: it holds a zero byte"},
		"quote":            {"path,x\n\"a.png,1\n", "row 2: a quotation mark"},
		"quote over lines": {"path,x\n\"a\nb\"c,1\nd,2\n", "row 2: a quotation mark"},
		"long":             {"path,x\n\n\n\n\n\n\n\na,1,2\n", "row 9: it has 3 cells, the header 2"},
		"short":            {"path,a,b\na\n", "row 2: it has 1 cells"},
		"endless":          {"path,x\n\"" + strings.Repeat("x", 2*MaxRow), "row 2: a row is longer"},
	} {
		r, err := Read(strings.NewReader(c.data))
		for err == nil {
			_, err = r.Next()
		}
		if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Fewer and more cells than headings, where that changes nothing, quotation marks
// within words, marks that nobody sees, and numbers kept as text are read.
func TestForgivenSlips(t *testing.T) {
	got, _ := records(t, []byte("path,size,\nf\"1.png,12\" film,\n\"a\",=\"0012\"\n \"b\" , \u00a07\u200b,,,\n"))
	want := [][]string{{"path", "size", ""}, {"f\"1.png", "12\" film", ""}, {"a", "0012", ""}, {"b", "7", ""}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q", got)
	}
}

func FuzzRead(f *testing.F) {
	for _, encode := range encodings() {
		f.Add(encode(written(f, ';', true)))
	}
	f.Add([]byte("sep=;\npath;\"x\ny\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		for rows := 0; err == nil; rows++ {
			var row Row
			if row, err = r.Next(); err == nil && row.Len() > len(data)+1 {
				t.Fatalf("%d cells of %d bytes", row.Len(), len(data))
			}
			if rows > len(data) {
				t.Fatal("more rows than bytes")
			}
		}
	})
}
