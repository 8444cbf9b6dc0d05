package passport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/lab/labtest"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/catalogue"
	"hilum/internal/message"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	os.Exit(m.Run())
}

// knownEngine scores without a runtime what is known: class 0 looks at the brightness of the
// place at the upper right where a letter L lies, class 1 at that of the whole film, class 2
// at nothing.
type knownEngine struct{ labtest.Engine }

func (e *knownEngine) NewSession(onnx []byte, o inference.SessionOptions) (inference.Session, error) {
	s, err := e.Engine.NewSession(onnx, o)
	return knownSession{s}, err
}

type knownSession struct{ inference.Session }

func (s knownSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	out, err := s.Session.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	const side = 32
	var corner, all float32
	for i, v := range in[0].Data[:side*side] {
		x, y := (float64(i%side)+.5)/side, (float64(i/side)+.5)/side
		all += v / (side * side)
		if x > .9 && x < .95 && y > .05 && y < .12 {
			corner += v / 2
		}
	}
	out[0].Data[0], out[0].Data[1], out[0].Data[2] = 12*corner-8, 40*(all-.5), .5
	return out, nil
}

func known(t *testing.T) *inference.Model {
	t.Helper()
	m, err := inference.OpenModel(&knownEngine{}, labtest.Source(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// What the model looks at is known, so is what it takes for what: and nothing else.
func TestKnownShortcuts(t *testing.T) {
	p, err := Job{Config: Config{Images: 6, Rounds: 200}, Model: known(t)}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Sources) != 1 || p.Sources[0].Images != 6 || p.Passed() {
		t.Fatalf("%+v", p)
	}
	by := map[string]Effect{}
	for _, e := range p.Sources[0].Effects {
		by[e.Shortcut+" "+e.Class] = e
	}
	if n := len(Shortcuts()) * len(labtest.Classes()); len(by) != n {
		t.Errorf("%d effects, want %d", len(by), n)
	}
	for name, e := range by {
		if e.Class == "Hernia" && (e.Takes || e.Change.Value != 0) {
			t.Errorf("%s: the class looks at nothing: %+v", name, e)
		}
	}
	if e := by["letter-l Mass"]; !e.Takes || e.Change.Value <= 0 || e.Control == nil || e.Elsewhere == nil ||
		e.Elsewhere.Value > e.Change.Value/2 {
		t.Errorf("the letter in the place that the model looks at: %+v", e)
	}
	if e := by["letter-r Mass"]; e.Takes || math.Abs(e.Change.Value) > .01 {
		t.Errorf("the letter in another place: %+v", e)
	}
	if e := by["underexposure Edema"]; !e.Takes || e.Change.Value <= 0 || e.Control != nil {
		t.Errorf("brighter films: %+v", e)
	}
	if e := by["overexposure Edema"]; !e.Takes || e.Change.Value >= 0 {
		t.Errorf("darker films: %+v", e)
	}
	if !strings.Contains(by["overexposure Edema"].Sentence().String(), "absence") {
		t.Errorf("%q", by["overexposure Edema"].Sentence())
	}
}

// A site's films are measured beside the phantoms, one of each patient; those that cannot be
// read are named; projection, which no film can be given, is not measured there.
func TestFilmsOfASite(t *testing.T) {
	dir := t.TempDir()
	table := "path,patient_id,Mass\n"
	for i := range 4 {
		name := fmt.Sprintf("%d.png", i)
		if i == 3 {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("no film"), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			labtest.WritePNG(t, filepath.Join(dir, name), 64, 64)
		}
		table += fmt.Sprintf("%s,p%d,1\n", name, max(i, 1)) // the first two are of one patient
	}
	if err := os.WriteFile(filepath.Join(dir, "films.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	m := known(t)
	p, err := Job{Config: Config{Data: filepath.Join(dir, "films.csv"), Images: 3, Rounds: 50}, Model: m}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	site := p.Sources[1]
	if site.Images != 2 || len(site.Skipped) != 1 || !strings.Contains(site.Skipped[0], "3.png") {
		t.Errorf("%d films, %q", site.Images, site.Skipped)
	}
	if slices.ContainsFunc(site.Effects, func(e Effect) bool { return e.Shortcut == "projection" }) {
		t.Error("films were given another projection")
	}
	if c := p.Card(); c.Source != site.Name || c.Images != 2 || len(c.Effects) != len(site.Effects) {
		t.Errorf("the card has %+v", c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Job{Model: m}).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := (Job{Model: m, Config: Config{Images: -1}}).Run(t.Context()); err == nil {
		t.Error("a negative number of films was taken")
	}
}

func TestRule(t *testing.T) {
	of := func(v, lo, hi float64) inference.Measured { return inference.Measured{Value: v, Lo: lo, Hi: hi} }
	beyond := func(v, lo, hi float64) *inference.Measured { m := of(v, lo, hi); return &m }
	five := math.Log(5)
	for name, c := range map[string]struct {
		effect Effect
		takes  bool
	}{
		"large":                 {Effect{Change: of(five, 1, 2)}, true},
		"lowers":                {Effect{Change: of(-five, -2, -1)}, true},
		"small":                 {Effect{Change: of(five-.01, 1, 2)}, false},
		"uncertain":             {Effect{Change: of(2, -.1, 4)}, false},
		"without an interval":   {Effect{Change: of(2, 2, 2)}, false},
		"no more than a patch":  {Effect{Change: of(2, 1, 3), Beyond: beyond(.2, -.1, .5)}, false},
		"beyond a patch":        {Effect{Change: of(2, 1, 3), Beyond: beyond(1, .5, 1.5)}, true},
		"less than a patch has": {Effect{Change: of(2, 1, 3), Beyond: beyond(-1, -1.5, -.5)}, false},
	} {
		if got := c.effect.takes(); got != c.takes {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A passport is read back as it was written, and its page says what it takes, in the
// reader's language.
func TestFileAndPage(t *testing.T) {
	e := Effect{Shortcut: "marker", Class: "Mass", Change: inference.Measured{Value: 3, Lo: 2, Hi: 4},
		Control: &inference.Measured{Value: .1, Lo: -.1, Hi: .3}, Takes: true}
	p := &Passport{Model: "a <b>", Sources: []Source{{Name: Phantoms, Images: 7, Effects: []Effect{e}}}, Notes: []string{}}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), data, 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := Open(dir)
	if err != nil || len(back.Sources) != 1 || back.Sources[0].Effects[0].Change != e.Change || back.Passed() {
		t.Fatalf("%+v, %v", back, err)
	}
	if !strings.Contains(string(data), `"passed":false`) || !strings.Contains(string(data), "portable tag") {
		t.Errorf("%s", data)
	}
	german, err := catalogue.Words("de")
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[message.Words][]string{{}: {"a &lt;b&gt;", "×20", "takes a portable tag for Mass"},
		german: {"Raumforderung", "×20", "Abkürzung"}} {
		var b bytes.Buffer
		if err := back.Page(&b, words); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("the page lacks %q:\n%s", w, b.String())
			}
		}
	}
	if got := Sentences(back.Card()); len(got) != 1 || got[0].String() != e.Sentence().String() {
		t.Errorf("the card says %v", got)
	}
	if got := Sentences(&inference.Passport{}); len(got) != 1 {
		t.Errorf("a card without effects says %v", got)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder without a passport was read")
	}
}
