package zoo_test

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/zoo"
)

// logits runs an imported graph on one batch.
func logits(t *testing.T, m *graph.Model, x inference.Tensor) []float32 {
	t.Helper()
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 2})
	if err != nil {
		t.Skip("no ONNX Runtime: set HILUM_ORT_LIB or run make:", err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(b, inference.SessionOptions{Inputs: []string{"image"}, Outputs: []string{"logits"}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), []inference.Tensor{x})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return out[0].Data
}

func reference(t *testing.T, name string) inference.Tensor {
	t.Helper()
	return referenceIn(t, "testdata/references.onnx", name)
}

func referenceIn(t *testing.T, path, name string) inference.Tensor {
	t.Helper()
	m, err := graph.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x := m.Graph.Initializer(name)
	v, err := x.Floats()
	if err != nil {
		t.Fatal(err)
	}
	return inference.Tensor{Shape: x.Dims, Data: v}
}

func maxDiff(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range want {
		d = max(d, math.Abs(float64(got[i]-want[i])))
	}
	return d
}

// Oracle: the TorchXRayVision network whose weights the files hold
// (testdata/peers/zoo_checkpoints.py), logits to 1e-5; half-precision weights
// to 1e-2.
func TestEveryFormatGivesTheSameLogits(t *testing.T) {
	x, want := reference(t, "x"), reference(t, "logits")
	for file, c := range map[string]struct {
		format string
		tol    float64
	}{
		"tiny_module.pth":  {"PyTorch zip", 1e-5},
		"tiny_nested.pt":   {"PyTorch zip", 1e-5},
		"tiny_strided.pt":  {"PyTorch zip", 1e-5},
		"tiny_legacy.pt":   {"PyTorch legacy", 1e-5},
		"tiny.safetensors": {"safetensors", 1e-5},
		"tiny_old_half.pt": {"PyTorch zip", 1e-2},
	} {
		t.Run(file, func(t *testing.T) {
			r, err := zoo.Import(filepath.Join("testdata", file), zoo.Options{Input: 64})
			if err != nil {
				t.Fatal(err)
			}
			if r.Format != c.format || r.Family != "densenet17" || r.Classes != 3 || r.Channels != 1 ||
				r.Normalise != zoo.XRV {
				t.Errorf("%+v", r)
			}
			if len(r.Extra) != 0 {
				t.Errorf("left over: %v", r.Extra)
			}
			if d := maxDiff(logits(t, r.Model, x), want.Data); !(d <= c.tol) {
				t.Errorf("logits differ by %g", d)
			}
		})
	}
}

// The whole pickled model carries its labels and operating points. .52 and .6
// can only come from a sigmoid applied twice; logit(.52) = .0800, logit(.6) =
// .4055.
func TestWholeModelBringsLabelsAndThresholds(t *testing.T) {
	r, err := zoo.Import("testdata/tiny_module.pth", zoo.Options{Input: 64})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Labels, []string{"Mass", "Nodule", "Hernia"}) {
		t.Errorf("labels %v", r.Labels)
	}
	if len(r.Thresholds) != 3 || math.Abs(r.Thresholds[0]-.0800) > 1e-4 || math.Abs(r.Thresholds[1]-.4055) > 1e-4 ||
		!math.IsNaN(r.Thresholds[2]) {
		t.Errorf("thresholds %v", r.Thresholds)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0].String(), "sigmoid applied twice") {
		t.Errorf("notes %q", r.Notes)
	}
}

type familyFixture struct {
	Name    string
	Tensors [][2]json.RawMessage
	Logits  []float32
}

// uniform is the formula of zoo_checkpoints.py: exact integers in both
// languages.
func uniform(t, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(uint64(i+7919*t)*2654435761%(1<<32)) / (1 << 32)
	}
	return out
}

func scaled(name string, shape []int64, t int) []byte {
	n, fan := int64(1), int64(1)
	for i, d := range shape {
		n *= d
		if i > 0 {
			fan *= d
		}
	}
	raw := make([]byte, 0, 4*n)
	for _, u := range uniform(t, int(n)) {
		v := .2 * (2*u - 1)
		switch {
		case len(shape) > 1:
			v = (2*u - 1) * math.Sqrt(6/float64(fan))
		case strings.HasSuffix(name, "running_var") || strings.HasSuffix(name, "weight"):
			v = .7 + .6*u
		}
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
	}
	return raw
}

// safetensors writes the fixture's weights under a prefix, as a checkpoint of
// a wrapped model has them.
func (f familyFixture) safetensors(t *testing.T, path, prefix string) {
	t.Helper()
	type entry struct {
		DType   string   `json:"dtype"`
		Shape   []int64  `json:"shape"`
		Offsets [2]int64 `json:"data_offsets"`
	}
	header, at := make(map[string]entry), int64(0)
	var body [][]byte
	for i, pair := range f.Tensors {
		var name string
		var shape []int64
		if err := errors.Join(json.Unmarshal(pair[0], &name), json.Unmarshal(pair[1], &shape)); err != nil {
			t.Fatal(err)
		}
		raw := scaled(name, shape, i)
		header[prefix+name] = entry{"F32", shape, [2]int64{at, at + int64(len(raw))}}
		at += int64(len(raw))
		body = append(body, raw)
	}
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	parts := append([][]byte{binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h}, body...)
	for _, p := range parts {
		if _, err := out.Write(p); err != nil {
			t.Fatal(err)
		}
	}
}

// Oracle: torchvision's networks with weights by formula; logits to 1e-5 of the
// largest (they reach 3,000 with such weights).
func TestFamiliesEqualTorchvision(t *testing.T) {
	f, err := os.Open("testdata/families.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []familyFixture
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	x := inference.Tensor{Shape: []int64{1, 3, 64, 64}}
	for _, u := range uniform(0, 3*64*64) {
		x.Data = append(x.Data, float32(2*u-1))
	}
	for _, fam := range all {
		t.Run(fam.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.safetensors")
			fam.safetensors(t, path, "module.")
			r, err := zoo.Import(path, zoo.Options{Input: 64, Arch: fam.Name})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Extra) != 0 || r.Classes != 5 || r.Channels != 3 || r.Normalise != zoo.ImageNet {
				t.Errorf("left over %v, %d classes, %d channels, %q", r.Extra, r.Classes, r.Channels, r.Normalise)
			}
			top := 0.0
			for _, v := range fam.Logits {
				top = max(top, math.Abs(float64(v)))
			}
			if d := maxDiff(logits(t, r.Model, x), fam.Logits); !(d <= 1e-5*top) {
				t.Errorf("logits differ by %g of %g", d, top)
			}
		})
	}
}

func TestImportONNX(t *testing.T) {
	r, err := zoo.Import("../graph/testdata/heads/sigmoid.onnx", zoo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format != "ONNX" || r.Classes != 5 || r.Channels != 3 {
		t.Errorf("%+v", r)
	}
}
