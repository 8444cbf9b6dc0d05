package ui

import (
	"testing"

	"hilum/app"
	"hilum/app/models"
	"hilum/app/records"
	"hilum/app/studies"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/menu"
	"hilum/ui/uitest"
)

// TestShortcutsAreUnique: two commands on one key would hide one of them.
func TestShortcutsAreUnique(t *testing.T) {
	h := newHarness(t, app.Config{})
	seen := map[kit.Chord]string{}
	for _, c := range h.Commands() {
		if c.Shortcut == "" && (menu.IsMethod(c) || menu.IsColours(c)) {
			continue // the palette and the map bar reach them
		}
		if c.Shortcut == "" {
			t.Errorf("%s cannot be reached from the keyboard", c.ID)
			continue
		}
		ch, ok := kit.ParseChord(c.Shortcut)
		if !ok {
			t.Errorf("%s: shortcut %q is not understood", c.ID, c.Shortcut)
		}
		if other, taken := seen[ch]; taken {
			t.Errorf("%s and %s share %s", c.ID, other, c.Shortcut)
		}
		seen[ch] = c.ID
	}
}

func TestStatusGolden(t *testing.T) {
	s := newStatusLine(uitest.Environment(t), func() {})
	st := uitest.StateOf(func(st *app.State) {
		st.Warnings = []message.Message{message.Of("a"), message.Of("b")}
		st.Scoring = true
		st.Result = &inference.Result{}
	})
	st.Engine = models.Engine{
		Open: true, Took: 36e6,
		Info: inference.EngineInfo{
			Name: "Test engine", Version: "1.0", Provider: inference.CPU, Reason: message.Of("no NVIDIA driver here"),
		},
	}
	st.Model = models.Model{Open: true, Name: "m.onnx"}
	s.Present(st)
	golden.Check(t, "status", uitest.Picture(t, s, 900, statusHeight))
	golden.Check(t, "status-narrow", uitest.Picture(t, s, 420, statusHeight))
	st.Reader, st.Blinded = records.Reader{Key: "weber", Name: "Dr. Weber"}, true
	s.Present(st)
	golden.Check(t, "status-reader", uitest.Picture(t, s, 900, statusHeight))
	golden.Check(t, "status-reader-narrow", uitest.Picture(t, s, 520, statusHeight))
}

func TestMessageGolden(t *testing.T) {
	dismissed := 0
	env := uitest.Environment(t)
	m := kit.NewNotice(env, func() { dismissed++ })
	present := func(st app.State) bool { return m.Present(noticed(env, st), st.Done) }
	present(uitest.StateOf(func(st *app.State) {
		st.Current = -1
		st.Message = message.Of("Cannot read film.dcm: unsupported transfer syntax MPEG-4; export it uncompressed.")
	}))
	golden.Check(t, "message", uitest.Picture(t, m, 600, 40))
	if present(uitest.StateOf(func(st *app.State) {
		st.Current = -1
		st.Message = message.Of(m.Text())
	})) {
		t.Error("the same message counts as a change")
	}
	present(uitest.StateOf(func(st *app.State) {
		st.Current, st.Done = -1, true
		st.Message = message.Of("The picture is on the clipboard.")
	}))
	golden.Check(t, "message-done", uitest.Picture(t, m, 600, 40))
	present(uitest.StateOf(func(st *app.State) {
		st.Current = -1
	}))
	if m.Visible() {
		t.Error("an empty bar stays")
	}
	present(uitest.StateOf(func(st *app.State) {
		st.Message = message.Of("Broken.")
		st.Studies = []studies.Study{{Error: message.Of("Broken."), Status: studies.Failed}}
	}))
	if m.Visible() {
		t.Error("the bar repeats what stands in the middle")
	}
}

// TestPatience: words come after a short wait and not before.
func TestPatience(t *testing.T) {
	looked := make(chan struct{}, 1)
	p := delayedHint{again: func() { looked <- struct{}{} }}
	if !p.wait(true) {
		t.Error("a wait that has just begun is long")
	}
	<-looked // it asks to be looked at again
	if p.wait(true) {
		t.Errorf("after %v the wait is still short", shortWait)
	}
	if p.wait(false) || !p.wait(true) {
		t.Error("the next wait does not begin anew")
	}
	p.stop()
}
