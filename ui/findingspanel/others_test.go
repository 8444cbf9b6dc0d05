package findingspanel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/foreign"
	"hilum/dicomio/evidence"
	"hilum/dicomio/scan"
	"hilum/ui/uitest"
)

// TestMakersAreToldApart: what other programs found on the film stands below our rows, under the
// name of each maker, and changes neither our rows nor where they stand; the command that hides
// it hides it here too. Oracle: what highdicom and pydicom wrote, see
// testdata/peers/dicom_evidence.py.
func TestMakersAreToldApart(t *testing.T) {
	folder := t.TempDir()
	for _, n := range []string{"mono2.dcm", "sr.dcm", "cad.dcm", "seg_binary.dcm"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "dicomio", "evidence", "testdata", n))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, n), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := uitest.ScoringConfig()
	c.Sources = scan.Sources()
	h := newHarness(t, c)
	h.StartScoring()
	h.Studies.Open(folder)
	st := h.Wait("three objects beside the film", func(st app.State) bool { return len(st.Foreign.Objects) == 3 })
	h.Run()
	said := func() string { return strings.Join(h.panel.others.said, "\n") }
	for _, o := range st.Foreign.Objects {
		if !slices.Contains(h.panel.others.said, "Found by "+o.Maker) {
			t.Errorf("%s is not named:\n%s", o.Maker, said())
		}
	}
	makers := slices.IndexFunc(h.panel.others.said, func(s string) bool { return strings.HasPrefix(s, "Found by") })
	if makers != 0 || len(h.panel.others.said) < 5 || len(h.panel.bars.rows) != len(st.Rows) {
		t.Errorf("%d rows of %d; others:\n%s", len(h.panel.bars.rows), len(st.Rows), said())
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(h.panel.bars)
	h.Foreign.Toggle()
	h.Run()
	if said() != "" || fyne.CurrentApp().Driver().AbsolutePositionForObject(h.panel.bars) != at {
		t.Errorf("hidden it says %q", said())
	}
}

// Objects of one maker stand under one name, those without one under none of ours; a long list is
// cut with the number of what is left out.
func TestOthersAreListedByMaker(t *testing.T) {
	finding := func(name string) evidence.Finding { return evidence.Finding{Name: evidence.Code{Meaning: name}} }
	many := make([]evidence.Finding, maxOthers+3)
	for i := range many {
		many[i] = finding("Nodule")
	}
	h := newHarness(t, uitest.ScoringConfig())
	show := func(list ...*evidence.Object) []string {
		h.panel.others.Present(app.State{ForeignState: foreign.State{Foreign: foreign.About{Objects: list}}})
		return h.panel.others.said
	}
	got := show(
		&evidence.Object{Maker: "Acme 1", Kind: evidence.Report, Findings: []evidence.Finding{finding("Mass")}},
		&evidence.Object{Kind: evidence.Segmentation, Masks: []evidence.Mask{{Label: "Lung"}}},
		&evidence.Object{Maker: "State", Kind: evidence.Presentation},
		&evidence.Object{Maker: "Acme 1", Kind: evidence.ParametricMap, Maps: []evidence.Map{{Label: "Doubt", Units: "%"}}},
	)
	if want := []string{"Found by Acme 1", "Mass", "Doubt %", "Found by an unnamed maker", "Lung"}; !slices.Equal(got, want) {
		t.Errorf("it says %q", got)
	}
	got = show(&evidence.Object{Maker: "Acme 2", Kind: evidence.Report, Findings: many})
	if len(got) != maxOthers+2 || got[len(got)-1] != "and 3 more" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}
