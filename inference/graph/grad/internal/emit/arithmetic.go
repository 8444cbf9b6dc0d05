package emit

import (
	"encoding/binary"
	"math"

	"hilum/inference/graph"
)

// Add adds two values.
func (b Emitter) Add(x, y string) string { return b.Op("Add", []string{x, y}) }

// Sub subtracts y from x.
func (b Emitter) Sub(x, y string) string { return b.Op("Sub", []string{x, y}) }

// Mul multiplies two values, element by element.
func (b Emitter) Mul(x, y string) string { return b.Op("Mul", []string{x, y}) }

// Div divides x by y.
func (b Emitter) Div(x, y string) string { return b.Op("Div", []string{x, y}) }

// Ints returns an int64 vector.
func (b Emitter) Ints(v ...int64) string {
	return b.Constant(graph.NewInts("", v, int64(len(v))))
}

// Floats returns a constant of the element type of value like.
func (b Emitter) Floats(like string, v []float64, dims ...int64) string {
	elem := b.Elem(like)
	var raw []byte
	for _, x := range v {
		switch elem {
		case graph.Double:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
		case graph.Float16:
			raw = binary.LittleEndian.AppendUint16(raw, graph.FloatToHalf(float32(x)))
		case graph.BFloat16:
			raw = binary.LittleEndian.AppendUint16(raw, uint16(math.Float32bits(float32(x))>>16))
		default:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(x)))
		}
	}
	return b.Constant(graph.NewRaw("", elem, raw, dims...))
}

// Scalar returns a constant of rank 0.
func (b Emitter) Scalar(like string, v float64) string { return b.Floats(like, []float64{v}) }

// Scale multiplies by a constant.
func (b Emitter) Scale(x, like string, k float64) string {
	if k == 1 {
		return x
	}
	return b.Mul(x, b.Scalar(like, k))
}

// Elem is the element type that derivatives by the value have.
func (b Emitter) Elem(name string) graph.DataType {
	if e := b.Shapes().Elem(name); e.IsFloat() {
		return e
	}
	return graph.Float
}

// Where is x where cond holds, else y.
func (b Emitter) Where(cond, x, y string) string { return b.Op("Where", []string{cond, x, y}) }

// Is tells where x is a number.
func (b Emitter) Is(x string, v float64) string { return b.Op("Equal", []string{x, b.Scalar(x, v)}) }

// Unless is x with 0 where cond holds.
func (b Emitter) Unless(cond, x, like string) string { return b.Where(cond, b.Scalar(like, 0), x) }

// Pow raises to a constant.
func (b Emitter) Pow(x, like string, p float64) string {
	switch p {
	case 1:
		return x
	case 2:
		return b.Mul(x, x)
	}
	return b.Op("Pow", []string{x, b.Scalar(like, p)})
}

// Mask turns a boolean value into 0 and 1 of the element type of like.
func (b Emitter) Mask(cond, like string) string {
	return b.Op("Cast", []string{cond}, graph.IntAttr("to", int64(b.Elem(like))))
}

// Positive is 1 where x > 0, else 0.
func (b Emitter) Positive(x string) string {
	return b.Mask(b.Op("Greater", []string{x, b.Scalar(x, 0)}), x)
}

// Between is 1 where lo < x < hi, else 0.
func (b Emitter) Between(x string, lo, hi float64) string {
	above := b.Op("Greater", []string{x, b.Scalar(x, lo)})
	below := b.Op("Less", []string{x, b.Scalar(x, hi)})
	return b.Mask(b.Op("And", []string{above, below}), x)
}
