package kit

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// TestOverflow leaves out by rank, shows what leads to the rest, and no line that parts
// nothing.
func TestOverflow(t *testing.T) {
	test.NewTempApp(t)
	box := func(width float32) fyne.CanvasObject {
		r := canvas.NewRectangle(nil)
		r.SetMinSize(fyne.NewSize(width, 10))
		return r
	}
	a, line, b, end, more := box(100), widget.NewSeparator(), box(100), box(50), box(20)
	l := &Overflow{
		Items: []RowItem{{Object: a, Rank: 1}, {Object: line, Rank: 2}, {Object: b, Rank: 3},
			{Object: end, Rank: 2, Right: true}},
		More: more,
	}
	row := l.Content()
	for _, c := range []struct {
		width                 float32
		a, line, b, end, more bool
	}{
		{400, true, true, true, true, false}, {220, true, false, false, true, true},
		{140, true, false, false, false, true},
		{30, false, false, false, false, true},
	} {
		row.Resize(fyne.NewSize(c.width, 20))
		if a.Visible() != c.a || line.Visible() != c.line || b.Visible() != c.b || end.Visible() != c.end ||
			more.Visible() != c.more {
			t.Errorf("%v wide: %v %v %v %v %v, want %+v", c.width, a.Visible(), line.Visible(), b.Visible(),
				end.Visible(),
				more.Visible(), c)
		}
	}
	row.Resize(fyne.NewSize(400, 20))
	if got := end.Position().X + end.Size().Width; got != 400 {
		t.Errorf("the last one ends at %v of 400", got)
	}
}
