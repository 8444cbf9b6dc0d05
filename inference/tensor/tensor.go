// Package tensor is the array that goes into networks and comes out of them. Its core type
// is [Tensor]. It imports only the standard library.
package tensor

import "slices"

// Tensor is a dense float32 array, row-major. len(Data) is the product of Shape.
type Tensor struct {
	Shape []int64
	Data  []float32
}

// New allocates a zero tensor.
func New(shape ...int64) Tensor {
	return Tensor{Shape: shape, Data: make([]float32, Elements(shape))}
}

// Elements is the product of the sizes of a shape.
func Elements(shape []int64) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

// First returns the first element of a batch as a batch of one.
func (t Tensor) First() Tensor { return t.Element(0) }

// Element returns an element of a batch as a batch of one.
func (t Tensor) Element(i int) Tensor {
	if len(t.Shape) == 0 || t.Shape[0] == 0 {
		return t
	}
	shape, size := slices.Clone(t.Shape), len(t.Data)/int(t.Shape[0])
	shape[0] = 1
	return Tensor{shape, t.Data[i*size : (i+1)*size]}
}

// Repeat is a batch of n times the first element.
func (t Tensor) Repeat(n int) Tensor {
	shape := slices.Clone(t.Shape)
	shape[0] = int64(n)
	return Tensor{shape, slices.Repeat(t.First().Data, n)}
}
