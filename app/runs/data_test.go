package runs

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/internal/parallel"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/runlock"
)

// What a person sees of a data set counts films that can be read, names the others,
// and says what each column of the table is used as.
func TestSummaryCountsImagesThatCanBeRead(t *testing.T) {
	dir := t.TempDir()
	var img bytes.Buffer
	if err := png.Encode(&img, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	text := "Bild;Patient;Erguss;Haus\n"
	for i := range 12 {
		data := img.Bytes()
		if i < 3 {
			data = []byte("\x89PNG\r\n\x1a\nand nothing")
		}
		name := fmt.Sprintf("f%02d.png", i)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%s;P%d;%s;Nord\n", name, i, []string{"ja", "nein"}[min(i/6, 1)])
	}
	table := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := openSplit(t.Context(), Settings{Data: table, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := summarise(t.Context(), d, Settings{Data: table, Seed: 1}, func(training.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Classes[0]
	if len(s.Bad) != 3 || c.Name != "Effusion" || c.Positive != 3 || c.Negative != 6 || s.Images[dataset.Train]+
		s.Images[dataset.Validate]+s.Images[dataset.Test] != 9 {
		t.Errorf("unreadable %v, %+v, films %v", s.Bad, c, s.Images)
	}
	if s.Table == nil || len(s.Table.Columns) != 4 || s.Table.Columns[2].As != "Effusion" ||
		s.Table.Columns[3].As != "site" || len(s.Table.Dropped) != 0 {
		t.Errorf("%+v, %q", s.Table, s.Notes)
	}
}

// A run on which another program works, as cxr train does, is neither changed nor
// deleted nor trained beside it.
func TestARunInUseIsLeftAlone(t *testing.T) {
	d := openDesk(t, t.TempDir(), Worker{OpenEngine: nil}.Do)
	r, err := d.Create(tiny(t, images(t)))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := runlock.Take(r.Dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(r.Dir); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("deleting it: %v", err)
	}
	lock.Release()
	if err := d.Delete(r.Dir); err != nil {
		t.Errorf("when it is free: %v", err)
	}
}

func TestPanicsWhileImagesAreOpenedAreErrors(t *testing.T) {
	o, d := &DataSummary{}, &dataset.Dataset{Images: make([]dataset.Image, 20)}
	var p *parallel.Panic
	err := o.open(t.Context(), d, 1, func(training.Progress) { panic("on purpose") })
	if !errors.As(err, &p) || p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
}
