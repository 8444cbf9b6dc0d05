package graph_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
)

// Oracle: the bytes themselves. The fixtures were written by protobuf's own
// serialisers, which write fields in the order of their numbers, as we do.
func TestRoundTripIsByteIdentical(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.onnx")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := graph.Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got, err := m.Encode()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if !bytes.Equal(got, b) {
			t.Errorf("%s: %d bytes came back as %d that differ", file, len(b), len(got))
		}
	}
}

func TestMetadata(t *testing.T) {
	m := graph.NewModel("empty", 17)
	m.SetMetadata("a", "1")
	m.SetMetadata("b", "2")
	m.SetMetadata("a", "3")
	m.DeleteMetadata("b")
	m.DeleteMetadata("absent")
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if m, err = graph.Decode(b); err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Metadata("a"); v != "3" || !ok {
		t.Errorf("a = %q, %v", v, ok)
	}
	if v, ok := m.Metadata("b"); ok {
		t.Errorf("b = %q came back", v)
	}
	if m.Opset() != 17 {
		t.Errorf("opset %d", m.Opset())
	}
}

// A value that stood in the file as "present but empty" must not win over one
// that is set later: in protobuf the last occurrence counts.
func TestSettingWhatWasPresentButEmpty(t *testing.T) {
	prop := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte("k"))
	prop = protowire.AppendBytes(protowire.AppendTag(prop, 2, protowire.BytesType), nil)
	b := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), nil)
	b = protowire.AppendBytes(protowire.AppendTag(b, 14, protowire.BytesType), prop)
	m, err := graph.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Encode(); err != nil || !bytes.Equal(got, b) {
		t.Errorf("unchanged: %x, want %x (%v)", got, b, err)
	}
	m.Props[0].Value = "v"
	got, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if m, err = graph.Decode(got); err != nil || m.Props[0].Value != "v" {
		t.Errorf("value %q, %v", m.Props[0].Value, err)
	}
}

func TestDamagedInput(t *testing.T) {
	whole, err := os.ReadFile("testdata/heads/adaptive.onnx")
	if err != nil {
		t.Fatal(err)
	}
	deep := []byte{}
	for range 100 { // a graph in an attribute of a node of a graph in ...
		attr := protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), deep)
		node := protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), attr)
		deep = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), node)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"empty":     {nil, graph.ErrDamaged},
		"truncated": {whole[:len(whole)/2], graph.ErrDamaged},
		"text":      {[]byte("version https://git-lfs.github.com/spec/v1\n"), graph.ErrDamaged},
		"deep": {protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), deep),
			graph.ErrUnsupported},
		"many": {protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType),
			bytes.Repeat([]byte{10, 0}, 5<<20)), graph.ErrDamaged},
	} {
		if m, err := graph.Decode(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, m, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.onnx")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := graph.Decode(b)
		if err != nil {
			return
		}
		once, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := graph.Decode(once)
		if err != nil {
			t.Fatalf("what we wrote does not read: %v", err)
		}
		twice, err := again.Encode()
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%d bytes became %d (%v)", len(once), len(twice), err)
		}
		for _, init := range m.Graph.Initializers {
			if init.Len() < 1<<20 {
				_, _ = init.Floats()
				_, _ = init.Ints()
			}
		}
		if m.Check() == nil {
			if h, err := classifier.FindHead(m); err == nil && h.Linear {
				_ = classifier.AddCAM(m, h, classifier.DefaultCAMNames())
			}
		}
	})
}

// Oracle: values worked out from IEEE 754 binary16.
func TestHalf(t *testing.T) {
	for h, f := range map[uint16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 6.103515625e-05, 0x0001: 5.960464477539063e-08,
		0x7c00: float32(math.Inf(1)), 0xfc00: float32(math.Inf(-1)), 0x3555: 0.333251953125,
	} {
		if got := graph.HalfToFloat(h); got != f {
			t.Errorf("half %#04x is %g, want %g", h, got, f)
		}
		if got := graph.FloatToHalf(f); got != h {
			t.Errorf("%g is half %#04x, want %#04x", f, got, h)
		}
	}
	for f, h := range map[float32]uint16{65520: 0x7c00, 65519: 0x7bff, 1 + 1.0/2048: 0x3c00, 1 + 3.0/2048: 0x3c02,
		1e-9: 0} {
		if got := graph.FloatToHalf(f); got != h {
			t.Errorf("%g rounds to %#04x, want %#04x", f, got, h)
		}
	}
	for h := range uint16(0x7c00) {
		if got := graph.FloatToHalf(graph.HalfToFloat(h)); got != h {
			t.Fatalf("half %#04x comes back as %#04x", h, got)
		}
	}
	if !math.IsNaN(float64(graph.HalfToFloat(graph.FloatToHalf(float32(math.NaN()))))) {
		t.Error("NaN is lost")
	}
}

func TestExternalData(t *testing.T) {
	dir := t.TempDir()
	big := make([]float32, 3000)
	for i := range big {
		big[i] = float32(i) / 7
	}
	m := graph.NewModel("external", 17)
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("big", big, 30, 100),
		graph.NewInts("small", []int64{1, 2}, 2)}
	path := filepath.Join(dir, "m.onnx")
	if err := m.WriteFileExternal(path); err != nil {
		t.Fatal(err)
	}
	m, err := graph.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := m.Graph.Initializer("big")
	if !w.External() || m.Graph.Initializer("small").External() {
		t.Fatal("only the large tensor belongs outside")
	}
	got, err := w.Floats()
	if err != nil || len(got) != len(big) || got[2999] != big[2999] {
		t.Fatalf("%d values, %v", len(got), err)
	}
	if err := m.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if m, err = graph.ReadFile(path); err != nil || m.Graph.Initializer("big").External() {
		t.Fatalf("WriteFile left small weights outside (%v)", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestExternalDataStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "secret")
	inside := filepath.Join(dir, "model")
	if err := errors.Join(os.WriteFile(outside, make([]byte, 4096), 0o600), os.Mkdir(inside, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(inside, "link")); err != nil {
		t.Fatal(err)
	}
	m := graph.NewModel("external", 17)
	m.Graph.Initializers = []*graph.Tensor{graph.NewFloats("w", make([]float32, 1024), 1024)}
	path := filepath.Join(inside, "m.onnx")
	if err := m.WriteFileExternal(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string][2]string{
		"parent folder": {"m.onnx.data", "../secret!!"}, "absolute": {"m.onnx.data", "/etc/passwd"},
		"link": {"m.onnx.data", "link"}, "length": {"4096", "9999"}, "offset": {"offset", "length"},
	} {
		// the replaced strings are padded so that the lengths around them stay right
		to := swap[1] + strings.Repeat("\x00", max(0, len(swap[0])-len(swap[1])))
		if name == "parent folder" {
			to = "../secret\x00\x00"
		}
		bad := bytes.ReplaceAll(good, []byte(swap[0]), []byte(to))
		m, err := graph.Decode(bad)
		if err != nil {
			continue
		}
		m.SetDir(inside)
		if v, err := m.Graph.Initializers[0].Data(); err == nil && name != "offset" {
			t.Errorf("%s: read %d bytes", name, len(v))
		}
	}
}

func TestCheckFindsBrokenGraphs(t *testing.T) {
	build := func() *graph.Model {
		m := graph.NewModel("g", 17)
		m.Graph.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.FixedDim(1))}
		m.Graph.AddNode("Relu", []string{"x"}, []string{"a"})
		m.Graph.AddNode("Neg", []string{"a"}, []string{"b"})
		m.Graph.AddOutput(graph.NewValueInfo("b", graph.Float, graph.FixedDim(1)))
		return m
	}
	if err := build().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(g *graph.Graph){
		"order":   func(g *graph.Graph) { g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0] },
		"twice":   func(g *graph.Graph) { g.AddNode("Relu", []string{"x"}, []string{"b"}) },
		"missing": func(g *graph.Graph) { g.Nodes = g.Nodes[:1] },
	} {
		m := build()
		spoil(m.Graph)
		if m.Check() == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
	m := build()
	m.Graph.Nodes[0], m.Graph.Nodes[1] = m.Graph.Nodes[1], m.Graph.Nodes[0]
	if err := m.Graph.SortNodes(); err != nil || m.Check() != nil {
		t.Errorf("sorted: %v, %v", err, m.Check())
	}
	m.Graph.Nodes[0].Inputs[0] = "b"
	if err := m.Graph.SortNodes(); err == nil {
		t.Error("a circle was sorted")
	}
}
