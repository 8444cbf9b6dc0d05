package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// Field numbers of ModelProto, NodeProto, AttributeProto and FunctionProto that
// only this file reads.
const (
	modelFunctions   = 25
	nodeOverload     = 8
	attrReference    = 21
	functionName     = 1
	functionInput    = 4
	functionOutput   = 5
	functionNode     = 7
	functionOpset    = 9
	functionDomain   = 10
	functionDefault  = 11
	functionOverload = 13
)

// maxUnfolded bounds what calls of functions within functions may grow to.
const maxUnfolded = 1 << 18

// function is a local function of a model: operators under a name.
type function struct {
	domain, name, overload string
	inputs, outputs        []string
	nodes                  [][]byte // encoded: each call decodes nodes of its own
	defaults               []*Attribute
	opsets                 []*Opset
}

type functionKey struct{ domain, name, overload string }

func decodeFunction(raw []byte) (*function, error) {
	f, r := new(function), new(reader)
	_, err := r.fields("function", raw, func(x field) (bool, error) {
		switch x.num {
		case functionName:
			return x.str(&f.name)
		case functionInput:
			return r.names(x, &f.inputs)
		case functionOutput:
			return r.names(x, &f.outputs)
		case functionNode:
			f.nodes = append(f.nodes, x.data)
			return true, x.want(protowire.BytesType)
		case functionOpset:
			return many(x, &f.opsets, r.opset)
		case functionDomain:
			return x.str(&f.domain)
		case functionDefault:
			return many(x, &f.defaults, r.attribute)
		case functionOverload:
			return x.str(&f.overload)
		}
		return false, nil
	})
	return f, err
}

// UnfoldFunctions replaces every call of a local function by the function's
// nodes. A function that is written for another operator set than the model
// stays: the runtime knows it, the analyses do not.
func UnfoldFunctions(m *Model) error {
	u := unfolder{m: m, by: map[functionKey]*function{}}
	for _, x := range m.unknown {
		if x.num != modelFunctions {
			continue
		}
		f, err := decodeFunction(fieldBytes(x.raw, modelFunctions))
		if err != nil {
			return err
		}
		if u.sameOpsets(f) {
			u.by[functionKey{f.domain, f.name, f.overload}] = f
		}
	}
	if len(u.by) == 0 {
		return nil
	}
	u.names = m.Graph.Names()
	for again := true; again; {
		var err error
		if again, err = u.pass(m.Graph); err != nil {
			return err
		}
	}
	u.forget()
	return nil
}

type unfolder struct {
	m     *Model
	by    map[functionKey]*function
	names map[string]bool
	grown int
}

// sameOpsets tells whether a function may stand in the model's own graph; it
// adds the domains that only the function imports.
func (u *unfolder) sameOpsets(f *function) bool {
	for _, o := range f.opsets {
		at := slices.IndexFunc(u.m.Opsets, func(x *Opset) bool {
			return x.Domain == o.Domain || isONNX(x.Domain) && isONNX(o.Domain)
		})
		if at < 0 {
			u.m.Opsets = append(u.m.Opsets, o)
		} else if u.m.Opsets[at].Version != o.Version {
			return false
		}
	}
	return true
}

func isONNX(domain string) bool { return domain == "" || domain == "ai.onnx" }

func (u *unfolder) find(n *Node) *function {
	k := functionKey{n.Domain, n.Op, ""}
	for _, x := range n.unknown {
		if x.num == nodeOverload {
			k.overload = string(fieldBytes(x.raw, nodeOverload))
		}
	}
	return u.by[k]
}

// pass unfolds the calls that stand in a graph and its subgraphs now.
func (u *unfolder) pass(g *Graph) (found bool, err error) {
	var nodes []*Node
	for _, n := range g.Nodes {
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				inner, err := u.pass(sub)
				if err != nil {
					return false, err
				}
				found = found || inner
			}
		}
		f := u.find(n)
		if f == nil {
			nodes = append(nodes, n)
			continue
		}
		body, err := u.body(f, n)
		if err != nil {
			return false, err
		}
		if u.grown += len(body); u.grown > maxUnfolded {
			return false, message.Errorf("%w: local functions unfold to more than %d nodes", ErrUnsupported,
				maxUnfolded)
		}
		nodes, found = append(nodes, body...), true
	}
	g.Nodes = nodes
	return found, nil
}

// body gives the nodes of one call, under the caller's names.
func (u *unfolder) body(f *function, call *Node) ([]*Node, error) {
	r := new(reader)
	inner := &Graph{}
	for _, raw := range f.nodes {
		n, err := r.node(raw)
		if err != nil {
			return nil, err
		}
		n.Name = ""
		inner.Nodes = append(inner.Nodes, n)
	}
	bindAttributes(inner, call.Attrs, f.defaults)
	as := map[string]string{"": ""}
	for i, in := range f.inputs {
		as[in] = call.Input(i)
	}
	var straight []*Node // outputs that are inputs
	for i, out := range f.outputs {
		to := call.Output(i)
		if slices.Contains(f.inputs, out) {
			if to != "" {
				straight = append(straight, &Node{Op: "Identity", Inputs: []string{as[out]}, Outputs: []string{to}})
			}
			continue
		}
		if to != "" {
			as[out] = to
		}
	}
	for name := range inner.Names() {
		if _, ok := as[name]; !ok {
			as[name] = Fresh(u.names, call.Output(0)+"/"+name)
		}
	}
	inner.RenameAll(as)
	return append(inner.Nodes, straight...), nil
}

// bindAttributes puts the values of a call in place of references to the
// function's attributes.
func bindAttributes(g *Graph, given, defaults []*Attribute) {
	for _, n := range g.Nodes {
		var kept []*Attribute
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				bindAttributes(sub, given, defaults)
			}
			if a = boundAttribute(a, given, defaults); a != nil {
				kept = append(kept, a)
			}
		}
		n.Attrs = kept
	}
}

// bound is the attribute itself, or, where it refers to one of the function's,
// that one's value; nil where the call leaves it out.
func boundAttribute(a *Attribute, given, defaults []*Attribute) *Attribute {
	ref := ""
	for _, x := range a.unknown {
		if x.num == attrReference {
			ref = string(fieldBytes(x.raw, attrReference))
		}
	}
	if ref == "" {
		return a
	}
	for _, list := range [][]*Attribute{given, defaults} {
		for _, v := range list {
			if v.Name == ref {
				c := *v
				c.Name = a.Name
				return &c
			}
		}
	}
	return nil
}

// forget drops the functions, which nothing calls any more, unless some of them
// had to stay.
func (u *unfolder) forget() {
	total := 0
	for _, x := range u.m.unknown {
		if x.num == modelFunctions {
			total++
		}
	}
	if total == len(u.by) {
		u.m.unknown = slices.DeleteFunc(slices.Clone(u.m.unknown),
			func(x rawField) bool { return x.num == modelFunctions })
	}
}
