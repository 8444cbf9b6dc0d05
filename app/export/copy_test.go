package export

import (
	"image"
	"testing"

	"hilum/app/annotation"
	"hilum/app/apptest"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/inference"
)

// alone is a program with one picture on the screen.
type alone struct{ s Subject }

func (a alone) Subject() Subject                       { return a.s }
func (alone) Model() *inference.Model                  { return nil }
func (alone) List() *worklist.List                     { return nil }
func (alone) Blinded() bool                            { return false }
func (alone) LogExport(*dicomio.Image, []string, bool) {}

// TestACopyCarriesWhatWasMeasured, and whose it is only where that is asked for: its picture
// then has one line more below it and is the same otherwise.
func TestACopyCarriesWhatWasMeasured(t *testing.T) {
	im, result := apptest.ScoredImage()
	im.Header.PatientName, im.Header.PatientID = "DOE^JOHN", "17"
	s := Subject{Image: im, Result: result, Window: im.DefaultWindow()}
	drawn := func(marks []annotation.Mark, identified bool) image.Image {
		s.Marks = marks
		img, err := New(alone{s}, nil, nil, nil).drawn(identified)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	length := []annotation.Mark{{ID: "1", Kind: annotation.Length,
		Points: []annotation.Point{{X: 40, Y: 100}, {X: 200, Y: 100}}}}
	yellow := func(img image.Image) (n int) {
		for x := 45; x < 195; x++ {
			if r, _, b, _ := img.At(x, 99).RGBA(); r > b+0x2000 {
				n++
			}
		}
		return n
	}
	if n := yellow(drawn(nil, false)); n != 0 {
		t.Fatalf("%d yellow pixels without a mark", n)
	}
	bare := drawn(length, false)
	if n := yellow(bare); n < 100 {
		t.Errorf("only %d pixels of the length are in the copy", n)
	}
	named := drawn(length, true)
	if more := named.Bounds().Dy() - bare.Bounds().Dy(); more < 8 || more > 60 {
		t.Errorf("whose film it is takes %d pixels below the picture", more)
	}
	if n := yellow(named); n < 100 {
		t.Errorf("with identity only %d pixels of the length are in the copy", n)
	}
	if _, err := New(alone{}, nil, nil, nil).drawn(false); err == nil {
		t.Error("nothing was copied without an error")
	}
}
