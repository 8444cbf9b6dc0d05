package table

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// labelsOf reads the only class of a table, a digit a row; 2 is unknown.
func labelsOf(t *testing.T, s *Survey, cells []string) (out string) {
	t.Helper()
	for _, c := range cells {
		l, _ := s.Label(Row{cells: []string{"f.png", c}}, 0)
		out += map[Label]string{Positive: "1", Negative: "0", Unknown: "2"}[l]
	}
	return out
}

// Where a column marks what is present, a minus or a cross says that it is absent;
// elsewhere both say nothing.
func TestMarksAndMinuses(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  string
	}{
		{[]string{"x", "-", "", "x"}, "1021"}, {[]string{"+", "\u2013", "?", "+"}, "1021"},
		{[]string{"\u2713", "\u2717", "", "\u2713"}, "1021"}, {[]string{"\u2611", "\u2610", "\u2611", ""}, "1012"},
		{[]string{"1", "-", "0", "1"}, "1201"}, {[]string{"yes", `\N`, "no", "yes?"}, "1202"},
		{[]string{"ja", "#NV", "nein", "#N/A"}, "1202"}, {[]string{"1", "pending", "0", "..."}, "1202"},
	} {
		text := "path,Mass\n"
		for _, cell := range c.cells {
			text += "f.png," + cell + "\n"
		}
		s, err := look(t, text)
		if err != nil {
			t.Errorf("%q: %v", c.cells, err)
			continue
		}
		if got := labelsOf(t, s, c.cells); got != c.want {
			t.Errorf("%q is %s, want %s", c.cells, got, c.want)
		}
	}
}

// None is no finding where nothing else says so, and no answer where others do.
func TestNoneAmongFindings(t *testing.T) {
	for text, want := range map[string]bool{"path,labels\na.png,Mass\nb.png,None\n": false,
		"path,labels\na.png,Mass\nb.png,None\nc.png,No Finding\n": true} {
		s, err := look(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, silent := s.Words.Parse("None"); silent != want || len(s.Warnings) != 1 {
			t.Errorf("%q: silent %v, %q", text, silent, s.Warnings)
		}
	}
}

// UTF-32 without a mark is told by its zero bytes (Unicode, D99).
func TestUTF32WithoutAMark(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b []byte
		for _, r := range written(t, ';', false) {
			b = order.AppendUint32(b, uint32(r))
		}
		got, r := records(t, b)
		if name, guessed := r.Encoding(); !slices.EqualFunc(got, wanted(), slices.Equal) || name != "UTF-32" ||
			!guessed {
			t.Errorf("%v: %q, %s", order, got, name)
		}
	}
}

// Columns that only look like classes are none: numbers of rows that pandas adds,
// sides of boxes; a column without any clear label is named as not used.
func TestColumnsThatOnlyLookLikeClasses(t *testing.T) {
	s,
		err := look(t,
		"Unnamed: 0,Unnamed: 0.1,path,Mass,y_min,Stauung,\"Effusion\n(any)\"\n0,1,a.png,1,0,fraglich,1\n1,0,b.png,0,1,,0\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(s); !slices.Equal(got, []string{"Mass", "Effusion"}) {
		t.Errorf("%q", got)
	}
	if !slices.Contains(s.Dropped, "Stauung") || len(s.Warnings) == 0 ||
		slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "row 0") }) {
		t.Errorf("%q, %q", s.Dropped, s.Warnings)
	}
}

// R writes names of rows without a heading for them (write.table); word processors
// turn quotation marks.
func TestRowNamesAndTurnedQuotationMarks(t *testing.T) {
	got, r := records(t, []byte("\"path\",\"Mass\"\n\"1\",\"a.png\",1\n\"2\",\"b.png\",0\n"))
	if !slices.Equal(r.Header, []string{"", "path", "Mass"}) ||
		!slices.Equal(got[1], []string{"2", "b.png", "0"}) && !slices.Equal(got[2], []string{"2", "b.png", "0"}) ||
		len(r.Warnings()) != 1 {
		t.Errorf("%q, %q, %q", r.Header, got, r.Warnings())
	}
	for _, cell := range []string{"\u201cMass\u201d", "\u201eMass\u201c", "\u00bbMass\u00ab"} {
		if got := clean(cell); got != "Mass" || !utf8.ValidString(got) {
			t.Errorf("%q is %q", cell, got)
		}
	}
}
