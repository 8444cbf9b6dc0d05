package catalogue

import (
	"testing"
	"time"

	"hilum/internal/message"
)

// TestPluralForms: each language takes the forms that CLDR gives it; a language of four
// is one file like any other.
func TestPluralForms(t *testing.T) {
	sl, err := Parse("sl", []byte(`{"%d films": {"one": "%d posnetek", "two": "%d posnetka", "few": "%d posnetki", "other": "%d posnetkov"}}`))
	if err != nil {
		t.Fatal(err)
	}
	w := message.In(sl)
	for n, want := range map[int]string{0: "0 posnetkov", 1: "1 posnetek", 2: "2 posnetka", 3: "3 posnetki",
		4: "4 posnetki", 5: "5 posnetkov", 101: "101 posnetek", 102: "102 posnetka", 111: "111 posnetkov"} {
		if got := w.Say("%d films", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for code, want := range map[string][2]string{"en": {"1 year", "2 years"}, "de": {"1 Jahr", "2 Jahre"},
		"fr": {"1 an", "2 ans"}} {
		w, err := Words(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{w.Say("%d years", 1), w.Say("%d years", 2)}; got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	fr, _ := Words("fr")
	if got := fr.Say("%d years", 1000000); got != "1000000 ans" { // a form of its own, which the file need not have
		t.Errorf("%q", got)
	}
}

// TestFiguresAndDaysFollowTheLanguage: in what people read; tables for machines are not
// made here.
func TestFiguresAndDaysFollowTheLanguage(t *testing.T) {
	day := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	for code, want := range map[string][3]string{
		"en": {"0.5", "1,204", "2026-12-24"}, "de": {"0,5", "1\u202f204", "24.12.2026"},
		"fr": {"0,5", "1\u202f204", "24/12/2026"},
	} {
		w, err := Words(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]string{w.Say("%v", 0.5), w.Count(1204), w.Date(day)}; got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

// TestTheListOfLanguagesIsTheFiles: each opens, and is called by its own name.
func TestTheListOfLanguagesIsTheFiles(t *testing.T) {
	names := map[string]string{"en": "English", "de": "Deutsch", "fr": "Français"}
	for _, code := range Codes() {
		if _, err := Open(code); err != nil || Name(code) != names[code] {
			t.Errorf("%s is called %q: %v", code, Name(code), err)
		}
	}
	if Codes()[0] != English || Has("xx") {
		t.Error(Codes())
	}
	if _, err := Open("xx"); err == nil {
		t.Error("a language that is not there opens")
	}
}

// TestClassesAreWordsOfTheirOwn: a class is looked up as one, whatever else the word is.
func TestClassesAreWordsOfTheirOwn(t *testing.T) {
	w, err := Words("de")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Name("Mass"); got != "Raumforderung" {
		t.Errorf("%q", got)
	}
	for _, other := range []string{"File", "Open", "Tools", "Left lung"} {
		if got := w.Name(other); got != other {
			t.Errorf("the class %q of another data set is written %q", other, got)
		}
	}
}
