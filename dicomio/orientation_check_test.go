package dicomio

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/internal/message"
)

// drawn is the picture that testdata/peers/orientation_check.py calls by that name.
func drawn(kind string, w, h int) *Image {
	im := &Image{Format: PNG, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 12, Modality: Modality{Slope: 1}}
	for y := range h {
		for x := range w {
			v := (x*2/w*7 + y*3/h*2) % 9
			switch kind {
			case "ramp":
				v = (3*x + 5*y) % 4096
			case "waves":
				v = (x*x/7 + y*y/11 + x*y/5) % 1000
			}
			im.Stored = append(im.Stored, int32(v))
		}
	}
	return im
}

// TestOrientationCheckEqualsItsPeer: ranks, ties, cells and turns against numpy and scipy.
// The grey table has 256 levels and the peer has none, so ranks of nearly equal
// cells may change places.
func TestOrientationCheckEqualsItsPeer(t *testing.T) {
	data, err := os.ReadFile("testdata/orientation.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Kind          string
		Width, Height int
		Scores        [4]float64
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list) == 0 {
		t.Fatal("no reference ", err)
	}
	for _, want := range list {
		got := checkOrientation(drawn(want.Kind, want.Width, want.Height)).fit
		for k := range got {
			if math.Abs(got[k]-want.Scores[k]) > 0.01 {
				t.Errorf("%s %dx%d turned %d: %.4f, the peer has %.4f", want.Kind, want.Width, want.Height, k, got[k],
					want.Scores[k])
			}
		}
	}
}

// chestPicture draws the template of a frontal chest, turned clockwise so many
// times.
func chestPicture(turns int, inverted bool) *Image {
	im := &Image{Format: PNG, Width: 240, Height: 180, Samples: 1, BitsStored: 8, Modality: Modality{Slope: 1}}
	table := orientationTable
	for range turns {
		table = clockwise(table)
	}
	for y := range im.Height {
		for x := range im.Width {
			v := int32(100 + table[y*orientationCells/im.Height][x*orientationCells/im.Width]/30 +
				float64((x*7+y*13)%40))
			if inverted {
				v = 255 - v
			}
			im.Stored = append(im.Stored, v)
		}
	}
	return im
}

func TestWrongOrientationsAreWarnedOf(t *testing.T) {
	for _, c := range []struct {
		turns    int
		inverted bool
		want     string
	}{
		{0, false, ""}, {1, false, "on its side"}, {2, false, "upside down"}, {3, false, "on its side"},
		{0, true, "inverted"}, {1, true, "does not look like"},
	} {
		got := strings.Join(message.Strings(imageCautions(chestPicture(c.turns, c.inverted)).all()), " ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%d turns, inverted %v: %q, want %q", c.turns, c.inverted, got, c.want)
		}
	}
	flat := chestPicture(0, true)
	for i := range flat.Stored {
		flat.Stored[i] = 9
	}
	if d := imageCautions(flat).all(); len(d) != 0 {
		t.Errorf("a flat picture is warned of: %v", d)
	}
	photo := chestPicture(0, true)
	photo.Stored = slices.Concat(photo.Stored, photo.Stored, photo.Stored)
	photo.Samples = 3
	if d := strings.Join(message.Strings(imageCautions(photo).all()), " "); strings.Contains(d, "inverted") ||
		!strings.Contains(d, "colour") {
		t.Errorf("a colour picture is warned of: %s", d)
	}
	leg := chestPicture(0, true)
	leg.Header.BodyPart = "LEG"
	if d := strings.Join(message.Strings(imageCautions(leg).all()), " "); strings.Contains(d, "inverted") ||
		!strings.Contains(d, "LEG") {
		t.Errorf("a leg is compared with a chest: %s", d)
	}
}

// turned is a picture turned clockwise and inverted, as an export gone wrong
// would have it.
func turned(im *Image, turns int, invert bool) *Image {
	out := *im
	out.stats = &stats{}
	for range turns {
		src := out
		out.Width, out.Height = src.Height, src.Width
		out.Stored = make([]int32, len(src.Stored))
		for y := range src.Height {
			for x := range src.Width {
				out.Stored[x*out.Width+src.Height-1-y] = src.Stored[y*src.Width+x]
			}
		}
	}
	out.Inverted = im.Inverted != invert
	return &out
}

// TestOrientationOfRealImages measures false alarms on real frontal films and how many
// of the same are caught when turned and inverted. Among the films are some that
// are inverted or lateral in truth; they count as false alarms here.
func TestOrientationOfRealImages(t *testing.T) {
	files, _ := filepath.Glob("../../shared/data/nih/images/*.png")
	if len(files) < 1000 {
		t.Skip("needs the NIH films")
	}
	if testing.Short() {
		files = files[:200]
	}
	alarms, caught := 0, map[string]int{}
	for _, f := range files {
		im, err := Decode(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		if !checkOrientation(im).warning().IsZero() {
			alarms++
		}
		for name, wrong := range map[string]*Image{"90": turned(im, 1, false), "180": turned(im, 2, false),
			"270": turned(im, 3, false), "inverted": turned(im, 0, true)} {
			if !checkOrientation(wrong).warning().IsZero() {
				caught[name]++
			}
		}
	}
	n := float64(len(files))
	t.Logf("%d films: false alarms %.2f%%; caught: inverted %.2f%%, turned by 90 %.2f%%, 180 %.2f%%, 270 %.2f%%",
		len(files), 100*float64(alarms)/n,
		100*float64(caught["inverted"])/n, 100*float64(caught["90"])/n, 100*float64(caught["180"])/n,
		100*float64(caught["270"])/n)
	if float64(alarms)/n > 0.02 {
		t.Errorf("%d of %d frontal films are warned of", alarms, len(files))
	}
	for name, c := range caught {
		if float64(c)/n < 0.99 {
			t.Errorf("%s: only %d of %d are warned of", name, c, len(files))
		}
	}
}

// TestOrientationOfOtherPictures: what is no chest is warned of by the picture alone, with
// its header taken away.
func TestOrientationOfOtherPictures(t *testing.T) {
	dir := "../../shared/data/dicom/"
	for name, warned := range map[string]bool{
		"leg_RG3_UNC.dcm": true, "leg_RG3_J2KR.dcm": true, "hip_RG2_JLSN.dcm": true,
		"chest_CR-MONO1-10_explicit.dcm": false, "chest_NIH_DX_gcp.dcm": false, "chest_RG1_J2KI.dcm": false,
	} {
		if _, err := os.Stat(dir + name); err != nil {
			t.Skip("needs the shared DICOM files")
		}
		im, err := Decode(context.Background(), dir+name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		im.Header = Header{}
		d := strings.Join(message.Strings(imageCautions(im).all()), " ")
		t.Logf("%s: %.2f %q", name, checkOrientation(im).fit, d)
		if (d != "") != warned {
			t.Errorf("%s: %q", name, d)
		}
	}
}
