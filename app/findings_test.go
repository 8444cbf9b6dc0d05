package app

import (
	"image"
	"testing"

	"hilum/app/apptest"
	"hilum/app/render"
	"hilum/inference"
	"hilum/internal/message"
)

func TestContactSheetShowsEveryClass(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	st := wait(t, s, "findings", scored)
	sheet, err := contactsOf(st).Sheet(2, 100)
	if err != nil {
		t.Fatal(err)
	}
	if b := sheet.Bounds(); b.Dx() != 200 || b.Dy() < 2*75 { // 64x48 films of 100x75
		t.Errorf("sheet of %v", b)
	}
	seen := map[string]bool{}
	for i := range len(st.Rows) {
		tile := sheet.SubImage(image.Rect(i%2*100, i/2*95, i%2*100+100, i/2*95+70)).(*image.RGBA)
		key := ""
		for y := tile.Rect.Min.Y; y < tile.Rect.Max.Y; y += 7 {
			for x := tile.Rect.Min.X; x < tile.Rect.Max.X; x += 7 {
				c := tile.RGBAAt(x, y)
				key += string(rune(c.R)) + string(rune(c.B))
			}
		}
		seen[key] = true
	}
	if len(seen) != len(st.Rows) {
		t.Errorf("%d different maps for %d classes", len(seen), len(st.Rows))
	}
	insisted := contactsOf(st)
	insisted.Withheld = inference.Withholding([]message.Message{message.Of("This is a lateral film.")}, true)
	said, err := insisted.Sheet(2, 100)
	if err != nil {
		t.Fatal(err)
	}
	if n := said.Bounds().Dy() - sheet.Bounds().Dy(); n <= 0 {
		t.Errorf("the reason takes %d pixels of height", n)
	}
	if _, err := contactsOf(State{}).Sheet(2, 100); err == nil {
		t.Error("a sheet of nothing")
	}
}

func contactsOf(st State) render.Contacts {
	return render.Contacts{Picture: st.Picture, View: st.View, Result: st.Result, Map: st.Map, Rows: st.Rows}
}
