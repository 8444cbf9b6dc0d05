package graph

import "fmt"

// DataType is the element type of a tensor (TensorProto.DataType).
type DataType int32

// The element types of ONNX.
const (
	Undefined    DataType = 0
	Float        DataType = 1
	Uint8        DataType = 2
	Int8         DataType = 3
	Uint16       DataType = 4
	Int16        DataType = 5
	Int32        DataType = 6
	Int64        DataType = 7
	String       DataType = 8
	Bool         DataType = 9
	Float16      DataType = 10
	Double       DataType = 11
	Uint32       DataType = 12
	Uint64       DataType = 13
	Complex64    DataType = 14
	Complex128   DataType = 15
	BFloat16     DataType = 16
	Float8E4M3   DataType = 17
	Float8E4M3UZ DataType = 18
	Float8E5M2   DataType = 19
	Float8E5M2UZ DataType = 20
	Uint4        DataType = 21
	Int4         DataType = 22
	Float4E2M1   DataType = 23
	Float8E8M0   DataType = 24
	Uint2        DataType = 25
	Int2         DataType = 26
	Float6E2M3   DataType = 27
	Float6E3M2   DataType = 28
)

type typeFacts struct {
	name string
	bits int // of one element in raw_data; 0 where raw_data is not allowed
}

func facts(t DataType) (typeFacts, bool) {
	table := [...]typeFacts{
		Float: {"float", 32}, Uint8: {"uint8", 8}, Int8: {"int8", 8}, Uint16: {"uint16", 16},
		Int16: {"int16", 16}, Int32: {"int32", 32}, Int64: {"int64", 64}, String: {"string", 0},
		Bool: {"bool", 8}, Float16: {"float16", 16}, Double: {"double", 64}, Uint32: {"uint32", 32},
		Uint64: {"uint64", 64}, Complex64: {"complex64", 64}, Complex128: {"complex128", 128},
		BFloat16: {"bfloat16", 16}, Float8E4M3: {"float8e4m3fn", 8}, Float8E4M3UZ: {"float8e4m3fnuz", 8},
		Float8E5M2: {"float8e5m2", 8}, Float8E5M2UZ: {"float8e5m2fnuz", 8}, Uint4: {"uint4", 4},
		Int4: {"int4", 4}, Float4E2M1: {"float4e2m1", 4}, Float8E8M0: {"float8e8m0", 8},
		Uint2: {"uint2", 2}, Int2: {"int2", 2}, Float6E2M3: {"float6e2m3", 6}, Float6E3M2: {"float6e3m2", 6},
	}
	if t <= 0 || int(t) >= len(table) {
		return typeFacts{}, false
	}
	return table[t], true
}

// String returns ONNX's lower-case name of the type.
func (t DataType) String() string {
	if f, ok := facts(t); ok {
		return f.name
	}
	return fmt.Sprintf("type(%d)", int32(t))
}

// Bits returns the width of one element in raw data, 0 for strings and types
// that are not known.
func (t DataType) Bits() int {
	f, _ := facts(t)
	return f.bits
}

// IsFloat tells whether the type is one of the floating-point types that
// gradients and class maps are computed in.
func (t DataType) IsFloat() bool {
	return t == Float || t == Float16 || t == Double || t == BFloat16
}
