package columns

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hilum/training/table"
)

// awkward is a table as a German spreadsheet writes it, with headings of the site's own.
const awkward = "\ufeffLfd. Nr;Aufnahme;Fall;Untersuchungsdatum;G;Erguss;Stauung Station 3;Alter;Kommentar\r\n" +
	"1;C:\\Bilder\\a.dcm;P1;31.03.2026;m;ja;ja;58,5;Kontrolle\r\n" +
	"2;C:\\Bilder\\b.dcm;P1;01.04.2026;w;nein;nein;61;\r\n" +
	"3;C:\\Bilder\\c.dcm;P2;02.04.2026;w;fraglich;nein;7;liegend\r\n"

func put(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func column(t *testing.T, s *Sheet, name string) table.ColumnReading {
	t.Helper()
	i := slices.IndexFunc(s.Columns, func(c table.ColumnReading) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no column %q: %+v", name, s.Columns)
	}
	return s.Columns[i]
}

// A column that can be two things is asked, one that cannot is not, and a table without a column
// of files by its headings is refused until the person says which one it is. By hand.
func TestAwkwardTable(t *testing.T) {
	path := put(t, awkward)
	s, err := Look(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Refused == nil || s.Delimiter != "semicolon" || s.Rows != 3 || len(s.First) != 3 || s.First[0][1] != `C:\Bilder\a.dcm` {
		t.Fatalf("%+v", s)
	}
	for name, want := range map[string]struct {
		use     string
		between []string
	}{
		"Aufnahme":           {table.Ignored, []string{"path", table.Ignored}},
		"Fall":               {"patient", []string{"patient", table.Ignored}},
		"G":                  {table.Ignored, []string{"sex", table.Ignored}},
		"Stauung Station 3":  {"class:Stauung Station 3", []string{"class:Stauung Station 3", table.Ignored}},
		"Erguss":             {"class:Effusion", nil},
		"Untersuchungsdatum": {"date", nil}, "Alter": {"age", nil}, "Kommentar": {table.Ignored, nil},
		"Lfd. Nr": {table.Ignored, nil},
	} {
		c := column(t, s, name)
		if c.Use != want.use || !slices.Equal(c.Between, want.between) || c.Question.IsZero() != (want.between == nil) ||
			c.Why.IsZero() {
			t.Errorf("%s: %+v, want %+v", name, c, want)
		}
	}
	if k := column(t, s, "Erguss").Labels; k == nil || *k != (table.LabelCounts{Positive: 1, Negative: 1, Uncertain: 1}) {
		t.Errorf("labels of Erguss: %+v", k)
	}
	m := s.With(s.With(nil, "Aufnahme", "path"), "G", "sex")
	if s, err = Look(t.Context(), path, m); err != nil || s.Refused != nil {
		t.Fatalf("%v, %v", err, s.Refused)
	}
	if len(s.Asked()) != 2 {
		t.Errorf("still asked of %+v", s.Asked())
	}
	if s, err = Look(t.Context(), path, s.AsProposed(m)); err != nil || len(s.Asked()) != 0 || s.Refused != nil {
		t.Errorf("after all was taken: %+v, %v", s.Asked(), err)
	}
	m = s.With(m, "Lfd. Nr", "patient")
	if s, err = Look(t.Context(), path, m); err != nil || column(t, s, "Fall").Use != table.Ignored ||
		column(t, s, "Lfd. Nr").Use != "patient" {
		t.Errorf("another patient: %+v, %v", s.Columns, err)
	}
}

// What was said of a table is kept for tables of the same headings in the same order only, and
// a book that cannot be read is not written over.
func TestBook(t *testing.T) {
	dir := t.TempDir()
	b := NewBook(dir)
	headings := []string{"a", "b"}
	if m, err := b.Of(headings); m != nil || err != nil {
		t.Fatal(m, err)
	}
	for _, use := range []string{"path", "patient"} {
		if err := b.Keep(headings, table.Mapping{"a": use}); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := NewBook(dir).Of(headings); err != nil || m["a"] != "patient" {
		t.Errorf("%v, %v", m, err)
	}
	if m, err := b.Of([]string{"b", "a"}); m != nil || err != nil {
		t.Errorf("another order: %v, %v", m, err)
	}
	if err := os.WriteFile(filepath.Join(dir, bookFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b.Keep(headings, nil) == nil {
		t.Error("a damaged book was written over")
	}
}

// Two columns that are to be the one thing that only one can be are refused, and so is a use that
// nobody knows.
func TestRefusedMapping(t *testing.T) {
	path := put(t, awkward)
	for name, m := range map[string]table.Mapping{
		"both":    {"Aufnahme": "path", "Kommentar": "path"},
		"unknown": {"Aufnahme": "colour"}, "nameless": {"Erguss": "class: "},
		"no label": {"Aufnahme": "path", "Kommentar": "class:Mass"},
		"and both": {"Aufnahme": "path", "Kommentar": "labels", "Erguss": "class:Effusion"},
	} {
		s, err := Look(t.Context(), path, m)
		if err != nil || s.Refused == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
