package trainer

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/inference/graph"
	"hilum/inference/zoo"
	"hilum/training/dataset"
	"hilum/training/recipe"
)

func openRecipe(t testing.TB, name string) recipe.Recipe {
	t.Helper()
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func freshNetwork(t testing.TB, arch string, r recipe.Recipe) *network {
	t.Helper()
	n, err := openNetwork(Config{Arch: arch, Recipe: r, Seed: 2}, nil, []string{"A", "B", "C"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The last block of residual networks begins where the last stage does; with the
// recipe seed that is what PyTorch calls layer4 and fc, and nothing else.
func TestLastBlock(t *testing.T) {
	for arch, want := range map[string]string{"resnet18": "layer3.1", "resnet50": "layer3.5", "resnet_small": "body.1",
		"resnet_fine": "body.2", "resnet_tiny": "body.1"} {
		n := freshNetwork(t, arch, openRecipe(t, "seed"))
		cut, err := n.cut(recipe.CutLastBlock)
		if err != nil || cut != want {
			t.Errorf("%s is cut at %q (%v), want %q", arch, cut, err, want)
		}
	}
	n := freshNetwork(t, "resnet50", openRecipe(t, "seed"))
	names, err := n.trainable("layer3.5")
	if err != nil {
		t.Fatal(err)
	}
	count := int64(0)
	for _, name := range names {
		if !strings.HasPrefix(name, "layer4.") && !strings.HasPrefix(name, "fc.") {
			t.Errorf("%s is trained", name)
		}
		count += n.model.Graph.Initializer(name).Len()
	}
	if want := int64(14964736 + 3*2048 + 3); count != want { // torchvision's layer4, and the head of three classes
		t.Errorf("%d parameters, want %d", count, want)
	}
	if _, err := n.cut("layer9"); err == nil {
		t.Error("a cut at nothing")
	}
	if got, err := n.cut("layer2.3"); err != nil || got != "layer2.3" {
		t.Errorf("a cut by name: %q %v", got, err)
	}
}

// An average pooling that makes the last size belongs to the frozen side, and in
// an inverted residual the wide inner map is no place to cut.
func TestLastBlockOfOtherFamilies(t *testing.T) {
	m := graph.NewModel("net", 17)
	g := m.Graph
	g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3),
		graph.FixedDim(16), graph.FixedDim(16))}
	conv := func(in, out string, from, to, k, stride int64) {
		w := out + ".w"
		g.Initializers = append(g.Initializers, graph.NewFloats(w, make([]float32, from*to*k*k), to, from, k, k))
		g.AddNode("Conv", []string{in, w}, []string{out}, graph.IntsAttr("strides", stride, stride),
			graph.IntsAttr("pads", k/2, k/2, k/2, k/2))
	}
	conv("x", "stem", 3, 8, 3, 2)       // 8 x 8
	conv("stem", "expand", 8, 48, 1, 1) // the wide inner map
	g.AddNode("Relu", []string{"expand"}, []string{"act"})
	conv("act", "down", 48, 12, 3, 2) // 4 x 4
	head := func(x string) {
		g.AddNode("GlobalAveragePool", []string{x}, []string{"pool"})
		g.AddNode("Flatten", []string{"pool"}, []string{"flat"})
		g.Initializers = append(g.Initializers, graph.NewFloats("w", make([]float32, 24), 2, 12))
		g.AddNode("Gemm", []string{"flat", "w"}, []string{"y"}, graph.IntAttr("transB", 1))
		g.AddOutput(graph.NewValueInfo("y", graph.Float, graph.SymbolDim("n"), graph.FixedDim(2)))
	}
	head("down")
	n := &network{model: m, head: linearHead{logits: "y"}}
	if got, err := n.lastBlock(); err != nil || got != "stem" {
		t.Errorf("inverted residual: %q %v", got, err)
	}
	g.Nodes, g.Outputs = g.Nodes[:4], nil
	g.AddNode("AveragePool", []string{"down"}, []string{"half"}, graph.IntsAttr("kernel_shape", 2, 2),
		graph.IntsAttr("strides", 2, 2))
	conv("half", "last", 12, 12, 3, 1)
	g.Initializers = slices.DeleteFunc(g.Initializers, func(t *graph.Tensor) bool { return t.Name == "w" })
	head("last")
	if got, err := n.lastBlock(); err != nil || got != "half" {
		t.Errorf("after a pooling: %q %v", got, err)
	}
}

// Of a transformer the last block begins at what its first normalisation reads.
func TestLastBlockOfATransformer(t *testing.T) {
	m, err := graph.ReadFile("../../inference/graph/grad/testdata/vit.onnx")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{model: m, head: linearHead{logits: "y"}}
	got, err := n.lastBlock()
	if err != nil {
		t.Fatal(err)
	}
	norm := m.Graph.Producers()["/block/ln_1/LayerNormalization_output_0"]
	if got != norm.Input(0) {
		t.Errorf("cut at %q, the block begins at %q", got, norm.Input(0))
	}
}

// Rates fall with every halving that is still to come; the head has its own.
func TestHalvings(t *testing.T) {
	n := freshNetwork(t, "resnet18", openRecipe(t, "full"))
	h, err := n.halvings()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"conv1.weight": 4, "layer1.0.conv1.weight": 3, "layer2.0.conv1.weight": 2,
		"layer3.1.bn2.weight": 1, "layer4.0.conv1.weight": 0, "fc.weight": 0} {
		if h[name] != want {
			t.Errorf("%s: %d halvings, want %d", name, h[name], want)
		}
	}
}

// Classes that the parent scores keep their rows wherever they stand; the others
// begin at the log odds of the films.
func TestSetClasses(t *testing.T) {
	for _, transposed := range []bool{false, true} {
		n := freshNetwork(t, "resnet_tiny", openRecipe(t, "full"))
		g := n.model.Graph
		w := make([]float32, 3*32)
		for i := range w {
			w[i] = float32(100 + i/32) // the class
		}
		if transposed {
			for i := range w {
				w[i] = float32(100 + i%3)
			}
			n.head.classesFirst = false
			replaceWeight(g, graph.NewFloats("head.weight", w, 32, 3))
			g.Producers()["logits"].Attr("transB").Int = 0
		} else {
			replaceWeight(g, graph.NewFloats("head.weight", w, 3, 32))
		}
		replaceWeight(g, graph.NewFloats("head.bias", []float32{7, 8, 9}, 3))
		n.spec.Classes = []string{"A", "B", "C"}
		if err := n.setClasses([]string{"new", "c"}, dataset.ClassCounts{Positive: []int{9, 1}, Negative: []int{89, 1}},
			1); err != nil {
			t.Fatal(err)
		}
		got, err := g.Initializer("head.weight").Floats()
		if err != nil || len(got) != 64 {
			t.Fatal(len(got), err)
		}
		bias, err := g.Initializer("head.bias").Floats()
		if err != nil || bias[1] != 9 || math.Abs(float64(bias[0])-math.Log(10./90)) > 1e-6 {
			t.Errorf("biases %v (%v)", bias, err)
		}
		for ch := range 32 {
			drawn, kept := got[ch], got[32+ch]
			if transposed {
				drawn, kept = got[2*ch], got[2*ch+1]
			}
			if kept != 102 || math.Abs(float64(drawn)) > 1/math.Sqrt(32) {
				t.Fatalf("channel %d: %v and %v", ch, drawn, kept)
			}
		}
		if !slices.Equal(n.spec.Classes, []string{"new", "c"}) || len(n.notes) == 0 {
			t.Errorf("classes %v, notes %v", n.spec.Classes, n.notes)
		}
	}
}

// What a range test finds, a run trains with; it leaves nothing but the cache.
func TestFindRateAndEstimate(t *testing.T) {
	e := openEngine(t)
	c := tinyRun(t, drawImages(t, 64))
	j := Train{Config: c, Engine: e}
	r, err := j.FindRate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	first, last := r.Points[0], r.Points[len(r.Points)-1]
	if len(r.Points) < 30 || first.Rate >= last.Rate ||
		math.Abs(first.Rate-c.Recipe.Optimizer.RateHead*rateFirst) > 1e-9 {
		t.Errorf("%d points from %v to %v", len(r.Points), first, last)
	}
	if r.Head < 1e-4 || r.Head > 1 || math.Abs(r.Body/r.Head-.5) > 1e-9 {
		t.Errorf("rates %v and %v", r.Head, r.Body)
	}
	if files, _ := filepath.Glob(filepath.Join(c.Out, "*")); len(files) != 1 || filepath.Base(files[0]) != "cache" {
		t.Errorf("left behind: %v", files)
	}
	est, err := j.Estimate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if est.Epoch <= 0 || est.Epoch > time.Minute || est.Total < 4*est.Epoch || est.Memory < 1<<20 ||
		est.Plan.Train != 48 || est.Plan.Steps != 4 {
		t.Errorf("estimate %+v", est)
	}
	if est.CacheBytes != est.Plan.CacheBytes || est.CacheBytes < 64*32*32*2 {
		t.Errorf("cache of %d bytes", est.CacheBytes)
	}
	if b, err := json.Marshal(est); err != nil || len(b) == 0 {
		t.Error(err)
	}
}

func TestWhatCannotBeTrained(t *testing.T) {
	e := openEngine(t)
	table := drawImages(t, 16)
	for want, change := range map[string]func(c *Config){
		"no folder":          func(c *Config) { c.Out = "" },
		"no data set":        func(c *Config) { c.Data = "" },
		"either a model":     func(c *Config) { c.Model = "a.onnx" },
		"name a model":       func(c *Config) { c.Arch = "" },
		"no weights":         func(c *Config) { c.Arch = "alexnet" },
		"no value":           func(c *Config) { c.Recipe.Cut = "nowhere" },
		"drops what is left": func(c *Config) { c.Recipe.Batch, c.Recipe.LastBatch = 64, "drop" },
		"recipe: ":           func(c *Config) { c.Recipe.Epochs = -1 },
	} {
		c := tinyRun(t, table)
		change(&c)
		if _, err := (Train{Config: c, Engine: e}).Run(context.Background()); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	if _, err := (Train{Config: tinyRun(t, table)}).Run(context.Background()); err == nil {
		t.Error("trained without an engine")
	}
	if !slices.Contains(zoo.Architectures().Names(), "resnet_tiny") {
		t.Error("the tests' network is not listed")
	}
}
