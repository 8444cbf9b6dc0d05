// Package graph holds ONNX models in memory: it reads and writes their protobuf form
// without loss and edits graphs: find, rename, add, prune, merge. What a graph computes is
// for the rooms below: shape, normal, extract, classifier, grad.
//
// The core type is [Model]. The package imports internal/atomicfile and internal/regular; it
// never runs a graph.
package graph

import (
	"fmt"
	"slices"
	"strings"

	"hilum/internal/message"
)

// ErrDamaged marks input that is not a well-formed ONNX file.
var ErrDamaged = message.New("damaged ONNX data")

// ErrUnsupported marks well-formed input that this package cannot handle.
var ErrUnsupported = message.New("unsupported ONNX content")

// Model is one ONNX file: a graph with the operator sets it is written for and
// free-form metadata. Fields that the package does not interpret (training
// information, local functions, documentation) are kept and written back.
type Model struct {
	IRVersion       int64
	ProducerName    string
	ProducerVersion string
	Graph           *Graph
	Opsets          []*Opset
	Props           []*Prop

	dir     string // folder that external data is relative to; "" when unknown
	unknown rawFields
}

// Opset names the version of one operator set; Domain "" is ONNX's own.
type Opset struct {
	Domain  string
	Version int64
	unknown rawFields
}

// Prop is one key with its value.
type Prop struct {
	Key, Value string
	unknown    rawFields
}

// Graph is a list of nodes in topological order with the tensors they use.
type Graph struct {
	Name         string
	Nodes        []*Node
	Initializers []*Tensor
	Inputs       []*ValueInfo
	Outputs      []*ValueInfo
	ValueInfos   []*ValueInfo
	unknown      rawFields
}

// Node is one operation. An empty string among Inputs or Outputs stands for an
// optional value that is left out.
type Node struct {
	Name, Op, Domain string
	Inputs, Outputs  []string
	Attrs            []*Attribute
	unknown          rawFields
}

// AttrType tells which field of an Attribute is in use (AttributeProto.type).
type AttrType int32

// The attribute types that have a Go field of their own; others are kept raw.
const (
	AttrUndefined AttrType = 0
	AttrFloat     AttrType = 1
	AttrInt       AttrType = 2
	AttrString    AttrType = 3
	AttrTensor    AttrType = 4
	AttrGraph     AttrType = 5
	AttrFloats    AttrType = 6
	AttrInts      AttrType = 7
	AttrStrings   AttrType = 8
	AttrTensors   AttrType = 9
	AttrGraphs    AttrType = 10
)

// Attribute is one named constant of a node.
type Attribute struct {
	Name    string
	Type    AttrType
	Float   float32
	Int     int64
	Bytes   []byte
	Tensor  *Tensor
	Graph   *Graph
	Floats  []float32
	Ints    []int64
	Strings [][]byte
	Tensors []*Tensor
	Graphs  []*Graph
	unknown rawFields
}

// ValueInfo is the name, element type and shape of a value. Type is nil when
// the file does not say or the value is not a dense tensor (kept raw).
type ValueInfo struct {
	Name    string
	Type    *TensorType
	unknown rawFields
}

// TensorType is an element type with, where HasShape is set, a shape.
type TensorType struct {
	Elem     DataType
	HasShape bool
	Shape    []Dim

	typeUnknown, tensorUnknown, shapeUnknown rawFields

	Elems []Dim // elements that inference knows, of values that describe shapes
}

// Dim is one axis: a known size (Known), a symbol (Param), or unknown.
type Dim struct {
	Value   int64
	Known   bool
	Param   string
	unknown rawFields
}

// FixedDim returns an axis of known size.
func FixedDim(n int64) Dim { return Dim{Value: n, Known: true} }

// SymbolDim returns an axis known by name only.
func SymbolDim(name string) Dim { return Dim{Param: name} }

// String writes the dimension as its size, its symbol or "?".
func (d Dim) String() string {
	switch {
	case d.Known:
		return fmt.Sprint(d.Value)
	case d.Param != "":
		return d.Param
	}
	return "?"
}

// NewValueInfo describes a dense tensor value.
func NewValueInfo(name string, elem DataType, shape ...Dim) *ValueInfo {
	return &ValueInfo{Name: name, Type: &TensorType{Elem: elem, HasShape: true, Shape: shape}}
}

// Metadata returns the value of a metadata key and whether the key is there.
func (m *Model) Metadata(key string) (string, bool) {
	for _, p := range m.Props {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// SetMetadata sets a metadata key, replacing an earlier value.
func (m *Model) SetMetadata(key, value string) {
	for _, p := range m.Props {
		if p.Key == key {
			p.Value, p.unknown = value, nil
			return
		}
	}
	m.Props = append(m.Props, &Prop{Key: key, Value: value})
}

// DeleteMetadata removes a metadata key; a missing key is no error.
func (m *Model) DeleteMetadata(key string) {
	kept := m.Props[:0]
	for _, p := range m.Props {
		if p.Key != key {
			kept = append(kept, p)
		}
	}
	m.Props = kept
}

// Opset returns the version of ONNX's own operator set, 0 when not declared.
func (m *Model) Opset() int64 {
	for _, o := range m.Opsets {
		if o.Domain == "" || o.Domain == "ai.onnx" {
			return o.Version
		}
	}
	return 0
}

// NewModel returns an empty model for ONNX operator set opset. The IR version
// is the lowest that ONNX pairs with that operator set from 17 on.
func NewModel(name string, opset int64) *Model {
	ir := int64(8) // opset 15-18, ONNX 1.10-1.13
	if opset >= 19 {
		ir = 9
	}
	return &Model{
		IRVersion:    ir,
		ProducerName: "hilum",
		Graph:        &Graph{Name: name},
		Opsets:       []*Opset{{Version: opset}},
	}
}

// OpCounts returns how often each operator occurs, subgraphs included.
func (g *Graph) OpCounts() map[string]int {
	count := make(map[string]int)
	g.countOps(count)
	return count
}

func (g *Graph) countOps(count map[string]int) {
	for _, n := range g.Nodes {
		op := n.Op
		if !n.IsONNX() {
			op = n.Domain + "." + n.Op
		}
		count[op]++
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				sub.countOps(count)
			}
		}
	}
}

// Parameters returns the number of elements in floating-point initializers.
func (g *Graph) Parameters() int64 {
	var n int64
	for _, t := range g.Initializers {
		if t.Type.IsFloat() {
			n += t.Len()
		}
	}
	return n
}

// OutputNames returns the names of the graph's outputs in order.
func (g *Graph) OutputNames() []string {
	names := make([]string, 0, len(g.Outputs))
	for _, o := range g.Outputs {
		names = append(names, o.Name)
	}
	return slices.Clip(names)
}

// Same tells whether two dimensions are certainly equal.
func (d Dim) Same(o Dim) bool {
	if d.Known || o.Known {
		return d.Known && o.Known && d.Value == o.Value
	}
	return d.Param != "" && d.Param == o.Param
}

// Is tells whether the dimension is known to be n.
func (d Dim) Is(n int64) bool { return d.Known && d.Value == n }

// String writes a type as float[N,3,224,224].
func (t *TensorType) String() string {
	if t == nil {
		return "?"
	}
	if !t.HasShape {
		return t.Elem.String()
	}
	dims := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = d.String()
	}
	return t.Elem.String() + "[" + strings.Join(dims, ",") + "]"
}

// String writes an attribute as name=value.
func (a *Attribute) String() string {
	var v any
	switch a.Type {
	case AttrFloat:
		v = a.Float
	case AttrInt:
		v = a.Int
	case AttrString:
		v = fmt.Sprintf("%q", a.Bytes)
	case AttrFloats:
		v = a.Floats
	case AttrInts:
		v = a.Ints
	case AttrTensor:
		v = fmt.Sprintf("%v%v%s", a.Tensor.Type, a.Tensor.Dims, SmallValues(a.Tensor))
	default:
		v = fmt.Sprintf("<type %d>", a.Type)
	}
	return fmt.Sprintf("%s=%v", a.Name, v)
}

// SmallValues writes the elements of tensors that are small enough to read.
func SmallValues(t *Tensor) string {
	const most = 8
	if t == nil || t.Len() > most || t.External() {
		return ""
	}
	if v, err := t.Ints(); err == nil {
		return fmt.Sprint(" ", v)
	}
	if v, err := t.Floats(); err == nil {
		return fmt.Sprint(" ", v)
	}
	return ""
}
