package lab

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/labtest"
	"hilum/app/lab/lesson"
	"hilum/app/models"
	"hilum/inference"
)

func demoBench(t testing.TB, e inference.Engine) *Bench {
	t.Helper()
	src, err := models.Choice{}.Source()
	if err != nil {
		t.Fatal(err)
	}
	b := NewBench(Config{Engine: e, Source: src, Controls: 4})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	wait(t, b, "the demo model", func(st State) bool { return st.Model != "" })
	return b
}

// massPhantom is a film with one mass and a text tag.
var massPhantom = lesson.ImageRef{Phantom: &lesson.PhantomRef{Seed: 11, Size: 256,
	Findings: []lesson.LesionRef{{Finding: "Mass", Severity: 0.8}}, Confounders: []string{"text"}}}

// TestStripsOfTheDemoModel: every cell has a map of the chosen class on the
// film, hits are judged for each label, and the film's boxes turn with it.
func TestStripsOfTheDemoModel(t *testing.T) {
	b := demoBench(t, labtest.Runtime(t))
	im, boxes, err := massPhantom.Open(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	b.Load(im, "mass", massPhantom, boxes)
	b.SetClass("Mass")
	b.Maps.SetMethods([]string{"gradcam", "gradient", "occlusion"})
	quiet(t, b)
	st := b.State()
	checkCells(t, st, 3)
	b.Maps.SetForgetting("gradcam")
	b.Edits.Add(edit.Edit{Kind: edit.Flip})
	quiet(t, b)
	st = b.State()
	checkCells(t, st, effect.MaxCells)
	if c := st.Strip.Cells[0]; c.Title.String() != "Trained" || c.Compared {
		t.Errorf("the first cell is %+v", c)
	}
	if c := st.Strip.Cells[5]; !c.Compared || c.SSIM >= 1 {
		t.Errorf("a model that has forgotten five layers keeps its map: SSIM %v", c.SSIM)
	}
}

func checkCells(t *testing.T, st State, n int) {
	t.Helper()
	if len(st.Strip.Cells) != n || !st.Message.IsZero() {
		t.Fatalf("%d cells, want %d; %q", len(st.Strip.Cells), n, st.Message)
	}
	for _, c := range st.Strip.Cells {
		if !c.Error.IsZero() || c.Heat == nil || c.Heat.Class != "Mass" {
			t.Fatalf("%s: %+v", c.Title, c)
		}
		if len(c.Hits) != 2 || c.Hits[0].Label != "Mass" || c.Hits[1].Label != "text" {
			t.Errorf("%s: hits %+v", c.Title, c.Hits)
		}
	}
}

// TestImageRefs opens a film of each origin and refuses what does not exist.
func TestImageRefs(t *testing.T) {
	ctx := context.Background()
	im, boxes, err := massPhantom.Open(ctx, "")
	if err != nil || im.Width != 256 || len(boxes) < 2 {
		t.Fatal(im, boxes, err)
	}
	if im, _, err = (lesson.ImageRef{Demo: "3-mass.dcm"}).Open(ctx, ""); err != nil || im.Width == 0 {
		t.Fatal(err)
	}
	for _, r := range []lesson.ImageRef{{Demo: "9"}, {Path: "nowhere.png"}, {Phantom: &lesson.PhantomRef{Size: 3}}} {
		if _, _, err := r.Open(ctx, t.TempDir()); err == nil {
			t.Errorf("%+v opens", r)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := edit.Standard().Apply(canceled, im, []edit.Edit{{Kind: edit.Exposure, Gamma: 1, Scale: 1}},
		nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled edit ends with %v", err)
	}
	if r := (lesson.ImageRef{Path: "a/b.dcm"}); r.Name() != "b.dcm" || !strings.Contains(massPhantom.Name(), "11") {
		t.Error(r.Name(), massPhantom.Name())
	}
}
