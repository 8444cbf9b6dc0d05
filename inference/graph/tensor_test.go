package graph_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/graph"
)

// Oracle: the values that testdata/peers/graph_tensors.py put in, for every
// element type, once as raw bytes and once in a typed field.
func TestTypedAccess(t *testing.T) {
	m, err := graph.ReadFile("testdata/types/everything.onnx")
	if err != nil {
		t.Fatal(err)
	}
	ints := map[string][]int64{"INT8": {1, -2, 127}, "UINT8": {1, 2, 255}, "INT16": {1, -2, 32767},
		"UINT16": {1, 2, 65535},
		"INT32":  {1, -2, math.MaxInt32}, "UINT32": {1, 2, math.MaxUint32}, "INT64": {1, -2, math.MaxInt64},
		"UINT64": {1, 2, math.MaxInt64}, "BOOL": {1, 0, 1}}
	seen := 0
	for _, x := range m.Graph.Initializers {
		name, form, ok := strings.Cut(x.Name, "/")
		if !ok {
			continue
		}
		seen++
		raw := m.Graph.Initializer(name + "/raw")
		want, err := raw.Data()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := x.Data(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %s form is %x, raw %x (%v)", name, form, got, want, err)
		}
		if v, ok := ints[name]; ok {
			if got, err := x.Ints(); err != nil || !slices.Equal(got, v) {
				t.Errorf("%s: %v, want %v (%v)", x.Name, got, v, err)
			}
		} else if x.Type.IsFloat() {
			if got, err := x.Floats(); err != nil || !slices.Equal(got, []float32{1.5, -2, 0}) {
				t.Errorf("%s: %v (%v)", x.Name, got, err)
			}
		} else if _, err := x.Floats(); err == nil {
			t.Errorf("%s was read as floats", x.Name)
		}
	}
	if seen < 40 {
		t.Errorf("%d tensors", seen)
	}
	if _, err := m.Graph.Initializer("STRING").Data(); err == nil {
		t.Error("strings were read as bytes")
	}
	if v, err := m.Graph.Initializer("scalar").Floats(); err != nil || !slices.Equal(v, []float32{7}) {
		t.Errorf("scalar %v, %v", v, err)
	}
}

// The model has sparse initializers, subgraphs and values from around them.
func TestCheckKnowsSubgraphsAndSparseInitializers(t *testing.T) {
	m, err := graph.ReadFile("testdata/types/everything.onnx")
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.AddNode("Neg", []string{"sparse"}, []string{"neg"})
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	m.Graph.Nodes[0].Attr("then_branch").Graph.Nodes[0].Inputs[0] = "absent"
	if err := m.Check(); err == nil || !strings.Contains(err.Error(), "then_branch") {
		t.Errorf("%v: want an error that names the branch", err)
	}
}

// A tensor beyond the first 2 GB of its data file; the file is sparse.
func TestExternalDataBeyondTwoGigabytes(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "m.onnx.data"))
	if err != nil {
		t.Fatal(err)
	}
	const at = 2200 << 20
	if _, err := f.WriteAt([]byte{0, 0, 0xc0, 0x3f}, at); err != nil { // 1.5
		t.Skip("no room for a sparse file:", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	m := graph.NewModel("big", 17)
	big, err := graph.ExternalTensor("w", graph.Float, graph.Range{File: "m.onnx.data", Offset: at}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Initializers = []*graph.Tensor{big}
	m.SetDir(dir)
	if v, err := m.Graph.Initializers[0].Floats(); err != nil || !slices.Equal(v, []float32{1.5}) {
		t.Errorf("%v, %v", v, err)
	}
}
