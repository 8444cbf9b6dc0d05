package ui

import (
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hilum/app"
	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/uitest"
)

// TestPanelsAreMadeWider by their dividers, keep their width, and are of the usual width
// after a double click.
func TestPanelsAreMadeWider(t *testing.T) {
	h := looking(t)
	w := h.window.workspace
	usual := w.findings.object.Size().Width
	w.findings.divider.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(-60, 0)})
	w.studies.divider.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(-1000, 0)})
	if got := w.findings.object.Size().Width; got != usual+60 {
		t.Errorf("dragged by 60 the findings went from %v to %v", usual, got)
	}
	if got := w.studies.object.Size().Width; got != leastStudies {
		t.Errorf("the studies are %v wide, want the least, %v", got, leastStudies)
	}
	w.findings.divider.DragEnd()
	w.studies.divider.DragEnd()
	h.Run()
	if p := h.Settings.Preferences(); p.FindingsWidth != float64(usual+60) || p.StudiesWidth != leastStudies {
		t.Errorf("kept are %v and %v", p.FindingsWidth, p.StudiesWidth)
	}
	w.findings.divider.DoubleTapped(nil)
	h.Run()
	if got := w.findings.object.Size().Width; got != usual {
		t.Errorf("after a double click the findings are %v wide, want %v", got, usual)
	}
}

// TestFindingsAtTheLeft: the divider is at the other edge, and dragging to the right makes
// the panel wider.
func TestFindingsAtTheLeft(t *testing.T) {
	h := looking(t)
	h.prefer(func(p *settings.Preferences) { p.FindingsLeft = true })
	h.frame()
	w := h.window.workspace
	before := w.findings.object.Size().Width
	w.findings.divider.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(40, 0)})
	if got := w.findings.object.Size().Width; got != before+40 || w.findings.object.Position().X != 0 {
		t.Errorf("from %v to %v at %v", before, got, w.findings.object.Position())
	}
}

// TestImageOnly: Tab leaves the picture alone, and a second time, or the key of a panel,
// brings back what was there.
func TestImageOnly(t *testing.T) {
	h := looking(t)
	w := h.window.workspace
	width := w.box.Size().Width
	h.key(fyne.KeyTab, 0)
	if got := w.picture.Size().Width; got != width || h.window.bar.Visible() || !h.window.status.Visible() {
		t.Errorf("film only: the picture has %v of %v, toolbar shown %v", got, width, h.window.bar.Visible())
	}
	h.key(fyne.KeyTab, 0)
	if !w.studies.shown || !w.findings.shown || !h.window.bar.Visible() {
		t.Error("Tab does not bring everything back")
	}
	h.key(fyne.KeyTab, 0)
	h.window.run(idFindings)()
	h.Run()
	if !w.studies.shown || !w.findings.shown || h.Settings.Preferences().HideFindings {
		t.Error("the key of the findings does not bring the panels back")
	}
	h.window.run(idFindings)()
	h.Run()
	if w.findings.shown || !h.Settings.Preferences().HideFindings {
		t.Error("a second time it does not hide the findings")
	}
	h.Held = fyne.KeyModifierShift
	if h.window.viewer.AcceptsTab() {
		t.Error("Shift+Tab does not leave the film")
	}
}

// TestPanelsGiveWay to the picture in a narrow window, and come back on demand.
func TestPanelsGiveWay(t *testing.T) {
	h := looking(t)
	w := h.window.workspace
	h.resize(fyne.NewSize(640, 480))
	if w.studies.shown || !w.findings.shown {
		t.Errorf("at 640: studies %v, findings %v", w.studies.shown, w.findings.shown)
	}
	h.resize(fyne.NewSize(480, 360))
	if w.studies.shown || w.findings.shown {
		t.Errorf("at 480: studies %v, findings %v", w.studies.shown, w.findings.shown)
	}
	h.Wait("one menu", func(app.State) bool { return h.window.menus.Compact() })
	h.window.run(idStudies)()
	h.Run()
	if !w.studies.shown || w.findings.shown {
		t.Errorf("asked for the studies: studies %v, findings %v", w.studies.shown, w.findings.shown)
	}
	h.resize(fyne.NewSize(1280, 720))
	h.Wait("all menus", func(app.State) bool { return !h.window.menus.Compact() })
	if !w.studies.shown || !w.findings.shown {
		t.Error("in a wide window not everything is back")
	}
}

// TestToolbarLeadsToTheRest: what there is no room for is offered by its last button.
func TestToolbarLeadsToTheRest(t *testing.T) {
	h := looking(t)
	h.resize(fyne.NewSize(480, 360))
	tb := h.window.toolbar
	if tb.Compare.Visible() || !tb.More.Visible() {
		t.Fatalf("compare %v, more %v", tb.Compare.Visible(), tb.More.Visible())
	}
	tb.More.OnTapped()
	pop := h.window.win.Canvas().Overlays().Top()
	if pop == nil {
		t.Fatal("nothing opens")
	}
	words := uitest.Texts(pop)
	for _, want := range []string{"Compare with the prior", "Export\u2026", "Length"} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not offered: %q", want, words)
		}
	}
	pop.Hide()
	h.resize(fyne.NewSize(1900, 1000))
	if tb.More.Visible() || !tb.Compare.Visible() {
		t.Error("in a wide window not everything stands in the row")
	}
}

// TestTipsSayTheKey of what the mouse rests on.
func TestTipsSayTheKey(t *testing.T) {
	h := looking(t)
	tip := h.window.tip
	tip.delay = 0
	h.window.toolbar.Invert.MouseIn(nil)
	h.Wait("the words", func(app.State) bool { return tip.box.Visible() })
	if tip.text.Text != "Invert  (I)" {
		t.Errorf("%q", tip.text.Text)
	}
	h.window.toolbar.Invert.MouseOut()
	if tip.box.Visible() {
		t.Error("the words stay")
	}
}

// TestMessagesStandBelow the film, away from whose it is; what was done needs no care.
func TestMessagesStandBelow(t *testing.T) {
	h := looking(t)
	h.Conclude(message.Of("The picture is on the clipboard."), nil)
	h.Run()
	h.frame()
	bar := h.window.message
	if low := bar.Position().Y + bar.Size().Height; !bar.Visible() || low != h.window.over.Size().Height ||
		!h.State().Done {
		t.Errorf("visible %v, ends at %v of %v, done %v", bar.Visible(), low, h.window.over.Size().Height,
			h.State().Done)
	}
	h.Conclude(message.Message{}, errors.New("the disk is full"))
	h.Run()
	if st := h.State(); st.Done || st.Message.String() != "The disk is full." {
		t.Errorf("%q, done %v", st.Message, st.Done)
	}
}

// TestPortraitHasTheFindingsBelow: in a window that is higher than wide the picture has the
// width that the studies leave, the findings stand below it, each panel can be taken away, and
// nothing overlaps; back in landscape they stand beside it again.
func TestPortraitHasTheFindingsBelow(t *testing.T) {
	h := looking(t)
	part := func(o fyne.CanvasObject) [4]float32 {
		p, s := o.Position(), o.Size()
		return [4]float32{p.X, p.Y, p.X + s.Width, p.Y + s.Height}
	}
	for _, left := range []bool{false, true} {
		h.prefer(func(p *settings.Preferences) { p.FindingsLeft = left })
		h.frame()
		w := h.window.workspace
		w.Layout(nil, fyne.NewSize(1080, 1800))
		picture, findings, studies := part(w.picture), part(w.findings.object), part(w.studies.object)
		if !w.studies.shown || !w.findings.shown || findings[1] != picture[3] || findings[3] != 1800 ||
			findings[0] != picture[0] || findings[2] != picture[2] || picture[3] < 900 {
			t.Errorf("left %v: picture %v, findings %v", left, picture, findings)
		}
		if studies[3] != 1800 || picture[2]-picture[0]+studies[2]-studies[0] != 1080 ||
			studies[0] != picture[2] && studies[2] != picture[0] {
			t.Errorf("left %v: picture %v, studies %v", left, picture, studies)
		}
		w.findings.hidden = true
		w.Layout(nil, fyne.NewSize(1080, 1800))
		if got := part(w.picture); got[3] != 1800 || w.findings.shown {
			t.Errorf("left %v: without the findings the picture is %v", left, got)
		}
		w.findings.hidden = false
		w.Layout(nil, fyne.NewSize(400, 800)) // no room for the studies
		if got := part(w.picture); w.studies.shown || got[0] != 0 || got[2] != 400 {
			t.Errorf("left %v: in a narrow window the picture is %v, the studies shown %v", left, got, w.studies.shown)
		}
		w.Layout(nil, fyne.NewSize(1600, 900))
		if got := part(w.picture); got[3] != 900 || !w.findings.divider.Visible() {
			t.Errorf("left %v: in landscape again: %v", left, got)
		}
	}
}

// TestFindingsBelowAreMadeHigher by the divider over them, keep that, and are of the usual
// height after a double click; a window that has become lower leaves the picture its share.
func TestFindingsBelowAreMadeHigher(t *testing.T) {
	h := looking(t)
	w := h.window.workspace
	high := fyne.NewSize(1080, 1800)
	w.box.Resize(high)
	usual := w.findings.object.Size().Height
	d := w.over
	if !d.Visible() || w.findings.divider.Visible() || d.Cursor() != desktop.VResizeCursor {
		t.Fatalf("the divider over the findings is visible %v, its cursor %v", d.Visible(), d.Cursor())
	}
	d.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(-300, -100)})
	if got := w.findings.object.Size(); got.Height != usual+100 {
		t.Errorf("dragged up by 100 the findings went from %v to %v", usual, got)
	}
	d.DragEnd()
	h.Run()
	w.box.Resize(high)
	if p := h.Settings.Preferences(); p.FindingsHeight != float64(usual+100) || p.FindingsWidth != 0 {
		t.Errorf("kept are a height of %v and a width of %v", p.FindingsHeight, p.FindingsWidth)
	}
	w.box.Resize(fyne.NewSize(600, 900))
	if got := w.picture.Size().Height; got < 900*(1-mostOfWindow)-1 {
		t.Errorf("the picture has %v of 900 left", got)
	}
	w.box.Resize(high)
	d.DoubleTapped(nil)
	h.Run()
	w.box.Resize(high)
	if got := w.findings.object.Size().Height; got != usual {
		t.Errorf("after a double click the findings are %v high, want %v", got, usual)
	}
	w.box.Resize(fyne.NewSize(1600, 900))
	if d.Visible() || !w.findings.divider.Visible() || w.findings.divider.Cursor() != desktop.HResizeCursor {
		t.Error("beside the picture the divider still moves up and down")
	}
}
