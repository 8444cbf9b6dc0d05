package menu

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/ui/uitest"
)

func TestPaletteMarksTheLetters(t *testing.T) {
	var bold string
	for _, s := range titleSegments("Open model…", []int{0, 5}, true) {
		if seg := s.(*widget.TextSegment); seg.Style.TextStyle.Bold {
			bold += seg.Text + "|"
		}
	}
	if bold != "O|m|" {
		t.Errorf("bold: %s", bold)
	}
}

// TestPaletteHoldsEveryCommand but itself.
func TestPaletteHoldsEveryCommand(t *testing.T) {
	s := uitest.NewSession(t, app.Config{})
	s.Register(command.Command{ID: PaletteCommand, Title: "Commands", Menu: "Help", Do: func() {}})
	p := newPalette(uitest.Environment(t), s.Commands())
	for _, c := range s.Commands() {
		found := slices.ContainsFunc(p.commands, func(o command.Command) bool { return o.ID == c.ID })
		if found == (c.ID == PaletteCommand) {
			t.Errorf("%s: in the palette %v", c.ID, found)
		}
	}
}
