package viewer

import (
	"strings"
	"testing"

	"hilum/app"
	"hilum/app/viewport"
	"hilum/ui/uitest"
)

// TestPanes: the layouts show as many pictures as they say, and the prior has a
// date over it.
func TestPanes(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "ap.dcm")
	h.Comparison.PinPrior()
	h.Select(1)
	h.Settle()
	h.Comparison.SetLayout(viewport.SwipePictures)
	h.Wait("the prior", func(st app.State) bool { return st.Compare.Priors[0].Result != nil })
	swiped := h.panes.viewers[1]
	h.Maps.ToggleMap("Mass")
	for _, at := range []float64{0.5, 0.5, 0.3} {
		h.Comparison.SetSwipe(at)
		h.Run()
		h.panes.Layout(nil, h.panes.box.Size()) // again, as a resize does
		h.frame()
		if swiped.w != h.viewer.w || swiped.image.part.Empty() || swiped.image.part.Min.X < swiped.shift || swiped.shift == 0 {
			t.Errorf("swiped at %v: viewport %d of %d, part %v from %d on", at, swiped.w, h.viewer.w, swiped.image.part,
				swiped.shift)
		}
		l, free := h.viewer.over.legend, h.panes.box.Size().Width*float32(at)
		if end := l.scale.Position().X + legendWidth; !l.box.Visible() || end > free {
			t.Errorf("swiped at %v: the legend ends at %v of %v in sight, visible %v", at, end, free, l.box.Visible())
		}
	}
	h.Comparison.SetSwipe(0.1)
	h.Run()
	if h.viewer.over.legend.box.Visible() {
		t.Error("half a legend is in sight")
	}
	h.Maps.ToggleMap("Mass")
	for layout, n := range map[viewport.Layout]int{
		viewport.TwoPictures: 2, viewport.SwipePictures: 2, viewport.FourPictures: 4, viewport.BesideItself: 2,
	} {
		h.Comparison.SetLayout(viewport.OnePicture)
		h.Comparison.SetLayout(layout)
		h.Wait("the prior", func(st app.State) bool {
			return len(st.Compare.Priors) == 0 || st.Compare.Priors[0].Result != nil
		})
		h.frame()
		shown := 0
		for _, v := range h.panes.viewers {
			if v.Visible() {
				shown++
			}
		}
		second := h.panes.viewers[1]
		if shown != n || second.scene.picture == nil || second.scene.caption == "" || second.image.image.Hidden {
			t.Errorf("layout %d: %d shown, the second %+v", layout, shown, second.scene.caption)
		}
	}
}

// TestTheLegendIsDrawnOnce: whatever is compared, and with several classes.
func TestTheLegendIsDrawnOnce(t *testing.T) {
	h := scoring(t)
	h.open("first.dcm", "ap.dcm")
	h.Comparison.PinPrior()
	h.Select(1)
	h.Settle()
	h.Maps.ToggleMap("Mass")
	h.Wait("the map", func(st app.State) bool { return st.Map.Shown() && st.Result.Maps != nil })
	for _, layout := range []viewport.Layout{
		viewport.OnePicture, viewport.TwoPictures, viewport.SwipePictures, viewport.FourPictures, viewport.BesideItself,
	} {
		h.Comparison.SetLayout(layout)
		h.Wait("the prior", func(st app.State) bool {
			return len(st.Compare.Priors) == 0 || st.Compare.Priors[0].Result != nil
		})
		h.frame()
		mapped := 0
		for _, v := range h.panes.viewers {
			if v.Visible() && v.image.mapDrawn() {
				mapped++
			}
		}
		scales := 0
		for _, words := range uitest.Texts(h.panes.box) {
			if strings.HasPrefix(words, "Mass map, ") {
				scales++
			}
		}
		if mapped == 0 || scales != 2 { // the words and their shadow
			t.Errorf("layout %d: %d texts of legends over %d maps", layout, scales, mapped)
		}
	}
}
