package prep

import (
	"encoding/json"
	"math"
	"os"
	"runtime"
	"testing"
)

// Oracle: skimage.transform.resize as TorchXRayVision's XRayResizer calls it
// (testdata/peers/xrv_resize.py). Tolerance: its float32 on a scale of 2048.
func TestCentreCropEqualsTorchXRayVision(t *testing.T) {
	text, err := os.ReadFile("testdata/xrv_resize.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Height, Width, Size int
		Want                []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) < 8 {
		t.Fatal(err, len(cases))
	}
	for _, c := range cases {
		p := Prep{Width: c.Size, Height: c.Size, Channels: 1, Resize: CentreCrop, Range: RangeAuto, Lo: -1024,
			Hi: 1024, Mean: []float64{0}, Std: []float64{1}}
		im := greyImage(c.Width, c.Height,
			func(x, y int) int32 { return int32((x*7 + y*13 + x*y%97*2 + x/5%2*60) % 256) })
		got := tensorOf(t, p, im)
		for i, want := range c.Want {
			if math.Abs(float64(got[i])-want) > 2e-3 {
				t.Fatalf("%d x %d to %d: pixel %d is %v, want %v", c.Width, c.Height, c.Size, i, got[i], want)
			}
		}
	}
}

// A large film is never there twice: what preprocessing allocates is far less.
func TestLargeImagesAreResampledLineByLine(t *testing.T) {
	im := greyImage(1, 1, func(int, int) int32 { return 4095 })
	im.Width, im.Height, im.BitsStored, im.Stored = 3000, 3000, 12, make([]int32, 3000*3000)
	for _, rule := range []ResizeRule{Stretch, CentreCrop} {
		p := Prep{Width: 224, Height: 224, Channels: 1, Resize: rule, Range: RangeAuto, Lo: -1, Hi: 1,
			Mean: []float64{0}, Std: []float64{1}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tensorOf(t, p, im)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 12<<20 {
			t.Errorf("%s: %d bytes for a film of %d", rule, n, 4*len(im.Stored))
		}
	}
}
