package dicomio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dicomtest"
)

// mutate damages a file in one of the ways that transfers, bad writers and
// attackers do.
func mutate(r *rand.Rand, data []byte) []byte {
	out := bytes.Clone(data)
	at := func() int { return r.IntN(len(out)) }
	switch r.IntN(8) {
	case 0: // some bytes
		for range 1 + r.IntN(8) {
			out[at()] = byte(r.Uint32())
		}
	case 1: // one bit
		out[at()] ^= 1 << r.IntN(8)
	case 2: // cut
		out = out[:1+at()]
	case 3: // a piece lost
		from := at()
		out = append(out[:from], out[min(len(out), from+1+r.IntN(64)):]...)
	case 4: // a piece doubled
		from := at()
		piece := bytes.Clone(out[from:min(len(out), from+1+r.IntN(64))])
		out = append(out[:from:from], append(piece, out[from:]...)...)
	case 5: // a 32-bit length
		if len(out) > 4 {
			lengths := []uint32{0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 28, uint32(len(out)), uint32(r.IntN(1 << 20))}
			binary.LittleEndian.PutUint32(out[r.IntN(len(out)-4):], lengths[r.IntN(len(lengths))])
		}
	case 6: // a value representation, or another pair of letters
		vrs := []string{"SQ", "UN", "OB", "OW", "US", "UT", "??", "\x00\x00", "PN"}
		if len(out) > 2 {
			copy(out[r.IntN(len(out)-2):], vrs[r.IntN(len(vrs))])
		}
	case 7: // an attribute of the picture
		words := [][]byte{{0x28, 0, 0x10, 0}, {0x28, 0, 0x11, 0}, {0x28, 0, 2, 0}, {0x28, 0, 8, 0}, {0x28, 0, 0, 1}, {0x28, 0, 1, 1}}
		if i := bytes.Index(out, words[r.IntN(len(words))]); i >= 0 && i+10 <= len(out) {
			binary.LittleEndian.PutUint16(out[i+8:], uint16(r.Uint32()))
		}
	}
	return out
}

// everything does all that the package offers with a file of unknown origin.
// Errors are welcome; panics that were caught at the edge are not.
func everything(ctx context.Context, dir string, data []byte) error {
	im, err := dicomio.DecodeBytes(ctx, "x", data)
	if err == nil {
		im.Display8(im.DefaultWindow(), false)
	}
	errs := []error{err}
	in, err := inspect.Bytes(ctx, "x", data)
	if err == nil {
		_, err = in.MarshalJSON()
	}
	errs = append(errs, err)
	a, err := deidentify.New(deidentify.Options{})
	if err != nil {
		return err
	}
	_, _, err = a.Bytes(ctx, "x", data)
	errs = append(errs, err)
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	_, err = collect(ctx, path)
	errs = append(errs, err)
	for _, err := range errs {
		if err != nil && strings.Contains(err.Error(), "decoder failed") {
			return err
		}
	}
	return nil
}

// Ten thousand damaged files: no panic, no hang over 2 s, no more than 300 MB.
func TestDamagedFilesAreHarmless(t *testing.T) {
	total := 10_000
	if testing.Short() {
		total = 1_000
	}
	if dicomtest.RaceEnabled {
		total = 200
	}
	seeds := dicomtest.SeedFiles(t)
	var names []string
	for n := range seeds {
		names = append(names, n)
	}
	forgetPeak(t)
	r := rand.New(rand.NewPCG(20261123, 6))
	dir, worst := t.TempDir(), time.Duration(0)
	for i := range total {
		name := names[i%len(names)]
		data := mutate(r, seeds[name])
		if r.IntN(4) == 0 {
			data = mutate(r, data)
		}
		start := time.Now()
		if err := everything(context.Background(), dir, data); err != nil {
			t.Fatalf("file %d, made from %s: %v", i, name, err)
		}
		worst = max(worst, time.Since(start))
	}
	if dicomtest.RaceEnabled {
		return // ten times slower and larger than what is shipped
	}
	if worst > 2*time.Second {
		t.Errorf("the slowest file took %v", worst)
	}
	if mb := peakMemory(); mb > 300 {
		t.Errorf("memory reached %d MB", mb)
	}
	t.Logf("%d files, the slowest %v, memory %d MB", total, worst, peakMemory())
}

// forgetPeak gives back what earlier tests left and has the system measure the peak
// anew (proc(5), clear_refs), so that this test's own memory is judged.
func forgetPeak(t *testing.T) {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil && runtime.GOOS == "linux" {
		t.Logf("the peak of earlier tests counts too: %v", err)
	}
}

// peakMemory is the largest resident size of this process in MB, 0 where the
// system does not say.
func peakMemory() int {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb int
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb / 1024
}
