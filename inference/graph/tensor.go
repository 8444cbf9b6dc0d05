package graph

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// Tensor is a constant: an initializer of a graph or the value of an
// attribute. Its elements may lie in the file, in typed protobuf fields or in
// an external file; the accessors read all three.
type Tensor struct {
	Name string
	Dims []int64
	Type DataType

	raw        []byte
	hasRaw     bool
	typed      bool // elements are in a typed field among unknown
	external   []*Prop
	isExternal bool
	dir        string
	unknown    rawFields
}

// NewFloats returns a float32 tensor. Its length must be the product of dims.
func NewFloats(name string, v []float32, dims ...int64) *Tensor {
	t := &Tensor{Name: name, Dims: dims, Type: Float}
	t.SetFloats(v)
	return t
}

// NewInts returns an int64 tensor. Its length must be the product of dims.
func NewInts(name string, v []int64, dims ...int64) *Tensor {
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x))
	}
	return NewRaw(name, Int64, raw, dims...)
}

// NewRaw returns a tensor on little-endian elements, which it aliases.
func NewRaw(name string, elem DataType, raw []byte, dims ...int64) *Tensor {
	return &Tensor{Name: name, Dims: dims, Type: elem, raw: raw, hasRaw: true}
}

// checkDims refuses negative sizes and products that overflow.
func (t *Tensor) checkDims() error {
	n := int64(1)
	for _, d := range t.Dims {
		if d < 0 || (d > 0 && n > math.MaxInt64/d/16) {
			return message.Errorf("%w: impossible tensor shape %v", ErrDamaged, t.Dims)
		}
		n *= max(d, 1)
	}
	return nil
}

// Len returns the number of elements, 1 for a scalar.
func (t *Tensor) Len() int64 {
	n := int64(1)
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// Size returns the number of bytes that the elements take in raw form, 0 for
// strings.
func (t *Tensor) Size() int64 { return (t.Len()*int64(t.Type.Bits()) + 7) / 8 }

// External tells whether the elements lie in another file.
func (t *Tensor) External() bool { return t.isExternal }

// Data returns the elements as little-endian bytes in the layout of raw_data.
// The result may alias the model's input and must not be changed. String
// tensors have no such form.
func (t *Tensor) Data() ([]byte, error) {
	raw, err := t.data()
	if err != nil {
		return nil, message.Errorf("tensor %q: %w", t.Name, err)
	}
	if int64(len(raw)) != t.Size() {
		return nil, message.Errorf("tensor %q: %w: %d bytes for shape %v of %v, which takes %d",
			t.Name, ErrDamaged, len(raw), t.Dims, t.Type, t.Size())
	}
	return raw, nil
}

func (t *Tensor) data() ([]byte, error) {
	switch {
	case t.Type.Bits() == 0:
		return nil, message.Errorf("%w: elements of type %v", ErrUnsupported, t.Type)
	case t.isExternal:
		return t.readExternal()
	case t.hasRaw:
		return t.raw, nil
	}
	return t.unpack()
}

// typedField returns the number of the protobuf field that carries elements of
// the tensor's type, and the bytes each value takes there in raw form.
func (t *Tensor) typedField() (protowire.Number, int) {
	switch t.Type {
	case Float, Complex64:
		return 4, 4
	case Int64:
		return 7, 8
	case Double, Complex128:
		return 10, 8
	case Uint64:
		return 11, 8
	case Uint32:
		return 11, 4
	}
	return 5, max(t.Type.Bits()/8, 1)
}

// unpack gathers the elements from the typed protobuf field.
func (t *Tensor) unpack() ([]byte, error) {
	num, width := t.typedField()
	var out []byte
	for _, u := range t.unknown {
		if u.num != num {
			continue
		}
		f, _, err := parseField(u.raw)
		if err != nil {
			return nil, err
		}
		if out, err = appendElements(out, f, width); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendElements appends the values of one packed or plain field as width
// little-endian bytes each.
func appendElements(out []byte, f field, width int) ([]byte, error) {
	put := func(v uint64) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], v)
		out = append(out, b[:width]...)
	}
	if f.typ != protowire.BytesType {
		put(f.val)
		return out, nil
	}
	if f.num == 4 || f.num == 10 { // fixed width: packed form and raw form agree
		return append(out, f.data...), nil
	}
	for b := f.data; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, message.Errorf("%w: %w", ErrDamaged, protowire.ParseError(n))
		}
		put(v)
		b = b[n:]
	}
	return out, nil
}

// Floats returns the elements of a floating-point tensor as float32.
func (t *Tensor) Floats() ([]float32, error) {
	raw, err := t.Data()
	if err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	switch t.Type {
	case Float:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case Double:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	case Float16:
		for i := range out {
			out[i] = HalfToFloat(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case BFloat16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
	default:
		return nil, message.Errorf("tensor %q: %w: %v is not a floating-point type", t.Name, ErrUnsupported, t.Type)
	}
	return out, nil
}

// Ints returns the elements of an integer or boolean tensor as int64.
func (t *Tensor) Ints() ([]int64, error) {
	raw, err := t.Data()
	if err != nil {
		return nil, err
	}
	read, width := intReader(t.Type)
	if read == nil {
		return nil, message.Errorf("tensor %q: %w: %v is not an integer type", t.Name, ErrUnsupported, t.Type)
	}
	out := make([]int64, t.Len())
	for i := range out {
		out[i] = read(raw[width*i:])
	}
	return out, nil
}

func intReader(t DataType) (func([]byte) int64, int) {
	le := binary.LittleEndian
	switch t {
	case Int64, Uint64:
		return func(b []byte) int64 { return int64(le.Uint64(b)) }, 8
	case Int32:
		return func(b []byte) int64 { return int64(int32(le.Uint32(b))) }, 4
	case Uint32:
		return func(b []byte) int64 { return int64(le.Uint32(b)) }, 4
	case Int16:
		return func(b []byte) int64 { return int64(int16(le.Uint16(b))) }, 2
	case Uint16:
		return func(b []byte) int64 { return int64(le.Uint16(b)) }, 2
	case Int8:
		return func(b []byte) int64 { return int64(int8(b[0])) }, 1
	case Uint8, Bool:
		return func(b []byte) int64 { return int64(b[0]) }, 1
	}
	return nil, 0
}

// SetFloats replaces the elements by float32 values; the shape stays.
func (t *Tensor) SetFloats(v []float32) {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	t.SetRaw(Float, raw)
}

// SetRaw replaces element type and elements; raw is aliased, the shape stays.
func (t *Tensor) SetRaw(elem DataType, raw []byte) {
	kept := t.unknown[:0:0]
	for _, u := range t.unknown {
		switch u.num {
		case 4, 5, 6, 7, 10, 11, 14: // typed elements, explicit default location
		default:
			kept = append(kept, u)
		}
	}
	t.unknown = kept
	t.Type, t.raw, t.hasRaw = elem, raw, true
	t.typed, t.isExternal, t.external = false, false, nil
}

// HalfToFloat widens an IEEE 754 binary16 value.
func HalfToFloat(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	}
	v := float32(frac) / (1 << 24) // subnormal: frac * 2^-24, exact in float32
	if sign != 0 {
		return -v
	}
	return v
}

// FloatToHalf rounds to the nearest IEEE 754 binary16 value, ties to even;
// what is too large becomes infinite.
func FloatToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign, x := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case x > 0x7f800000:
		return sign | 0x7e00
	case x >= 0x477ff000: // 65520, halfway above the largest half
		return sign | 0x7c00
	case x < 0x38800000: // below 2^-14: subnormal, a multiple of 2^-24
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(x))*(1<<24)))
	}
	x += 0xfff + x>>13&1
	return sign | uint16((x-(127-15)<<23)>>13)
}
