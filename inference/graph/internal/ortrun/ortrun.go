// Package ortrun is test support: it runs small graphs of any element type on
// ONNX Runtime, so that tests can compare what a graph computes with an oracle.
// No program may import it.
package ortrun

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	ort "github.com/yalue/onnxruntime_go"
)

// Array is a dense array, row-major; exactly one of the slices is set.
type Array struct {
	Shape []int64
	F32   []float32
	F64   []float64
	I64   []int64
	I32   []int32
	Bool  []bool
}

// F32 makes a float32 array.
func F32(v []float32, shape ...int64) Array { return Array{Shape: shape, F32: v} }

// F64 makes a float64 array.
func F64(v []float64, shape ...int64) Array { return Array{Shape: shape, F64: v} }

// Session is an open model.
type Session struct {
	s       *ort.DynamicAdvancedSession
	inputs  []string
	outputs []string
}

// environment opens the runtime once for a test process; it stays open.
var environment = sync.OnceValues(func() (string, error) {
	lib := library()
	if lib == "" {
		return "no ONNX Runtime: set HILUM_ORT_LIB or run make", nil
	}
	ort.SetSharedLibraryPath(lib)
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return "", err
	}
	return "", ort.InitializeEnvironment(ort.WithLogLevelError())
})

func library() string {
	if lib := os.Getenv("HILUM_ORT_LIB"); lib != "" {
		if st, err := os.Stat(lib); err == nil && st.IsDir() {
			return filepath.Join(lib, "libonnxruntime.so")
		}
		return lib
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		lib := filepath.Join(dir, "build", "ort", "libonnxruntime.so")
		if _, err := os.Stat(lib); err == nil {
			return lib
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// Need skips the test when there is no runtime.
func Need(t testing.TB) {
	t.Helper()
	skip, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	if skip != "" {
		t.Skip(skip)
	}
}

// Open opens a model, closed at the end of the test.
func Open(t testing.TB, model []byte) *Session {
	t.Helper()
	s, err := TryOpen(t, model)
	if err != nil {
		t.Fatalf("open model: %v", err)
	}
	return s
}

// TryOpen is Open for tests that expect the runtime to refuse a model.
func TryOpen(t testing.TB, model []byte) (*Session, error) {
	t.Helper()
	Need(t)
	in, out, err := ort.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, err
	}
	s := &Session{}
	for _, i := range in {
		s.inputs = append(s.inputs, i.Name)
	}
	for _, o := range out {
		s.outputs = append(s.outputs, o.Name)
	}
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = opts.SetIntraOpNumThreads(1)
	if err == nil {
		s.s, err = ort.NewDynamicAdvancedSessionWithONNXData(model, s.inputs, s.outputs, opts)
	}
	if err = errors.Join(err, opts.Destroy()); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := s.s.Destroy(); err != nil {
			t.Errorf("close model: %v", err)
		}
	})
	return s, nil
}

// Run computes all outputs.
func (s *Session) Run(t testing.TB, feeds map[string]Array) map[string]Array {
	t.Helper()
	out, err := s.TryRun(feeds)
	if err != nil {
		t.Fatalf("run model: %v", err)
	}
	return out
}

// TryRun is Run with its error.
func (s *Session) TryRun(feeds map[string]Array) (map[string]Array, error) {
	in := make([]ort.Value, len(s.inputs))
	for i, name := range s.inputs {
		a, ok := feeds[name]
		if !ok {
			return nil, fmt.Errorf("input %q is not fed", name)
		}
		v, err := a.value()
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", name, err)
		}
		in[i] = v
	}
	values := make([]ort.Value, len(s.outputs))
	err := s.s.Run(in, values)
	for _, v := range in {
		err = errors.Join(err, v.Destroy())
	}
	if err != nil {
		return nil, err
	}
	out := make(map[string]Array, len(values))
	for i, v := range values {
		a, err := fromValue(v)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", s.outputs[i], err)
		}
		out[s.outputs[i]] = a
		if err := v.Destroy(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a Array) value() (ort.Value, error) {
	shape := ort.NewShape(a.Shape...)
	switch {
	case a.F32 != nil:
		return ort.NewTensor(shape, a.F32)
	case a.F64 != nil:
		return ort.NewTensor(shape, a.F64)
	case a.I64 != nil:
		return ort.NewTensor(shape, a.I64)
	case a.I32 != nil:
		return ort.NewTensor(shape, a.I32)
	case a.Bool != nil:
		return ort.NewTensor(shape, a.Bool)
	}
	return nil, fmt.Errorf("empty array")
}

func fromValue(v ort.Value) (Array, error) {
	a := Array{Shape: append([]int64{}, v.GetShape()...)}
	switch t := v.(type) {
	case *ort.Tensor[float32]:
		a.F32 = append([]float32{}, t.GetData()...)
	case *ort.Tensor[float64]:
		a.F64 = append([]float64{}, t.GetData()...)
	case *ort.Tensor[int64]:
		a.I64 = append([]int64{}, t.GetData()...)
	case *ort.Tensor[int32]:
		a.I32 = append([]int32{}, t.GetData()...)
	case *ort.Tensor[bool]:
		a.Bool = append([]bool{}, t.GetData()...)
	default:
		return a, fmt.Errorf("a value of type %T", v)
	}
	return a, nil
}
