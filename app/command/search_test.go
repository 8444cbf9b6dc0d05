package command

import (
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	texts := []string{"Open…", "Open folder…", "Open model…", "Fit to window", "Heat map on or off", "One to one",
		"Model card", "Zoom in"}
	for query, want := range map[string]string{
		"": "Open…", "open": "Open…", "of": "Open folder…", "om": "Open model…", "card": "Model card",
		"model open": "Open model…", "HM": "Heat map on or off",
		"1": "", "oto": "One to one", "ftw": "Fit to window", "zom": "Zoom in", "zz": "",
	} {
		got := ""
		hits := Search(query, texts)
		if len(hits) > 0 {
			got = texts[hits[0].Index]
		}
		if got != want {
			t.Errorf("%q finds %q first, want %q", query, got, want)
		}
		for _, h := range hits {
			runes := []rune(strings.ToLower(texts[h.Index]))
			for _, at := range h.At {
				if !strings.ContainsRune(strings.ToLower(query), runes[at]) {
					t.Errorf("%q marks %q of %q", query, runes[at], texts[h.Index])
				}
			}
		}
	}
	if n := len(Search("", texts)); n != len(texts) {
		t.Errorf("an empty query finds %d of %d", n, len(texts))
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("om", "Open model…")
	f.Add("a a", "aaa")
	f.Fuzz(func(t *testing.T, query, text string) {
		for _, h := range Search(query, []string{text}) {
			last := -1
			for _, at := range h.At {
				if at <= last || at >= len([]rune(strings.ToLower(text))) {
					t.Fatalf("%q in %q: places %v", query, text, h.At)
				}
				last = at
			}
		}
	})
}
