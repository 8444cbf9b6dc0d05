package ort

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilum/inference"
	"hilum/inference/graph"
)

// openEngine gives the CPU engine, or skips where ONNX Runtime is absent.
func openEngine(t testing.TB) *Engine {
	t.Helper()
	if _, err := Find(""); err != nil {
		t.Skip("ONNX Runtime is not here (make engine): ", err)
	}
	e, err := Open(Options{Provider: inference.CPU})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func vector(name string, n int64) *graph.ValueInfo {
	return &graph.ValueInfo{Name: name,
		Type: &graph.TensorType{Elem: graph.Float, HasShape: true,
			Shape: []graph.Dim{graph.FixedDim(n), graph.FixedDim(n)}}}
}

// chain is n matrix products of side x side, one after another.
func chain(t testing.TB, n int, side int64) []byte {
	t.Helper()
	g := &graph.Graph{Name: "chain", Inputs: []*graph.ValueInfo{vector("v0", side)}}
	last := "v0"
	used := g.Names()
	for range n {
		next := graph.Fresh(used, "v")
		used[next] = true
		g.AddNode("MatMul", []string{last, "v0"}, []string{next})
		last = next
	}
	g.Outputs = []*graph.ValueInfo{vector(last, side)}
	b, err := (&graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lastOutput(t testing.TB, model []byte) string {
	t.Helper()
	m, err := graph.Decode(model)
	if err != nil {
		t.Fatal(err)
	}
	return m.Graph.Outputs[0].Name
}

func openChain(t testing.TB, e *Engine, n int, side int64) inference.Session {
	t.Helper()
	model := chain(t, n, side)
	s, err := e.NewSession(model,
		inference.SessionOptions{Inputs: []string{"v0"}, Outputs: []string{lastOutput(t, model)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunComputes(t *testing.T) {
	e := openEngine(t)
	s := openChain(t, e, 2, 2)
	defer s.Close()
	out, err := s.Run(context.Background(), []inference.Tensor{{Shape: []int64{2, 2}, Data: []float32{1, 2, 3, 4}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{37, 54, 81, 118} { // the cube of the matrix, by hand
		if out[0].Data[i] != want {
			t.Errorf("element %d is %v, want %v", i, out[0].Data[i], want)
		}
	}
	if info := e.Info(); info.Provider != inference.CPU || info.Threads < 1 || info.Reason.IsZero() ||
		info.Library == "" {
		t.Errorf("info %+v", info)
	}
}

func TestCancellingEndsARunPromptly(t *testing.T) {
	e := openEngine(t)
	s := openChain(t, e, 4000, 512) // about a tera operation
	defer s.Close()
	in := inference.NewTensor(512, 512)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Run(ctx, []inference.Tensor{in})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want the context's", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v to end a run cancelled after 0.2 s", took)
	}
	if _, err := s.Run(ctx, []inference.Tensor{in}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a run on an ended context gives %v", err)
	}
}

func TestRunsShareASessionAndCloseWaits(t *testing.T) {
	e := openEngine(t)
	s := openChain(t, e, 50, 64)
	in := inference.NewTensor(64, 64)
	for i := range 64 {
		in.Data[i*65] = 1
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				out, err := s.Run(context.Background(), []inference.Tensor{in})
				if err == nil && out[0].Data[65] != 1 {
					t.Errorf("a power of one is %v", out[0].Data[65])
				}
				if err != nil && !strings.Contains(err.Error(), "closed") {
					t.Error(err)
				}
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wait.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := s.Run(context.Background(), []inference.Tensor{in}); err == nil {
		t.Error("a closed session ran")
	}
}

func TestRefusedModelsAndInputs(t *testing.T) {
	e := openEngine(t)
	for name, model := range map[string][]byte{"empty": nil, "garbage": []byte("no model at all"),
		"cut": chain(t, 3, 4)[:60]} {
		if _, err := e.NewSession(model,
			inference.SessionOptions{Inputs: []string{"v0"}, Outputs: []string{"v"}}); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
	s := openChain(t, e, 2, 4)
	defer s.Close()
	for name, in := range map[string][]inference.Tensor{
		"none":        {},
		"wrong shape": {inference.NewTensor(3, 3)},
		"short data":  {{Shape: []int64{4, 4}, Data: make([]float32, 3)}},
	} {
		if _, err := s.Run(context.Background(), in); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// residentKB is the process's resident memory (Linux).
func residentKB(t *testing.T) int {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	var pages, resident int
	for i, field := range strings.Fields(string(data)) {
		n := 0
		for _, c := range field {
			n = n*10 + int(c-'0')
		}
		switch i {
		case 0:
			pages = n
		case 1:
			resident = n
		}
	}
	_ = pages
	return resident * os.Getpagesize() / 1024
}

func TestAThousandRoundsLeaveMemoryFlat(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 200
	}
	e := openEngine(t)
	in := inference.NewTensor(64, 64)
	var before int
	for i := range rounds {
		if i == rounds/5 { // after the first fifth the allocators have settled
			runtime.GC()
			before = residentKB(t)
		}
		s := openChain(t, e, 10, 64)
		if _, err := s.Run(context.Background(), []inference.Tensor{in}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	if grown := residentKB(t) - before; grown > 20<<10 {
		t.Errorf("resident memory grew by %d KB over %d rounds", grown, rounds*4/5)
	}
}

func TestEnvironmentIsShared(t *testing.T) {
	first := openEngine(t)
	second, err := Open(Options{Provider: inference.CPU, Library: first.Info().Library})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	s := openChain(t, first, 1, 2) // the first engine still works
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestLibraryIsLookedForWhereItSays(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "nowhere.so")
	if _, err := Find(missing); err == nil || !strings.Contains(err.Error(), missing) ||
		!strings.Contains(err.Error(), "make engine") {
		t.Errorf("absent flag: %v", err)
	}
	t.Setenv(envLibrary, missing)
	if _, err := Find(""); err == nil || !strings.Contains(err.Error(), envLibrary) {
		t.Errorf("absent variable: %v", err)
	}
	for _, name := range []string{"libonnxruntime.so.1.9.0", "libonnxruntime.so.1.24.1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("no library"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(envLibrary, dir)
	if runtime.GOOS == "linux" {
		if got, err := Find(""); err != nil || filepath.Base(got) != "libonnxruntime.so.1.24.1" {
			t.Errorf("a folder with two versions: %s, %v; want the newer", got, err)
		}
	}
	flag := filepath.Join(dir, "libonnxruntime.so.1.9.0")
	if got, err := Find(flag); err != nil || got != flag {
		t.Errorf("the flag goes before the variable: %s, %v", got, err)
	}
	if err := checkVersion(flag); err == nil || !strings.Contains(err.Error(), "cannot be used as ONNX Runtime") {
		t.Errorf("a file that is no library: %v", err)
	}
	if _, err := Open(Options{Library: flag, Provider: inference.CPU}); err == nil {
		t.Error("a file that is no library was opened")
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]bool{"1.24.0": true, "1.32.0": true, "2.0.1": true, "1.23.9": false,
		"0.30.0": false, "x": false, "1.y": false, "": false} {
		if versionOK(version) != want {
			t.Errorf("versionOK(%q) = %v", version, !want)
		}
	}
}

func TestCUDAFallsBackWithAReason(t *testing.T) {
	e := openEngine(t)
	library := e.Info().Library
	report := CheckCUDA(library)
	if report.Usable() {
		t.Skip("CUDA is usable here")
	}
	if report.Reason().IsZero() || len(report.Steps) == 0 {
		t.Errorf("CUDA is not usable, and no reason: %+v", report)
	}
	auto, err := Open(Options{Library: library})
	if err != nil {
		t.Fatal(err)
	}
	defer auto.Close()
	if i := auto.Info(); i.Provider != inference.CPU || i.Reason.String() != report.Reason().String() {
		t.Errorf("auto gives %+v, want the CPU because %q", i, report.Reason())
	}
	if _, err := Open(Options{Library: library, Provider: inference.CUDA}); err == nil ||
		!strings.Contains(err.Error(), report.Reason().String()) {
		t.Errorf("asking for CUDA gives %v", err)
	}
}

func TestDamagedCUDAProviderIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "libonnxruntime_providers_cuda.so"), []byte("no ELF"),
		0o600); err != nil {
		t.Fatal(err)
	}
	r := CheckCUDA(filepath.Join(dir, "libonnxruntime.so"))
	if r.Usable() || !(strings.Contains(r.Reason().String(), "damaged") || runtime.GOOS != "linux") {
		t.Errorf("reason %q", r.Reason())
	}
}

func TestGraphValuesAreFloats(t *testing.T) {
	e := openEngine(t)
	g := &graph.Graph{Name: "ints", Inputs: []*graph.ValueInfo{vector("x", 2)}}
	g.AddNode("Shape", []string{"x"}, []string{"y"})
	g.Outputs = []*graph.ValueInfo{{Name: "y", Type: &graph.TensorType{Elem: graph.Int64}}}
	b, err := (&graph.Model{IRVersion: 8, Graph: g, Opsets: []*graph.Opset{{Version: 17}}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(b, inference.SessionOptions{Inputs: []string{"x"}, Outputs: []string{"y"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Run(context.Background(), []inference.Tensor{inference.NewTensor(2, 2)}); err == nil ||
		!strings.Contains(err.Error(), "32-bit floats") {
		t.Errorf("an integer output gives %v", err)
	}
}

// Pooled sessions compute the same bytes, and many of them keep no more memory than
// one, where sessions of their own memory keep so much each.
func TestPooledSessionsShareMemory(t *testing.T) {
	const side, sessions = 1024, 8 // 4 MB a product
	e := openEngine(t)
	model := chain(t, 4, side)
	in := inference.NewTensor(side, side)
	for i := range in.Data {
		in.Data[i] = float32(i%7) / (4 * side)
	}
	kept := func(pooled bool) (int, []float32) {
		var open []inference.Session
		var last []float32
		before := 0
		for i := range sessions {
			s, err := e.NewSession(model,
				inference.SessionOptions{Inputs: []string{"v0"}, Outputs: []string{lastOutput(t, model)},
					Pooled: pooled})
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, s)
			out, err := s.Run(context.Background(), []inference.Tensor{in})
			if err != nil {
				t.Fatal(err)
			}
			last = out[0].Data
			if i == 0 {
				debug.FreeOSMemory()
				before = residentKB(t)
			}
		}
		debug.FreeOSMemory()
		grown := residentKB(t) - before
		for _, s := range open {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		return grown, last
	}
	shared, a := kept(true)
	own, b := kept(false)
	t.Logf("%d more sessions keep %d KB when pooled, %d KB when not", sessions-1, shared, own)
	if !slices.Equal(a, b) {
		t.Error("a pooled session computes something else")
	}
	if shared > own/2 || own < 8<<10 {
		t.Errorf("%d more sessions keep %d KB when pooled, %d KB when not", sessions-1, shared, own)
	}
}
