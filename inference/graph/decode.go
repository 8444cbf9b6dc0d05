package graph

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// Decode reads a model from its protobuf form. The model's tensors alias b,
// which must not be changed afterwards. What it allocates is bounded by a
// small multiple of len(b). Errors wrap [ErrDamaged] or [ErrUnsupported].
func Decode(b []byte) (*Model, error) {
	m := new(Model)
	r := new(reader)
	rest, err := r.fields("model", b, func(f field) (bool, error) { return r.modelField(m, f) })
	if err != nil {
		return nil, message.Errorf("decode model: %w", err)
	}
	if m.Graph == nil {
		return nil, message.Errorf("decode model: %w: no graph in it", ErrDamaged)
	}
	m.unknown = rest
	return m, nil
}

func (r *reader) modelField(m *Model, f field) (bool, error) {
	switch f.num {
	case 1:
		return f.int(&m.IRVersion)
	case 2:
		return f.str(&m.ProducerName)
	case 3:
		return f.str(&m.ProducerVersion)
	case 7:
		if m.Graph != nil {
			return false, message.Errorf("%w: two graphs", ErrDamaged)
		}
		return one(f, &m.Graph, r.graph)
	case 8:
		return many(f, &m.Opsets, r.opset)
	case 14:
		return many(f, &m.Props, r.prop)
	}
	return false, nil
}

// one decodes an embedded message with read.
func one[T any](f field, to **T, read func([]byte) (*T, error)) (bool, error) {
	if err := f.want(protowire.BytesType); err != nil {
		return false, err
	}
	v, err := read(f.data)
	*to = v
	return true, err
}

// many appends a repeated embedded message decoded with read.
func many[T any](f field, to *[]*T, read func([]byte) (*T, error)) (bool, error) {
	var v *T
	ok, err := one(f, &v, read)
	if err == nil {
		*to = append(*to, v)
	}
	return ok, err
}

func (r *reader) opset(b []byte) (*Opset, error) {
	o := new(Opset)
	var err error
	o.unknown, err = r.fields("opset", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return f.str(&o.Domain)
		case 2:
			return f.int(&o.Version)
		}
		return false, nil
	})
	return o, err
}

func (r *reader) prop(b []byte) (*Prop, error) {
	p := new(Prop)
	var err error
	p.unknown, err = r.fields("property", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return f.str(&p.Key)
		case 2:
			return f.str(&p.Value)
		}
		return false, nil
	})
	return p, err
}

func (r *reader) graph(b []byte) (*Graph, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, message.Errorf("%w: graphs nested deeper than %d", ErrUnsupported, maxDepth)
	}
	defer func() { r.depth-- }()
	g := new(Graph)
	var err error
	g.unknown, err = r.fields("graph", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return many(f, &g.Nodes, r.node)
		case 2:
			return f.str(&g.Name)
		case 5:
			return many(f, &g.Initializers, r.tensor)
		case 11:
			return many(f, &g.Inputs, r.valueInfo)
		case 12:
			return many(f, &g.Outputs, r.valueInfo)
		case 13:
			return many(f, &g.ValueInfos, r.valueInfo)
		}
		return false, nil
	})
	return g, err
}

func (r *reader) node(b []byte) (*Node, error) {
	n := new(Node)
	rest, err := r.fields("node", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return r.names(f, &n.Inputs)
		case 2:
			return r.names(f, &n.Outputs)
		case 3:
			return f.str(&n.Name)
		case 4:
			return f.str(&n.Op)
		case 5:
			return many(f, &n.Attrs, r.attribute)
		case 7:
			return f.str(&n.Domain)
		}
		return false, nil
	})
	n.unknown = rest
	if err != nil {
		return nil, message.Errorf("%q: %w", n.Name, err)
	}
	return n, nil
}

func (r *reader) names(f field, to *[]string) (bool, error) {
	if err := f.want(protowire.BytesType); err != nil {
		return false, err
	}
	*to = append(*to, string(f.data))
	return true, r.count()
}

func (r *reader) attribute(b []byte) (*Attribute, error) {
	a := new(Attribute)
	rest, err := r.fields("attribute", b, func(f field) (bool, error) { return r.attributeField(a, f) })
	a.unknown = rest
	if err != nil {
		return nil, message.Errorf("%q: %w", a.Name, err)
	}
	a.guessType()
	return a, nil
}

func (r *reader) attributeField(a *Attribute, f field) (bool, error) {
	switch f.num {
	case 1:
		return f.str(&a.Name)
	case 2:
		a.Float = math.Float32frombits(uint32(f.val))
		return true, f.want(protowire.Fixed32Type)
	case 3:
		a.Int = int64(f.val)
		return true, f.want(protowire.VarintType)
	case 4:
		a.Bytes = f.data
		return true, f.want(protowire.BytesType)
	case 5:
		return one(f, &a.Tensor, r.tensor)
	case 6:
		return one(f, &a.Graph, r.graph)
	case 7:
		return true, r.floats(f, &a.Floats)
	case 8:
		return true, f.ints(r, &a.Ints)
	case 9:
		a.Strings = append(a.Strings, f.data)
		return true, f.want(protowire.BytesType)
	case 10:
		return many(f, &a.Tensors, r.tensor)
	case 11:
		return many(f, &a.Graphs, r.graph)
	case 20:
		var t int64
		ok, err := f.int(&t)
		a.Type = AttrType(t)
		return ok, err
	}
	return false, nil
}

// guessType names the type of attributes written before IR version 2, which
// carry a value without saying of which type.
func (a *Attribute) guessType() {
	if a.Type != AttrUndefined {
		return
	}
	switch {
	case a.Tensor != nil:
		a.Type = AttrTensor
	case a.Graph != nil:
		a.Type = AttrGraph
	case len(a.Floats) > 0:
		a.Type = AttrFloats
	case len(a.Ints) > 0:
		a.Type = AttrInts
	case len(a.Strings) > 0:
		a.Type = AttrStrings
	case a.Bytes != nil:
		a.Type = AttrString
	case a.Float != 0:
		a.Type = AttrFloat
	case a.Int != 0:
		a.Type = AttrInt
	}
}

func (r *reader) floats(f field, to *[]float32) error {
	if f.typ == protowire.Fixed32Type {
		*to = append(*to, math.Float32frombits(uint32(f.val)))
		return r.count()
	}
	if err := f.want(protowire.BytesType); err != nil {
		return err
	}
	for b := f.data; len(b) > 0; {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return message.Errorf("%w: packed floats of odd length", ErrDamaged)
		}
		*to = append(*to, math.Float32frombits(v))
		b = b[n:]
	}
	return nil
}
