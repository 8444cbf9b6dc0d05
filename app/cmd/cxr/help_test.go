package main

import (
	"strings"
	"testing"
)

// Help is in the language that was asked for, by the flag or by the variable; names of
// commands, flags and what flags take stay. Oracle: the catalogue's file, by hand.
func TestHelpSpeaksTheLanguage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--help", "--language", "de"},
			[]string{"Aufruf:", "Befehle:", "Optionen:", "Ein Netz an eigenen Aufnahmen trainieren",
				"Nicht zur Diagnose"}},
		{[]string{"cam", "--help", "--language", "fr"}, []string{"méthode de saillance", "palette : ember",
			"--shared-scale", "Pas pour le diagnostic"}},
		{[]string{"cam", "--help"}, []string{"Usage:", "saliency method", "colour map: ember", "Not for diagnosis"}},
	} {
		code, out, _ := cxr(t, c.args...)
		if code != exitOK {
			t.Fatalf("cxr %v: exit code %d", c.args, code)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("cxr %v does not say %q:\n%s", c.args, w, out)
			}
		}
		if strings.Contains(out, "%!") {
			t.Errorf("cxr %v: a verb without its argument:\n%s", c.args, out)
		}
	}
}
