package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// sparseInitializer is the field of GraphProto with weights that are mostly zero;
// those of SparseTensorProto follow.
const (
	sparseInitializer = 15
	sparseValues      = 1
	sparseIndices     = 2
	sparseDims        = 3
)

// maxDense bounds what sparse weights may become, in elements.
const maxDense = 1 << 28

// numbered gives the fields of a number.
func (u rawFields) numbered(num protowire.Number) (list rawFields) {
	for _, x := range u {
		if x.num == num {
			list = append(list, x)
		}
	}
	return list
}

// HasSparse tells whether weights of the graph are stored as sparse ones.
func (g *Graph) HasSparse() bool { return len(g.unknown.numbered(sparseInitializer)) > 0 }

// Densify writes sparse weights of 32-bit floats out: nothing but a runtime reads
// them as they are. Others stay.
func (g *Graph) Densify() error {
	var kept rawFields
	for _, x := range g.unknown {
		if x.num != sparseInitializer {
			kept = append(kept, x)
			continue
		}
		t, err := denseOf(fieldBytes(x.raw, sparseInitializer))
		if err != nil {
			return err
		}
		if t == nil {
			kept = append(kept, x)
			continue
		}
		g.Initializers = append(g.Initializers, t)
	}
	g.unknown = kept
	return nil
}

// denseOf reads a SparseTensorProto; nil where it is not of 32-bit floats.
func denseOf(raw []byte) (*Tensor, error) {
	var values, indices *Tensor
	var dims []int64
	r := new(reader)
	_, err := r.fields("sparse tensor", raw, func(f field) (bool, error) {
		switch f.num {
		case sparseValues:
			return one(f, &values, r.tensor)
		case sparseIndices:
			return one(f, &indices, r.tensor)
		case sparseDims:
			return true, f.ints(r, &dims)
		}
		return false, nil
	})
	if err != nil || values == nil || indices == nil || values.Type != Float {
		return nil, err
	}
	v, err := values.Floats()
	if err != nil {
		return nil, err
	}
	at, err := indices.Ints()
	if err != nil {
		return nil, err
	}
	size := int64(1)
	for _, d := range dims {
		if d < 0 || d > maxDense || size > maxDense/max(d, 1) {
			return nil, message.Errorf("%w: sparse weights %q of shape %v", ErrUnsupported, values.Name, dims)
		}
		size *= d
	}
	dense := make([]float32, size)
	if err := scatter(dense, v, at, dims); err != nil {
		return nil, message.Errorf("%w: sparse weights %q: %w", ErrDamaged, values.Name, err)
	}
	return NewFloats(values.Name, dense, dims...), nil
}

// scatter puts values at their places: places in the flat tensor, one a value, or
// one a value and axis.
func scatter(dense, v []float32, at, dims []int64) error {
	k := 1
	if len(at) != len(v) {
		k = len(dims)
	}
	if len(at) != k*len(v) {
		return message.Errorf("%d indices for %d values", len(at), len(v))
	}
	for i, index := range slices.Collect(slices.Chunk(at, k)) {
		place := int64(0)
		for axis, x := range index {
			if k > 1 && (x < 0 || x >= dims[axis]) {
				return message.Errorf("index %v beyond shape %v", index, dims)
			}
			if k > 1 {
				place *= dims[axis]
			}
			place += x
		}
		if place < 0 || place >= int64(len(dense)) {
			return message.Errorf("index %v beyond shape %v", index, dims)
		}
		dense[place] = v[i]
	}
	return nil
}
