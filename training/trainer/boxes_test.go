package trainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/recipe"
)

// boxedImages writes n films in the NIH layout: dark, with a bright square where a
// film has a mass, which the list of boxes knows.
func boxedImages(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "images"), 0o750); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(6, 6))
	table := "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
	boxes, train, test := "Image Index,Finding Label,Bbox [x,y,w,h],,,\n", "", ""
	for i := range n {
		im, label := image.NewGray(image.Rect(0, 0, 64, 64)), "No Finding"
		for k := range im.Pix {
			im.Pix[k] = uint8(rng.IntN(30))
		}
		name := fmt.Sprintf("%04d.png", i)
		if i%2 == 0 {
			x, y := 14+rng.IntN(24), 14+rng.IntN(24)
			for k := range 144 {
				im.SetGray(x+k%12, y+k/12, color.Gray{Y: 255})
			}
			label = "Mass"
			boxes += fmt.Sprintf("%s,Mass,%d,%d,192,192,,,\n", name, 16*x, 16*y)
		}
		table += fmt.Sprintf("%s,%s,0,%d,50,F,PA\n", name, label, i)
		if i%5 == 0 {
			test += name + "\n"
		} else {
			train += name + "\n"
		}
		var b bytes.Buffer
		if err := png.Encode(&b, im); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "images", name), b.String())
	}
	write(t, filepath.Join(dir, "Data_Entry_2017.csv"), table)
	write(t, filepath.Join(dir, "BBox_List_2017.csv"), boxes)
	write(t, filepath.Join(dir, "train_val_list.txt"), train)
	write(t, filepath.Join(dir, "test_list.txt"), test)
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// boxedRun asks that maps lie in boxes, with strong augmentation.
func boxedRun(t testing.TB, dir string) Config {
	c := tinyRun(t, dir)
	r := &c.Recipe
	r.Size, r.Epochs, r.Batch, r.Accumulate, r.Loss.Boxes = 64, 3, 8, 2, .5
	r.Augment.Rotate, r.Augment.Shift, r.Augment.Scale, r.Augment.Flip = 25, .1, .2, .5
	return c
}

// The marked cells are those in which the augmented film, as the step is fed it,
// has the square: no dark cell is marked and no bright one is not.
func TestBoxesMoveWithTheImage(t *testing.T) {
	ctx := context.Background()
	tr, err := Train{Config: boxedRun(t, boxedImages(t, 60)), Engine: openEngine(t)}.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tr.close(); err != nil {
			t.Error(err)
		}
	}()
	order := tr.batches.order(1)
	b := <-tr.batches.free[8]
	if err := tr.batches.fill(ctx, b, tr.batches.batch(order, 0), batchAt{1, tr.batches.known(order, 0), tr.batches.drawn(order, 0)}); err != nil {
		t.Fatal(err)
	}
	w, h := tr.learner.MapSize()
	classes, mass := len(tr.classes), 4
	var share float32
	checked := 0
	for row := range b.N {
		for k := range classes {
			s := b.Share[row*classes+k]
			if share += s; (s > 0) != (k == mass && b.Y[row*classes+k] == 1) {
				t.Errorf("film %d, class %d: share %v for the label %v", row, k, s, b.Y[row*classes+k])
			}
		}
		x, inside := b.X[row*3*64*64:], b.Inside[(row*classes+mass)*w*h:]
		if b.Y[row*classes+mass] == 0 {
			continue
		}
		for c := range w * h {
			bright := 0 // pixels of the cell, in ImageNet's units
			for p := range 64 / w * 64 / h {
				if x[(c/w*(64/h)+p/(64/w))*64+c%w*(64/w)+p%(64/w)] > 0 {
					bright++
				}
			}
			all := 64 / w * 64 / h
			if bright == 0 && inside[c] != 0 || bright > all/4 && inside[c] != 1 {
				t.Errorf("film %d, cell %d: marked %v with %d of %d pixels bright", row, c, inside[c], bright, all)
			}
			checked++
		}
	}
	// The step has two batches: its findings share the recipe's weight.
	if n := tr.batches.drawn(order, 0); checked < 2*w*h || share > .5 || share <= 0 || n < 2 {
		t.Errorf("%d cells looked at, %d findings of weight %v in all", checked, n, share)
	}
	tr.batches.free[8] <- b
}

// Boxes bring the evidence into them, and a run that is resumed still reads them.
func TestBoxesTeachWhereToLook(t *testing.T) {
	e, dir := openEngine(t), boxedImages(t, 90)
	hits := func(boxes float64) float64 {
		c := boxedRun(t, dir)
		c.Recipe.Loss.Boxes, c.Recipe.Epochs, c.Recipe.Accumulate = boxes, 5, 1
		r := mustTrain(t, Train{Config: c, Engine: e})
		src, err := inference.ReadSource(r.Model, "")
		if err != nil {
			t.Fatal(err)
		}
		m, err := inference.OpenModel(e, src)
		if err != nil {
			t.Fatal(err)
		}
		l, err := evaluate.Localise{Config: evaluate.LocaliseConfig{Data: dir, Split: dataset.Test},
			Model: m}.Run(context.Background())
		if err := errors.Join(err, m.Close()); err != nil {
			t.Fatal(err)
		}
		return float64(l.Pooled.IoBB)
	}
	with, without := hits(2), hits(0)
	t.Logf("share of the marked area that is in boxes: %.3f with boxes, %.3f without", with, without)
	if !(with > without+.05) {
		t.Errorf("share of the marked area in boxes: %.3f with them and %.3f without", with, without)
	}
}

func TestBoxesAreRefusedWhereTheyCannotCount(t *testing.T) {
	e := openEngine(t)
	for name, c := range map[string]struct {
		change func(c *Config)
		says   string
	}{
		"no boxes": {func(c *Config) { c.Data = drawImages(t, 40) }, "no film to train on has one"},
		"embeddings": {func(c *Config) { c.Recipe.Cut, c.Recipe.Views = recipe.CutEmbedding, 1 },
			"choose an earlier cut"},
		"cropped": {func(c *Config) { c.Recipe.Resize = "centre-crop" }, "set resize to stretch"},
	} {
		config := boxedRun(t, boxedImages(t, 20))
		c.change(&config)
		if _, err := (Train{Config: config, Engine: e}).Run(context.Background()); err == nil ||
			!strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
