package ort_test

import (
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/ort"
	"hilum/inference/prep"
	"hilum/inference/saliency"
)

// TestNetworks tries networks that testdata/peers/networks.py exported, with what
// PyTorch says of one picture (64-bit gradients), and writes the table of them beside
// them. Tolerances: 1e-3 of a logit, 1e-3 of the largest derivative.
func TestNetworks(t *testing.T) {
	dir := os.Getenv("HILUM_NETWORKS")
	if dir == "" {
		t.Skip("set HILUM_NETWORKS to the folder that testdata/peers/networks.py wrote")
	}
	e, err := ort.Open(ort.Options{Provider: inference.CPU, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*.refs"))
	if err != nil || len(files) == 0 {
		t.Fatal("no networks: ", err)
	}
	slices.Sort(files)
	table := []string{"| network | source | opens | logits | map | input gradient |", "|---|---|---|---|---|---|"}
	for _, refs := range files {
		name := strings.TrimSuffix(filepath.Base(refs), ".refs")
		t.Run(name, func(t *testing.T) {
			n := tryNetwork(t, e, strings.TrimSuffix(refs, ".refs"))
			source, short, _ := strings.Cut(name, ".")
			table = append(table, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", short, source, n.opens, n.logits,
				n.maps, n.gradient))
		})
	}
	if err := os.WriteFile(filepath.Join(dir, "table.md"), []byte(strings.Join(table, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tried is what came of a network, column by column: a figure, or what was wrong.
type tried struct{ opens, logits, maps, gradient string }

func tryNetwork(t *testing.T, e *ort.Engine, path string) (n tried) {
	t.Helper()
	refs, err := graph.ReadFile(path + ".refs")
	if err != nil {
		t.Fatal(err)
	}
	n = tried{"no", "-", "-", "-"}
	src, err := inference.ReadSource(path+".onnx", "")
	if err != nil {
		t.Fatal(err)
	}
	normalise := prep.ImageNetNormalisation()
	src.Stated.Normalise = &normalise
	m, src, err := inference.OpenTrial(e, src)
	if err != nil {
		t.Error("does not open: ", err)
		return n
	}
	defer m.Close()
	n.opens = "yes"
	film, err := dicomio.Decode(t.Context(), filmOf(t, refs))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Score(t.Context(), film)
	if err != nil {
		t.Error(err)
		return n
	}
	worst := 0.
	for i, z := range values(t, refs, "logits") {
		worst = max(worst, math.Abs(r.Findings[i].Logit-float64(z))/max(1, math.Abs(float64(z))))
	}
	if n.logits = fmt.Sprintf("%.0e", worst); !(worst <= 1e-3) {
		t.Errorf("logits differ by %g", worst)
	}
	x, err := m.NewExplainer(e, src, "")
	if err != nil {
		t.Error("no explainer: ", err)
		return n
	}
	defer x.Close()
	class := m.Spec.Classes[:1]
	if maps, err := x.Explain(t.Context(), film, saliency.GradCAM(), class); err != nil {
		t.Error("no map: ", err)
		n.maps = "no"
	} else {
		n.maps = fmt.Sprintf("%d x %d", maps[0].Height, maps[0].Width)
		if !slices.ContainsFunc(maps[0].Values, func(v float32) bool { return v != 0 }) {
			t.Error("the map is empty")
			n.maps = "empty"
		}
	}
	maps, err := x.Explain(t.Context(), film, saliency.Gradient(), class)
	if err != nil {
		t.Error("no gradient: ", err)
		n.gradient = "no"
		return n
	}
	if s := values(t, refs, "slope")[0]; math.Abs(float64(s)-1) > .01 {
		n.gradient = completeness(t, opened{e, src.ONNX, x, film, class, r.Findings[0].Logit})
		return n
	}
	d := gradientError(maps[0].Values, values(t, refs, "gradient"))
	if n.gradient = fmt.Sprintf("%.0e", d); !(d <= 1e-3) {
		t.Errorf("the gradient differs by %g of its largest value", d)
	}
	return n
}

// completeness says how much of the logit's rise from an even picture to this one the
// integrated gradients sum to: gradients that are wrong do not sum to it (Sundararajan et
// al. 2017). Their rule of 32 midpoints is not exact; tolerance 5%.
func completeness(t *testing.T, n opened) string {
	t.Helper()
	maps, err := n.x.Explain(t.Context(), n.film, saliency.Integrated(), n.class)
	if err != nil {
		t.Error(err)
		return "no"
	}
	s, err := n.engine.NewSession(n.onnx, inference.SessionOptions{Inputs: []string{"image"}, Outputs: []string{"logits"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(t.Context(), []inference.Tensor{inference.NewTensor(1, 3, int64(n.film.Height), int64(n.film.Width))})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.
	for _, v := range maps[0].Values {
		sum += float64(v)
	}
	part := sum / (n.logit - float64(out[0].Data[0]))
	if !(math.Abs(part-1) <= .05) {
		t.Errorf("integrated gradients sum to %g of the logit's rise", part)
	}
	return fmt.Sprintf("sums to %.1f%% of the rise; PyTorch's own is wrong", 100*part)
}

// opened is a network with its picture.
type opened struct {
	engine *ort.Engine
	onnx   []byte
	x      *inference.Explainer
	film   *dicomio.Image
	class  []string
	logit  float64
}

// gradientError is the largest difference of the largest absolute derivatives over the
// channels, as a part of the largest.
func gradientError(got, want []float32) float64 {
	top, worst := 0., 0.
	for i, g := range got {
		w := 0.
		for j := i; j < len(want); j += len(got) {
			w = max(w, math.Abs(float64(want[j])))
		}
		top, worst = max(top, w), max(worst, math.Abs(float64(g)-w))
	}
	return worst / top
}

func values(t *testing.T, refs *graph.Model, name string) []float32 {
	t.Helper()
	v, err := refs.Graph.Initializer(name).Floats()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// filmOf writes the picture of the references as a file.
func filmOf(t *testing.T, refs *graph.Model) string {
	t.Helper()
	d := refs.Graph.Initializer("picture").Dims
	im := image.NewGray(image.Rect(0, 0, int(d[1]), int(d[0])))
	for i, v := range values(t, refs, "picture") {
		im.Pix[i] = uint8(v)
	}
	path := filepath.Join(t.TempDir(), "film.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, im); err != nil {
		t.Fatal(err)
	}
	return path
}
