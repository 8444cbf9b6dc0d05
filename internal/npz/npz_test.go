package npz

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// Expected: the bytes of NEP 1 (format version 1.0), as numpy 2.4 writes them for
// np.array([[1, 2.5]], '<f4') and np.array(['A', 'ab']).
func TestArraysAreNumPys(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, []Array{{Name: "x", Shape: []int{1, 2}, Numbers: []float32{1, 2.5}},
		{Name: "names", Shape: []int{2}, Words: []string{"A", "ab"}}})
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ name, head, data string }{
		{"x.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,2,), }", "\x00\x00\x80\x3f\x00\x00\x20\x40"},
		{"names.npy", "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }",
			"A\x00\x00\x00\x00\x00\x00\x00a\x00\x00\x00b\x00\x00\x00"},
	} {
		f, err := z.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		start := len(got) - len(want.data)
		if z.File[i].Name != want.name || string(got[:8]) != "\x93NUMPY\x01\x00" || start%64 != 0 ||
			int(got[8])+int(got[9])<<8 != start-10 || !bytes.HasPrefix(got[10:], []byte(want.head)) ||
			got[start-1] != '\n' || string(got[start:]) != want.data {
			t.Errorf("%s: %q", z.File[i].Name, got)
		}
	}
}

func TestShapesMustFit(t *testing.T) {
	if err := Write(io.Discard, []Array{{Name: "x", Shape: []int{3}, Numbers: []float32{1}}}); err == nil {
		t.Error("one value was written as three")
	}
}
