package app

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hilum/app/apptest"
	"hilum/app/render"
	"hilum/internal/atomicfile"
)

// manyFiles writes a few films of side x side pixels under so many names and gives their
// folder. Links to one file are films of their own in a list.
func manyFiles(t *testing.T, n, side int) string {
	t.Helper()
	const drawn = 10
	dir := t.TempDir()
	out := &atomicfile.Outputs{Existing: atomicfile.Number}
	name := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%08d_000.png", i)) }
	for i := range n {
		if i >= drawn {
			if err := os.Link(name(i%drawn), name(i)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		img := image.NewGray16(image.Rect(0, 0, side, side))
		for p := range img.Pix {
			img.Pix[p] = uint8(p*(i+3) + p/side)
		}
		if _, err := render.WritePNG(out, name(i), img); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestMemoryIsFlatOverAThousandFilms steps through a folder of 1,000 films, each opened and
// scored. From the 200th to the last the heap grows by what the list keeps of a film, its
// scores, and by no picture, which would be more than half a megabyte each.
func TestMemoryIsFlatOverAThousandFilms(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand films take a while")
	}
	const films, early, perFilm = 1000, 200, 16 << 10
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = nil })
	s.Studies.Open(manyFiles(t, films, 256))
	wait(t, s, "the list", func(st State) bool { return len(st.Studies) == films })
	heap := func() float64 {
		runtime.GC()
		runtime.GC() // what finalizers let go of
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	at := map[int]float64{}
	for i := range films {
		s.Select(i)
		wait(t, s, "the findings", func(st State) bool { return st.Current == i && scored(st) })
		if i+1 == early || i+1 == films {
			at[i+1] = heap()
		}
	}
	t.Logf("%.1f MB after %d films, %.1f MB after %d", at[early]/1e6, early, at[films]/1e6, films)
	if grown := (at[films] - at[early]) / (films - early); grown > perFilm {
		t.Errorf("each film leaves %.0f bytes on the heap", grown)
	}
}
