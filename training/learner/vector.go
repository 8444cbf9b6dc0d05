package learner

import (
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/internal/message"
)

// Vector is many tensors in one piece of memory, so that an optimizer passes
// over all of them at once.
type Vector struct {
	Names  []string
	Shapes [][]int64
	From   []int     // where each begins in Data
	Data   []float32 // with gaps of zeros
}

// align is the alignment of tensors in a vector in elements: a line of the
// processor's cache.
const align = 16

// newVector copies initializers of m.
func newVector(m *graph.Model, names []string) (Vector, error) {
	v := Vector{Names: names}
	var values [][]float32
	size := 0
	for _, name := range names {
		t := m.Graph.Initializer(name)
		if t == nil || t.Type != graph.Float {
			return Vector{}, message.Errorf("%q is no weight of 32-bit floats", name)
		}
		f, err := t.Floats()
		if err != nil {
			return Vector{}, err
		}
		values = append(values, f)
		v.Shapes, v.From = append(v.Shapes, t.Dims), append(v.From, size)
		size += (len(f) + align - 1) / align * align
	}
	v.Data = make([]float32, size)
	for i, f := range values {
		copy(v.Data[v.From[i]:], f)
	}
	return v, nil
}

// zero is a vector of the same layout.
func (v Vector) zero() Vector {
	v.Data = make([]float32, len(v.Data))
	return v
}

// Len is the number of elements of all tensors.
func (v Vector) Len() int {
	n := 0
	for i := range v.Names {
		n += v.size(i)
	}
	return n
}

func (v Vector) size(i int) int {
	n := 1
	for _, d := range v.Shapes[i] {
		n *= int(d)
	}
	return n
}

// Range is where tensor i lies in Data.
func (v Vector) Range(i int) (from, to int) { return v.From[i], v.From[i] + v.size(i) }

// part is tensor i in data of this layout.
func (v Vector) part(data []float32, i int) []float32 {
	from, to := v.Range(i)
	return data[from:to:to]
}

// tensors gives all tensors, in Data itself.
func (v Vector) tensors() []inference.Tensor {
	out := make([]inference.Tensor, len(v.Names))
	for i := range v.Names {
		out[i] = inference.Tensor{Shape: v.Shapes[i], Data: v.part(v.Data, i)}
	}
	return out
}
