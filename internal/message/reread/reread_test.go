package reread

import (
	"fmt"
	"strings"
	"testing"

	"hilum/internal/catalogue"
)

// theirs are words of people, names of files and labels that could be taken for
// sentences of this program.
func theirs(t *testing.T) []string {
	t.Helper()
	out := []string{
		"pleural plaque left", "Mass", "Open", "left", "no such file or directory.png", "3 days", "said 3",
		"heart 3, thorax 4 mm", "Letter to the GP",
		"%s left", "Noise in the room", "normal; see 2 of 3", "positive", "Cannot read x", "Save as",
		"right upper zone", "Nodule, Mass and more", "copy or export the file again.dcm",
	}
	l, err := catalogue.Open("de")
	if err != nil {
		t.Fatal(err)
	}
	for key := range l.Keys() {
		if !verb.MatchString(key) && len(key) < 40 && !strings.ContainsAny(key, "\"%\t\n") &&
			!strings.HasPrefix(key, "finding:") {
			out = append(out, key)
		}
	}
	return out
}

// filled is what Sprintf makes of a key whose data are a word, and how often the
// word stands in it as data.
func filled(key, kinds, word string) (sentence string, data int) {
	args := make([]any, len(kinds))
	for i, k := range kinds {
		switch k {
		case dataArgument:
			args[i] = word
			data++
		case classArgument:
			args[i] = "Mass"
		case wordsArgument, neededArgument:
			args[i] = "only one outcome occurs"
		default:
			args[i] = "7"
		}
	}
	return fmt.Sprintf(asStrings(key), args...), data
}

// asStrings makes every verb take the text that stood there.
func asStrings(format string) string {
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		index := ""
		if end := strings.IndexByte(v, ']'); end > 0 {
			index = v[1 : end+1]
		}
		if v[len(v)-1] == 'q' {
			return `"%` + index + `s"`
		}
		return "%" + index + "s"
	})
}

// TestDataInASentenceIsNotTranslated puts words of people into every sentence, at every
// place that holds data: they come out as they were.
func TestDataInASentenceIsNotTranslated(t *testing.T) {
	german, err := catalogue.Words("de")
	if err != nil {
		t.Fatal(err)
	}
	words := theirs(t)
	for key, kinds := range Sentences() {
		if !strings.ContainsRune(kinds, dataArgument) {
			continue
		}
		for _, word := range words {
			sentence, marked := filled(key, kinds, word)
			got := german.Text(Message(sentence))
			if got == sentence {
				continue // not recognised is English, and harmless
			}
			if strings.Count(got, word) < marked {
				t.Fatalf("%q became %q: %q is somebody's word", sentence, got, word)
			}
		}
	}
}

// TestEverySentenceIsFound: what a file holds becomes the message that it was, in English
// letter for letter.
func TestEverySentenceIsFound(t *testing.T) {
	for key, kinds := range Sentences() {
		sentence, _ := filled(key, kinds, "x.png")
		m := Message(sentence)
		if m.Key() != key || m.String() != sentence {
			t.Errorf("%q became %q of %q", sentence, m, m.Key())
		}
	}
	for _, text := range Whole() {
		if m := Message(text); m.Key() != text {
			t.Errorf("%q became %q", text, m.Key())
		}
	}
	for _, s := range []string{"pleural plaque left", "nodule right of the heart, 3 of 4", "x (y to z)"} {
		if m := Message(s); m.String() != s || m.Key() != s {
			t.Errorf("%q became %q", s, m.Key())
		}
	}
}
