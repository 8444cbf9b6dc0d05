package featurecache

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func spec(p Precision) Spec {
	return Spec{Key: "weights and preprocessing", Elements: 50, Precision: p}
}

func id(n byte) ID { return ID{Content: [32]byte{n}, View: uint32(n % 3)} }

// values are exact in every precision.
func values(n byte) []float32 {
	v := make([]float32, 50)
	for i := range v {
		v[i] = float32((int(n) + i) % 2)
	}
	return v
}

func mustOpen(t *testing.T, dir string, s Spec, records int) *Cache {
	t.Helper()
	c, err := Open(dir, s, records)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func get(t *testing.T, c *Cache, n byte) bool {
	t.Helper()
	dst := make([]float32, 50)
	ok, err := c.Get(id(n), dst)
	if err != nil {
		t.Fatal(err)
	}
	if ok && !slices.Equal(dst, values(n)) {
		t.Errorf("record %d holds %v", n, dst)
	}
	return ok
}

func fill(t *testing.T, c *Cache, n int) {
	t.Helper()
	for i := range n {
		if err := c.Put(id(byte(i)), values(byte(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func file(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil || len(names) != 1 {
		t.Fatalf("cache files %v (%v)", names, err)
	}
	return names[0]
}

func TestRecordsComeBack(t *testing.T) {
	for _, p := range []Precision{Half, Single, Unit} {
		dir := t.TempDir()
		c := mustOpen(t, dir, spec(p), 20)
		var wait sync.WaitGroup
		for w := range 4 {
			wait.Go(func() {
				for i := w; i < 20; i += 4 {
					if err := c.Put(id(byte(i)), values(byte(i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		c = mustOpen(t, dir, spec(p), 20)
		for i := range byte(20) {
			if !get(t, c, i) || !c.Has(id(i)) {
				t.Errorf("record %d is gone", i)
			}
		}
		if c.Len() != 20 || get(t, c, 20) || c.Has(ID{Content: [32]byte{1}, View: 7}) {
			t.Error("there are records that nobody wrote")
		}
		info, err := os.Stat(file(t, dir))
		if err != nil || info.Size() != spec(p).SizeOf(20) {
			t.Errorf("%d bytes, SizeOf says %d", info.Size(), spec(p).SizeOf(20))
		}
	}
}

// Oracle: rounding to the nearest half (11 bits) and to 1/65535; grey values of 8
// and 16 bits are exact.
func TestPrecisions(t *testing.T) {
	dir := t.TempDir()
	in := []float32{0, 1, .1, 3.14159, 65504, 1e-7, .5}
	round := func(p Precision, v []float32) []float32 {
		s := Spec{Key: "k", Elements: len(v), Precision: p}
		c := mustOpen(t, dir, s, 1)
		if err := c.Put(id(1), v); err != nil {
			t.Fatal(err)
		}
		out := make([]float32, len(v))
		if ok, err := c.Get(id(1), out); !ok || err != nil {
			t.Fatal(ok, err)
		}
		return out
	}
	for i, v := range round(Half, in) {
		if math.Abs(float64(v-in[i])) > float64(in[i])/2048+3e-8 {
			t.Errorf("half of %g is %g", in[i], v)
		}
	}
	if got := round(Single, in); !slices.Equal(got, in) {
		t.Errorf("single: %v", got)
	}
	var grey []float32
	for k := range 256 {
		grey = append(grey, float32(k)/255)
	}
	for k := 0; k < 65536; k += 77 {
		grey = append(grey, float32(k)/65535)
	}
	if got := round(Unit, grey); !slices.Equal(got, grey) {
		t.Error("grey values change")
	}
	c := mustOpen(t, dir, Spec{Key: "range", Elements: 1, Precision: Half}, 1)
	for _, v := range []float32{1e5, float32(math.Inf(1)), float32(math.NaN())} {
		if err := c.Put(id(0), []float32{v}); !errors.Is(err, ErrRange) {
			t.Errorf("%v is accepted: %v", v, err)
		}
	}
}

// Whatever happens to the file, a record is right or it is not there; it can be
// written again, into the same place.
func TestDamage(t *testing.T) {
	whole := func(t *testing.T) (string, []byte) {
		dir := t.TempDir()
		c := mustOpen(t, dir, spec(Half), 8)
		fill(t, c, 8)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		return dir, b
	}
	slot := int(spec(Half).slot())
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		left   int
	}{
		"a value":        {func(b []byte) []byte { b[headerSize+2*slot+recordHead+9] ^= 1; return b }, 7},
		"a record head":  {func(b []byte) []byte { b[headerSize+3*slot+3] ^= 1; return b }, 7},
		"zeros":          {func(b []byte) []byte { clear(b[headerSize+slot : headerSize+4*slot]); return b }, 5},
		"cut off":        {func(b []byte) []byte { return b[:len(b)-slot-5] }, 6},
		"the header":     {func(b []byte) []byte { b[20] ^= 1; return b }, 0},
		"in the header":  {func(b []byte) []byte { return b[:30] }, 0},
		"nothing left":   {func([]byte) []byte { return nil }, 0},
		"another format": {func(b []byte) []byte { copy(b, "something"); return b }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, b := whole(t)
			if err := os.WriteFile(file(t, dir), c.damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			cache := mustOpen(t, dir, spec(Half), 8)
			left := 0
			for i := range byte(8) {
				if get(t, cache, i) {
					left++
				}
			}
			if left != c.left {
				t.Errorf("%d records are left, want %d", left, c.left)
			}
			fill(t, cache, 8)
			for i := range byte(8) {
				if !get(t, cache, i) {
					t.Errorf("record %d cannot be written again", i)
				}
			}
		})
	}
}

func TestAnotherKeyIsAnotherFile(t *testing.T) {
	dir := t.TempDir()
	a := mustOpen(t, dir, spec(Half), 3)
	fill(t, a, 3)
	other := spec(Half)
	other.Key = "other weights"
	if b := mustOpen(t, dir, other, 3); b.Len() != 0 || get(t, b, 1) {
		t.Error("features of other weights are used")
	}
}

// The limit holds for the folder: caches unused longest go first, and what does
// not fit even alone is refused before anything is written.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	for i, key := range []string{"old", "new"} {
		s := spec(Half)
		s.Key = key
		c := mustOpen(t, dir, s, 4)
		fill(t, c, 4)
		age := time.Now().Add(time.Duration(i-2) * time.Hour)
		if err := os.Chtimes(c.file.Name(), age, age); err != nil {
			t.Fatal(err)
		}
	}
	s := spec(Half)
	s.Limit = 2 * s.SizeOf(4)
	c := mustOpen(t, dir, s, 4)
	fill(t, c, 4)
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 2 {
		t.Fatalf("%d caches are left (%v)", len(names), err)
	}
	s.Key = "new"
	if c := mustOpen(t, dir, s, 4); c.Len() != 4 {
		t.Error("the newer cache went first")
	}
	if _, err := Open(dir, s, 9); !errors.Is(err, ErrLimit) {
		t.Errorf("9 records in the space of 8: %v", err)
	}
	for i := range byte(9) {
		err = c.Put(id(i), values(i))
	}
	if !errors.Is(err, ErrLimit) {
		t.Errorf("the 9th record is written: %v", err)
	}
}

// Whatever a file holds, opening it and reading from it gives no panic and no
// record with a wrong checksum.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	s := Spec{Key: "k", Elements: 3, Precision: Half}
	c, err := Open(dir, s, 2)
	if err != nil {
		f.Fatal(err)
	}
	for i := range byte(2) {
		if err := c.Put(id(i), []float32{1, 2, 3}); err != nil {
			f.Fatal(err)
		}
	}
	path := c.file.Name()
	if err := c.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add(b[:headerSize])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(dir, s, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		dst := make([]float32, 3)
		for id := range c.at {
			if _, err := c.Get(id, dst); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Put(id(1), dst); err != nil {
			t.Fatal(err)
		}
	})
}

// What Put was given is rounded to what Get gives: a record that is computed again
// changes nothing. Oracle: the record itself, read back.
func TestPutRoundsToWhatGetGives(t *testing.T) {
	for _, p := range []Precision{Half, Single, Unit} {
		c := mustOpen(t, t.TempDir(), spec(p), 4)
		v := make([]float32, 50)
		for i := range v {
			v[i] = 1 / float32(i+3)
		}
		before := slices.Clone(v)
		if err := c.Put(id(1), v); err != nil {
			t.Fatal(err)
		}
		back := make([]float32, 50)
		if ok, err := c.Get(id(1), back); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if !slices.Equal(v, back) {
			t.Errorf("precision %d: Put left %v, Get gives %v", p, v[:3], back[:3])
		}
		if same := slices.Equal(v, before); same != (p == Single) {
			t.Errorf("precision %d: rounded %v", p, !same)
		}
	}
}

// A record whose head is damaged gives its place back, so that repairing a cache
// that is full to its limit needs no more room.
func TestDamagedHeadsArePlacesAgain(t *testing.T) {
	dir, s := t.TempDir(), spec(Half)
	s.Limit = s.SizeOf(3)
	c := mustOpen(t, dir, s, 3)
	fill(t, c, 3)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[headerSize+s.slot()+5] ^= 1 // of the second record's name
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	c = mustOpen(t, dir, s, 3)
	if c.Len() != 2 || get(t, c, 1) {
		t.Errorf("%d records are whole", c.Len())
	}
	fill(t, c, 3)
	for n := range byte(3) {
		if !get(t, c, n) {
			t.Errorf("record %d is missing", n)
		}
	}
}
