package ort_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/ort"
)

// TestEqualsPyTorch compares logits and class maps with those that
// testdata/peers/infer.py wrote with PyTorch and pytorch-grad-cam on pictures of
// the caller's choice. Tolerance 1e-3 for both (issue: the main job).
func TestEqualsPyTorch(t *testing.T) {
	dir := os.Getenv("HILUM_PEER")
	if dir == "" {
		t.Skip("set HILUM_PEER to the folder that testdata/peers/infer.py wrote")
	}
	comparePeer(t, dir, dir)
}

// TestEqualsStoredPyTorch does the same on the small references in testdata,
// made by the same peer on a small network and phantom films.
func TestEqualsStoredPyTorch(t *testing.T) {
	comparePeer(t, "testdata/peer", "testdata/peer")
}

type peerRef struct {
	Path   string    `json:"path"`
	Logits []float64 `json:"logits"`
}

func comparePeer(t *testing.T, dir, pictures string) {
	t.Helper()
	var refs []peerRef
	data, err := os.ReadFile(filepath.Join(dir, "refs.json"))
	if err == nil {
		err = json.Unmarshal(data, &refs)
	}
	if err != nil || len(refs) == 0 {
		t.Fatal("no references: ", err)
	}
	maps, err := os.Open(filepath.Join(dir, "maps.f32"))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	m := openPeerModel(t, filepath.Join(dir, "model.onnx"))
	var worstLogit, worstMap float64
	for _, ref := range refs {
		path := ref.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(pictures, path)
		}
		im, err := dicomio.Decode(context.Background(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			skipMaps(t, maps, m)
			continue
		}
		r, err := m.Score(context.Background(), im)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range r.Findings {
			d := math.Abs(f.Logit - ref.Logits[i])
			worstLogit = max(worstLogit, d)
			if d > 1e-3 {
				t.Errorf("%s, %s: logit %v, PyTorch %v", path, f.Class, f.Logit, ref.Logits[i])
			}
			d = compareMap(t, maps, &r.Maps[i], m.Spec.Prep.Width)
			worstMap = max(worstMap, d)
			if d > 1e-3 {
				t.Errorf("%s, %s: class map differs by %v", path, f.Class, d)
			}
		}
	}
	t.Logf("%d pictures, %d classes: logits differ by at most %.2g, class maps by at most %.2g", len(refs),
		len(m.Spec.Classes), worstLogit, worstMap)
}

func openPeerModel(t *testing.T, path string) *inference.Model {
	t.Helper()
	if _, err := ort.Find(""); err != nil {
		t.Skip("ONNX Runtime is not here (make engine): ", err)
	}
	e, err := ort.Open(ort.Options{Provider: inference.CPU})
	if err != nil {
		t.Fatal(err)
	}
	src, err := inference.ReadSource(path, "")
	if err != nil {
		t.Fatal(err)
	}
	src.Spec.Classes = inference.ChestXray14()
	m, err := inference.OpenModel(e, src)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func readMap(t *testing.T, r io.Reader, side int) []float32 {
	t.Helper()
	out := make([]float32, side*side)
	if err := binary.Read(r, binary.LittleEndian, out); err != nil {
		t.Fatal("maps.f32 is short: ", err)
	}
	return out
}

func skipMaps(t *testing.T, r io.Reader, m *inference.Model) {
	t.Helper()
	for range m.Spec.Classes {
		readMap(t, r, m.Spec.Prep.Width)
	}
}

// compareMap brings our map to the peer's display (bilinear to the input size,
// min-max again) and gives the largest difference.
func compareMap(t *testing.T, r io.Reader, h *inference.Heatmap, side int) float64 {
	t.Helper()
	want := readMap(t, r, side)
	got := bilinear(h.MinMax(), h.Width, h.Height, side)
	lo, hi := got[0], got[0]
	for _, v := range got {
		lo, hi = min(lo, v), max(hi, v)
	}
	var worst float64
	for i, v := range got {
		worst = max(worst, math.Abs(float64((v-lo)/(1e-7+hi-lo)-want[i])))
	}
	return worst
}

// bilinear resizes as OpenCV's INTER_LINEAR: half-pixel centres, edges repeated.
func bilinear(src []float32, w, h, side int) []float32 {
	at := func(n, i int) (a, b int, f float32) {
		x := (float64(i)+0.5)*float64(n)/float64(side) - 0.5
		x = max(0, min(x, float64(n-1)))
		a = int(x)
		return a, min(a+1, n-1), float32(x - float64(a))
	}
	out := make([]float32, side*side)
	for y := range side {
		y0, y1, fy := at(h, y)
		for x := range side {
			x0, x1, fx := at(w, x)
			top := src[y0*w+x0]*(1-fx) + src[y0*w+x1]*fx
			low := src[y1*w+x0]*(1-fx) + src[y1*w+x1]*fx
			out[y*side+x] = top*(1-fy) + low*fy
		}
	}
	return out
}
