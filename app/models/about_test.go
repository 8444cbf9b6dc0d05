package models

import (
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/findingset"
)

func TestEveryClassIsDescribed(t *testing.T) {
	nih, _ := findingset.Sets().Find("chestxray14")
	m := Model{Findings: nih}
	for _, c := range inference.ChestXray14() {
		if info, ok := m.About(c); !ok || len(info.What) < 30 || len(info.Pitfalls) < 40 || info.Source == "" ||
			!strings.HasSuffix(info.Pitfalls, ".") {
			t.Errorf("%s: %+v", c, info)
		}
	}
	if _, ok := nih.Label("Fracture"); ok {
		t.Error("a class of another data set is described")
	}
	if _, ok := m.About("Left shoe"); ok {
		t.Error("a class that nobody knows is described")
	}
}

// TestAModelIsDescribedInItsOwnWords: ChestX-ray14 is spoken of only where the model
// is known to speak it.
func TestAModelIsDescribedInItsOwnWords(t *testing.T) {
	nih := inference.ChestXray14()
	for name, c := range map[string]struct {
		spec inference.Spec
		set  string
	}{
		"its labels": {inference.Spec{Classes: nih}, "chestxray14"},
		"its card": {inference.Spec{Classes: nih[:3],
			Card: inference.Card{Data: "NIH ChestX-ray14 at 256 pixels"}}, "chestxray14"},
		"other data": {inference.Spec{Classes: nih, Card: inference.Card{Data: "films of our hospital"}}, "general"},
		"phantoms": {inference.Spec{Classes: nih, Card: inference.Card{Data: "Hilum phantoms, seed 1"}},
			"phantoms"},
		"other labels":  {inference.Spec{Classes: []string{"Edema", "Fracture"}}, "general"},
		"its metadata":  {inference.Spec{Classes: []string{"Edema"}, Findings: "chexpert"}, "chexpert"},
		"no model open": {inference.Spec{}, "general"},
	} {
		m := Model{Findings: c.spec.Vocabulary(findingset.Sets())}
		about, ok := m.About("Edema")
		if m.Findings.Name != c.set || !ok || about.What == "" || about.Pitfalls == "" ||
			about.Made != m.Findings.Made {
			t.Errorf("%s: %s, %+v", name, m.Findings.Name, about)
		}
		if speaks := strings.Contains(about.Pitfalls, "2,303 images"); speaks != (c.set == "chestxray14") {
			t.Errorf("%s: %s", name, about.Pitfalls)
		}
	}
	if about, ok := (Model{}).About("Edema"); !ok || strings.Contains(about.Pitfalls, "images") || about.Made == "" {
		t.Errorf("without a model: %+v", about)
	}
}

// TestTrust: the words are those of the card's kind of films, and of thresholds that
// nobody made.
func TestTrust(t *testing.T) {
	for _, c := range []struct {
		images     inference.ImageKind
		calibrated bool
		want       string
	}{
		{inference.GeneratedImages, true, "generated films only"},
		{inference.RealImages, false, "real films, not calibrated"},
		{inference.MixedImages, true, "real and generated films"},
		{"", false, "films not known, not calibrated"},
	} {
		var got []string
		for _, m := range (Model{Card: inference.Card{Images: c.images}, Calibrated: c.calibrated}).Trust() {
			got = append(got, m.String())
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%q: %q, want %q", c.images, got, c.want)
		}
	}
}

// TestTrustNamesTheFilms: the words were written by hand from the cards.
func TestTrustNamesTheFilms(t *testing.T) {
	for data, want := range map[string]string{
		"": "real films",
		"NIH ChestX-ray14 at 256 pixels, films of the official training part": "real films: NIH ChestX-ray14 at 256 pixels",
		"Hilum phantoms, seed 20261124: generated pictures":                   "real films: Hilum phantoms",
		"/data/chest/films.csv": "real films: films",
	} {
		m := Model{Card: inference.Card{Images: inference.RealImages, Data: data}}
		if got := m.Trust()[0].String(); got != want {
			t.Errorf("%q: %q, want %q", data, got, want)
		}
	}
	if got := (Model{Name: "densenet121-res224_all.onnx"}).Title(); got != "densenet121 res224 all" {
		t.Errorf("a model without a card is called %q", got)
	}
}
