package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference/graph"
)

// smallNet is a classifier of pictures side x side: the mean of each channel and a
// linear layer, then an activation or none.
func smallNet(side int64, classes int, activation string) *graph.Model {
	n := int64(classes)
	w := make([]float32, 3*n)
	for i := range w {
		w[i] = float32(i%5)*.4 - .7
	}
	s, batch := graph.FixedDim(side), graph.SymbolDim("n")
	g := &graph.Graph{
		Name:    "small",
		Inputs:  []*graph.ValueInfo{graph.NewValueInfo("image", graph.Float, batch, graph.FixedDim(3), s, s)},
		Outputs: []*graph.ValueInfo{graph.NewValueInfo("out", graph.Float, batch, graph.FixedDim(n))},
		Initializers: []*graph.Tensor{graph.NewFloats("w", w, n, 3), graph.NewFloats("b", make([]float32, n), n),
			graph.NewFloats("big", make([]float32, 3*400), 400, 3)},
	}
	g.AddNode("Relu", []string{"image"}, []string{"a"})
	g.AddNode("GlobalAveragePool", []string{"a"}, []string{"p"})
	g.AddNode("Flatten", []string{"p"}, []string{"f"})
	last := "out"
	if activation != "" {
		last = "l"
		g.AddNode(activation, []string{"l"}, []string{"out"})
	}
	g.AddNode("Gemm", []string{"f", "w", "b"}, []string{last}, graph.IntAttr("transB", 1))
	return &graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}
}

type scoredLine struct {
	Findings []struct {
		Class              string
		Logit, Probability float64
	}
	Exclusive    bool
	MostProbable string `json:"most_probable"`
	Warnings     []string
	Contract     struct {
		Meaning, Output, Normalise struct{ Value, From string }
	}
}

func scoreLine(t *testing.T, args ...string) scoredLine {
	t.Helper()
	code, out, errs := cxr(t, append([]string{"infer", "--json"}, args...)...)
	var line scoredLine
	if err := json.Unmarshal([]byte(out), &line); code != exitOK || err != nil {
		t.Fatalf("exit %d, %v, %q %q", code, err, out, errs)
	}
	return line
}

// A softmax is imported and then known as one; its probabilities add up to one.
// Oracle: the softmax of the logits that the network without its activation gives.
func TestImportKeepsTheMeaning(t *testing.T) {
	dir := t.TempDir()
	needEngine(t)
	labels := filepath.Join(dir, "labels.txt")
	must(t, os.WriteFile(labels, []byte("a\nb\nc\n"), 0o600))
	must(t, smallNet(32, 3, "Softmax").WriteFile(filepath.Join(dir, "soft.onnx")))
	must(t, smallNet(32, 3, "").WriteFile(filepath.Join(dir, "bare.onnx")))
	image := filepath.Join(peer, "00000001_000.png")
	out := filepath.Join(dir, "m.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(dir, "soft.onnx"), "--labels", labels, "--out",
		out); code != exitOK {
		t.Fatal(errs)
	}
	got, bare := scoreLine(t, "--model", out, image),
		scoreLine(t, "--model", filepath.Join(dir, "bare.onnx"), "--labels", labels, image)
	sum := 0.
	for _, f := range bare.Findings {
		sum += math.Exp(f.Logit)
	}
	best := ""
	most := 0.
	for i, f := range got.Findings {
		want := math.Exp(bare.Findings[i].Logit) / sum
		if math.Abs(f.Probability-want) > 1e-5 {
			t.Errorf("%s: %v, want %v", f.Class, f.Probability, want)
		}
		if want > most {
			best, most = f.Class, want
		}
	}
	if !got.Exclusive || got.MostProbable != best || got.Contract.Meaning.Value != "softmax" ||
		got.Contract.Meaning.From != "recorded" {
		t.Errorf("%+v", got)
	}
	if code, _, errs := cxr(t, "infer", "--model", filepath.Join(dir, "soft.onnx"), "--labels", labels, "--contract",
		"out:odds", image); code != exitUsage || !strings.Contains(errs, "out:odds") {
		t.Errorf("a contract of nonsense: exit %d, %q", code, errs)
	}
}

// What import writes opens by itself: weights in another file come along, the size
// is the graph's, and classes that nobody names are asked for.
func TestImportIsWhole(t *testing.T) {
	dir := t.TempDir()
	needEngine(t)
	src, made := filepath.Join(dir, "src"), filepath.Join(dir, "made")
	must(t, os.Mkdir(src, 0o700))
	must(t, os.Mkdir(made, 0o700))
	m := smallNet(40, 14, "")
	m.Graph.AddNode("MatMul", []string{"f", "t"}, []string{"unused"})
	m.Graph.AddNode("Transpose", []string{"big"}, []string{"t"})
	must(t, m.WriteFileExternal(filepath.Join(src, "m.onnx")))
	out := filepath.Join(made, "m.onnx")
	if code, _, errs := cxr(t, "import", filepath.Join(src, "m.onnx"), "--out", out); code == exitOK ||
		!strings.Contains(errs, "--labels") {
		t.Errorf("14 classes without names: exit %d, %q", code, errs)
	}
	if code, _, errs := cxr(t, "import", filepath.Join(src, "m.onnx"), "--out", out, "--labels", "chestxray14",
		"--input", "64"); code == exitOK || !strings.Contains(errs, "--input") {
		t.Errorf("another size than the graph's: exit %d, %q", code, errs)
	}
	code, text, errs := cxr(t, "import", filepath.Join(src, "m.onnx"), "--out", out, "--labels", "chestxray14",
		"--json")
	if code != exitOK || !strings.Contains(text, `"width":40,"height":40`) {
		t.Fatalf("exit %d, %q %q", code, text, errs)
	}
	must(t, os.RemoveAll(src))
	if got := scoreLine(t, "--model", out, filepath.Join(peer, "00000001_000.png")); len(got.Findings) != 14 ||
		got.Findings[13].Class != "Hernia" {
		t.Errorf("%+v", got)
	}
}

// A map without evidence has no peak in words, and JSON stays JSON.
func TestDeadMapsAreSaid(t *testing.T) {
	dir := t.TempDir()
	needEngine(t)
	labels := filepath.Join(dir, "labels.txt")
	must(t, os.WriteFile(labels, []byte("a\nb\n"), 0o600))
	m := smallNet(32, 2, "")
	m.Graph.Initializers[0] = graph.NewFloats("w", []float32{-1, -1, -1, 0, 0, 0}, 2, 3) // all against, nothing at all
	model := filepath.Join(dir, "m.onnx")
	must(t, m.WriteFile(model))
	args := []string{"cam", "--model", model, "--labels", labels, "--normalise", "none", "--out",
		filepath.Join(dir, "maps"), "--overwrite", filepath.Join(peer, "00000001_000.png")}
	code, text, errs := cxr(t, args...)
	if code != exitOK || strings.Contains(text, "peak at") ||
		!strings.Contains(text, "Nothing speaks for the class") || !strings.Contains(text, "zero everywhere") {
		t.Errorf("exit %d, %q %q", code, text, errs)
	}
	_, text, _ = cxr(t, append(args, "--json")...)
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var got struct {
			Peak []float64
			Dead string
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Dead == "" || i == 1 && got.Peak != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
