package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"
)

// spoken is a made-up language of a few texts, with a comma and two plural forms.
type spoken map[string]string

func (s spoken) Code() string { return "xx" }
func (s spoken) Form(key string, count int, counted bool) (string, bool) {
	if one, ok := s["1 "+key]; ok && counted && count == 1 {
		return one, true
	}
	text, ok := s[key]
	return text, ok
}
func (s spoken) Term(name string) (string, bool) { t, ok := s["finding:"+name]; return t, ok }
func (spoken) Decimal() string                   { return "," }
func (spoken) Thousands() string                 { return " " }
func (spoken) DateLayout() string                { return "02.01.2006" }

var words = In(spoken{
	"cannot read %s: %w": "%s unlesbar: %w", "the file ends": "die Datei endet", "%d films": "%d Filme",
	"1 %d films":   "%d Film",
	"finding:Mass": "Masse", "AUROC %.2f of %s": "AUROC %.2f von %s", "open %s: %s": "%s ging nicht auf: %s",
	"permission denied": "verboten", "%s to %s": "%[2]s nach %[1]s",
	"on %s": "am %s",
})

// TestEnglishIsWhatFmtMakes: text, causes and wrapping are those of package fmt.
func TestEnglishIsWhatFmtMakes(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		key  string
		args []any
	}{
		{"plain", nil}, {"100%", nil}, {"%d of %s: %w", []any{3, "x", cause}}, {"%w; %w", []any{cause, io.EOF}},
		{"%v", []any{cause}}, {"%q %.40q %T", []any{"a", "b", 1}},
	} {
		want := errors.New(c.key)
		if len(c.args) > 0 {
			want = fmt.Errorf(c.key, c.args...)
		}
		got := New(c.key)
		if len(c.args) > 0 {
			got = Errorf(c.key, c.args...)
		}
		if got.Error() != want.Error() || errors.Is(got, cause) != errors.Is(want, cause) ||
			errors.Is(got, io.EOF) != errors.Is(want, io.EOF) {
			t.Errorf("%q: %q, want %q", c.key, got, want)
		}
		if errors.Unwrap(got) != errors.Unwrap(want) {
			t.Errorf("%q unwraps to %v, want %v", c.key, errors.Unwrap(got), errors.Unwrap(want))
		}
	}
	if errors.Is(New("a"), New("a")) {
		t.Error("two errors of one text are equal")
	}
}

// TestPartsFollowTheLanguage: messages, errors, classes and figures in a message do;
// strings do not.
func TestPartsFollowTheLanguage(t *testing.T) {
	inner := New("the file ends")
	for want, m := range map[string]Message{
		"the file ends unlesbar: die Datei endet": Of("cannot read %s: %w", "the file ends", inner),
		"3 Filme":                 Of("%d films", 3),
		"1 Film":                  Of("%d films", 1),
		"AUROC 0,51 von Masse":    Of("AUROC %.2f of %s", 0.514, Term{"Mass", "Mass"}),
		"AUROC 0,51 von Mass":     Of("AUROC %.2f of %s", 0.514, "Mass"),
		"1 204 nach 0,5":          Of("%s to %s", Figure("0.5"), Count(1204)),
		"am 24.12.2026":           Of("on %s", time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)),
		"the film ends":           Of("the film ends"),
		"the file ends":           Data("the file ends"),
		"1 Film; die Datei endet": List("; ", Of("%d films", 1), inner),
		"Die Datei endet.":        Sentence(inner),
		"X.png unlesbar: /x.png ging nicht auf: verboten.": Sentence(Errorf("cannot read %s: %w", "X.png",
			&fs.PathError{Op: "open", Path: "/x.png", Err: syscall.EACCES})),
	} {
		if got := words.Text(m); got != want {
			t.Errorf("%q became %q, want %q", m, got, want)
		}
		if got := (Words{}).Text(m); got != m.String() {
			t.Errorf("without a language %q became %q", m, got)
		}
	}
	joined := errors.Join(inner, Errorf("cannot read %s: %w", "x", inner))
	if got := words.Sentence(joined); got != "Die Datei endet; x unlesbar: die Datei endet." {
		t.Errorf("%q", got)
	}
	if got := words.Error(fmt.Errorf("foreign: %w", inner)); got != "foreign: the file ends" {
		t.Errorf("%q: what others say stays", got)
	}
}

// TestFilesHoldEnglish: JSON has the English text, and what it has comes back as it is.
func TestFilesHoldEnglish(t *testing.T) {
	type file struct {
		Warnings []Message `json:"warnings"`
		Error    Message   `json:"error,omitzero"`
	}
	data, err := json.Marshal(file{Warnings: []Message{Of("%d films", 2)}})
	if err != nil || string(data) != `{"warnings":["2 films"]}` {
		t.Fatal(string(data), err)
	}
	var back file
	if err := json.Unmarshal(data, &back); err != nil || len(back.Warnings) != 1 ||
		back.Warnings[0].String() != "2 films" {
		t.Fatal(back, err)
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{
		"cut": "Cut.", "x.dcm: cut\noff.": "x.dcm: cut; off.", " ": nothing,
		"/tmp/a is a folder": "/tmp/a is a folder.", "Ready.": "Ready.",
	} {
		if got := Sentence(errors.New(in)).String(); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if s := Count(-1204567).String(); s != "-1,204,567" || !strings.HasPrefix(Count(999).String(), "999") {
		t.Error(s)
	}
}

// own has a figure of its own, and says itself.
type own float64

func (o own) Figure() Figure { return Figure(fmt.Sprintf("%.1f", float64(o))) }

type pair struct{ lo, hi own }

func (p pair) Message() Message { return List("", p.lo, "-", p.hi) }
func (p pair) String() string   { return p.Message().String() }
func (o own) String() string    { return string(o.Figure()) }

// TestFiguresOfTheirOwn: a value that writes its own figure, or that is made of several,
// follows the language too.
func TestFiguresOfTheirOwn(t *testing.T) {
	m := Of("on %s", pair{0.5, 1.5})
	if got := words.Text(m); got != "am 0,5-1,5" {
		t.Errorf("%q", got)
	}
	if m.String() != "on 0.5-1.5" {
		t.Errorf("%q", m.String())
	}
}
