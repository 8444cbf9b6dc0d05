package kit

import (
	"fmt"
	"strings"
	"testing"

	"hilum/inference"
)

// speakGerman sets the language until the test ends.
func speakGerman(t *testing.T) {
	t.Helper()
	if err := SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = SetLanguage("en") })
}

// theirs are words of people, names of files and labels that could be taken for
// sentences of this program.
func theirs(t *testing.T) []string {
	t.Helper()
	out := []string{
		"pleural plaque left", "Mass", "Open", "left", "no such file or directory.png", "3 days", "said 3", "heart 3, thorax 4 mm", "Letter to the GP",
		"%s left", "Noise in the room", "normal; see 2 of 3", "positive", "Cannot read x", "Save as", "right upper zone", "Nodule, Mass and more", "copy or export the file again.dcm",
	}
	d, err := Dictionary("en")
	if err != nil {
		t.Fatal(err)
	}
	for key := range d {
		if !verb.MatchString(key) && len(key) < 60 {
			out = append(out, key)
		}
	}
	return out
}

// TestDataInASentenceIsNotTranslated puts words of people into every sentence that
// the layers below make, at every place that holds data: they come out as they
// were.
func TestDataInASentenceIsNotTranslated(t *testing.T) {
	speakGerman(t)
	data := theirs(t)
	for key, kinds := range Sentences() {
		if !strings.ContainsRune(kinds, 'd') {
			continue
		}
		for _, word := range data {
			sentence, marked := filled(key, kinds, word)
			got := Said(sentence)
			if got == sentence {
				continue // not recognised is English, and harmless
			}
			if strings.Count(got, word) < marked {
				t.Fatalf("%q became %q: %q is somebody's word", sentence, got, word)
			}
		}
	}
}

// filled is what Sprintf makes of a key whose data are a word, and how often the
// word stands in it as data.
func filled(key, kinds, word string) (sentence string, data int) {
	args := make([]any, len(kinds))
	for i, k := range kinds {
		switch k {
		case 'd':
			args[i] = word
			data++
		case 'c':
			args[i] = "Mass"
		case 'w', 'W':
			args[i] = "permission denied"
		default:
			args[i] = "7"
		}
	}
	return fmt.Sprintf(asStrings(key), args...), data
}

// TestWhatAPersonWroteIsNoSentence: a text that only looks like one of the windows'
// own templates is none.
func TestWhatAPersonWroteIsNoSentence(t *testing.T) {
	speakGerman(t)
	for _, s := range []string{"pleural plaque left", "nodule right of the heart, 3 of 4", "Warning: sharp", "seen by Dr. Left at noon", "Maps of Rome.", "x (y to z)"} {
		if got := Said(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// TestEverySentenceIsFound: what the layers below say is recognised with its
// figures and parts, in the order of the language.
func TestEverySentenceIsFound(t *testing.T) {
	speakGerman(t)
	d, err := Dictionary("de")
	if err != nil {
		t.Fatal(err)
	}
	for key, kinds := range Sentences() {
		text, known := d[key]
		if !known {
			t.Errorf("%q is in no dictionary", key)
			continue
		}
		args := make([]any, len(kinds))
		german := make([]any, len(kinds))
		for i, k := range kinds {
			switch k {
			case 'n':
				args[i], german[i] = fmt.Sprint(i+2), fmt.Sprint(i+2)
			case 'c':
				args[i], german[i] = "Hernia 7, Bone lesion", ClassName("Hernia")+" 7, Bone lesion"
			case 'w', 'W':
				args[i], german[i] = "permission denied", d["permission denied"]
			default:
				args[i], german[i] = "x.png", "x.png"
			}
		}
		in, want := fmt.Sprintf(asStrings(key), args...), fmt.Sprintf(asStrings(text), german...)
		if got := Said(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

// TestALabelIsData: a class of another data set is never taken for a word of the
// windows.
func TestALabelIsData(t *testing.T) {
	speakGerman(t)
	for _, class := range []string{"Open", "Save as", "Left", "positive", "Normal film", "Report"} {
		if got := ClassName(class); got != inference.ClassName(class) {
			t.Errorf("the label %q became %q", class, got)
		}
	}
	if ClassName("Effusion") == "Effusion" {
		t.Error("a class of ChestX-ray14 has no German name")
	}
}
