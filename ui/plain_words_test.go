package ui

import (
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// code finds what is said in code: names of methods and metrics as programs write them,
// hashes, names of files of models.
var code = regexp.MustCompile(`(?i)\bf1\b|gradcam|logits?\b|sha-?256|\b[0-9a-f]{8,}\b|\.onnx|\bauc\b|softmax|sigmoid|` +
	`_best|thresholds\.json|json|tensor|opset|\b0\.\d`)

// nameless is a model whose card says nothing, from a file.
func nameless() (inference.Source, error) {
	m, err := uitest.Model()
	m.Name, m.Spec.Card.Name = "run_best.onnx", ""
	return m, err
}

// TestNothingIsSaidInCode walks what is in sight of a window at work: findings with maps of
// every method, withheld ones, banner, list, status line, menus and tips. Code words are found
// under the details alone.
func TestNothingIsSaidInCode(t *testing.T) {
	c := uitest.ScoringConfig()
	c.LoadModel = nameless
	h := newHarness(t, c)
	var tips []string
	h.window.env.Tip = func(_ fyne.CanvasObject, words string) { tips = append(tips, words) }
	h.StartScoring()
	h.open("first.dcm", "ap.dcm", "damaged.dcm")
	h.Listed()
	h.pictured()
	judge := func(where string, texts ...string) {
		t.Helper()
		for _, s := range texts {
			if code.MatchString(s) {
				t.Errorf("%s: %q", where, s)
			}
		}
	}
	judge("findings", h.inSight()...)
	h.Maps.ToggleMap("Mass")
	h.Run()
	st := h.Wait("the map", func(st app.State) bool { return st.Map.Shown() && st.Result.Maps != nil })
	for _, m := range st.Methods {
		st.Map.Method, st.Method = m.Name, classmap.MethodMaps{Name: m.Name, Maps: st.Result.Maps}
		h.window.panes.Present(st)
		h.window.findings.Present(st, true)
		h.window.toolbar.Present(st)
		judge("map by "+m.Name, h.inSight()...)
		if !strings.Contains(strings.Join(h.inSight(), "\n"), ", "+m.Title) {
			t.Errorf("the legend does not name %s", m.Title)
		}
	}
	uitest.Walk(h.window.win.Content(), func(o fyne.CanvasObject) {
		if b, ok := o.(*kit.Button); ok && b.Tip != nil {
			tips = append(tips, b.Tip())
		}
	})
	st.Withheld = []message.Message{message.Of("The body part is %s, not the chest: the findings mean nothing for it.",
		"KNEE")}
	h.window.findings.Present(st, true)
	judge("withheld", h.inSight()...)
	judge("menu or tip", append(tips, uitest.MenuTexts(h.window.menus.Main)...)...)
	if len(tips) == 0 || !strings.Contains(strings.Join(h.inSight(), "\n"), "run best") {
		t.Errorf("%d tips, and in sight %q", len(tips), h.inSight())
	}
	h.Findings.ToggleDetails()
	h.Run()
	h.frame()
	if !strings.Contains(strings.Join(h.inSight(), "\n"), "logit") {
		t.Error("the details do not give the logit")
	}
}

// inSight are the words that the window shows.
func (h *harness) inSight() []string { return uitest.Texts(h.window.win.Content()) }

// TestDetailsAreRemembered: they are closed at first, open by their button, and open again at
// the next start.
func TestDetailsAreRemembered(t *testing.T) {
	h := looking(t)
	detailed := func() bool { return strings.Contains(strings.Join(h.inSight(), "\n"), "Margin ") }
	if detailed() || h.Settings.Preferences().Details {
		t.Fatal("the details are open at first")
	}
	button := uitest.Find(t, h.window.win.Content(), "Details", func(b *kit.Button) bool { return b.Text == "Details" })
	button.OnTapped()
	h.Run()
	h.frame()
	if !detailed() || !h.Settings.Preferences().Details {
		t.Error("the details did not open, or are not kept")
	}
	button.OnTapped()
	h.Run()
	if detailed() {
		t.Error("the details did not close")
	}
}
