package graph

import (
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// maxMessage is protobuf's limit on one message.
const maxMessage = math.MaxInt32

// Encode returns the protobuf form of the model. Tensors that lie in external
// files stay references to them; call [Model.Inline] first to take them in.
func (m *Model) Encode() ([]byte, error) {
	p, err := m.encode()
	if err != nil {
		return nil, err
	}
	return p.join(), nil
}

// WriteTo writes the protobuf form of the model without building a copy of the
// weights in memory.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	p, err := m.encode()
	if err != nil {
		return 0, err
	}
	var n int64
	for _, part := range p.parts {
		k, err := w.Write(part)
		n += int64(k)
		if err != nil {
			return n, message.Errorf("write model: %w", err)
		}
	}
	return n, nil
}

func (m *Model) encode() (*rope, error) {
	e := record{rest: m.unknown}
	e.nonzero(1, m.IRVersion)
	e.str(2, m.ProducerName)
	e.str(3, m.ProducerVersion)
	if m.Graph == nil {
		return nil, message.Errorf("encode model: no graph in it")
	}
	e.child(7, m.Graph.encode())
	for _, o := range m.Opsets {
		c := record{rest: o.unknown}
		c.str(1, o.Domain)
		c.nonzero(2, o.Version)
		e.child(8, c.finish())
	}
	e.props(14, m.Props)
	p := e.finish()
	if p.size > maxMessage {
		return nil, message.Errorf("encode model: %d bytes are over protobuf's limit of 2 GB; its weights must be external data", p.size)
	}
	return p, nil
}

func (m *record) props(num protowire.Number, props []*Prop) {
	for _, p := range props {
		c := record{rest: p.unknown}
		c.str(1, p.Key)
		c.str(2, p.Value)
		m.child(num, c.finish())
	}
}

func (g *Graph) encode() *rope {
	e := record{rest: g.unknown}
	for _, n := range g.Nodes {
		e.child(1, n.encode())
	}
	e.str(2, g.Name)
	for _, t := range g.Initializers {
		e.child(5, t.encode())
	}
	e.values(11, g.Inputs)
	e.values(12, g.Outputs)
	e.values(13, g.ValueInfos)
	return e.finish()
}

func (m *record) values(num protowire.Number, list []*ValueInfo) {
	for _, v := range list {
		m.child(num, v.encode())
	}
}

func (n *Node) encode() *rope {
	e := record{rest: n.unknown}
	for _, s := range n.Inputs {
		e.bytes(1, []byte(s))
	}
	for _, s := range n.Outputs {
		e.bytes(2, []byte(s))
	}
	e.str(3, n.Name)
	e.str(4, n.Op)
	for _, a := range n.Attrs {
		e.child(5, a.encode())
	}
	e.str(7, n.Domain)
	return e.finish()
}

func (a *Attribute) encode() *rope {
	e := record{rest: a.unknown}
	e.str(1, a.Name)
	if a.Type == AttrFloat || a.Float != 0 {
		e.tag(2, protowire.Fixed32Type)
		e.add(protowire.AppendFixed32(nil, math.Float32bits(a.Float)))
	}
	if a.Type == AttrInt || a.Int != 0 {
		e.varint(3, a.Int)
	}
	if a.Type == AttrString || a.Bytes != nil {
		e.bytes(4, a.Bytes)
	}
	if a.Tensor != nil {
		e.child(5, a.Tensor.encode())
	}
	if a.Graph != nil {
		e.child(6, a.Graph.encode())
	}
	a.encodeLists(&e)
	e.nonzero(20, int64(a.Type))
	return e.finish()
}

func (a *Attribute) encodeLists(e *record) {
	for _, f := range a.Floats {
		e.tag(7, protowire.Fixed32Type)
		e.add(protowire.AppendFixed32(nil, math.Float32bits(f)))
	}
	for _, i := range a.Ints {
		e.varint(8, i)
	}
	for _, s := range a.Strings {
		e.bytes(9, s)
	}
	for _, t := range a.Tensors {
		e.child(10, t.encode())
	}
	for _, g := range a.Graphs {
		e.child(11, g.encode())
	}
}

func (v *ValueInfo) encode() *rope {
	e := record{rest: v.unknown}
	e.str(1, v.Name)
	if t := v.Type; t != nil {
		c := record{rest: t.typeUnknown}
		c.child(1, t.encode())
		e.child(2, c.finish())
	}
	return e.finish()
}

func (t *TensorType) encode() *rope {
	e := record{rest: t.tensorUnknown}
	e.nonzero(1, int64(t.Elem))
	if !t.HasShape {
		return e.finish()
	}
	s := record{rest: t.shapeUnknown}
	for _, d := range t.Shape {
		c := record{rest: d.unknown}
		if d.Known {
			c.varint(1, d.Value)
		} else {
			c.str(2, d.Param)
		}
		s.child(1, c.finish())
	}
	e.child(2, s.finish())
	return e.finish()
}

func (t *Tensor) encode() *rope {
	e := record{rest: t.unknown}
	for _, d := range t.Dims {
		e.varint(1, d)
	}
	e.nonzero(2, int64(t.Type))
	e.str(8, t.Name)
	if t.hasRaw {
		e.bytes(9, t.raw)
	}
	e.props(13, t.external)
	if t.isExternal {
		e.varint(14, externalLocation)
	}
	return e.finish()
}
