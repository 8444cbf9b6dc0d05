package graph

import (
	"fmt"
	"iter"
	"slices"

	"hilum/internal/message"
)

// Tensors yields every tensor of the model, those of attributes and subgraphs
// included.
func (m *Model) Tensors() iter.Seq[*Tensor] {
	return func(yield func(*Tensor) bool) {
		if m.Graph != nil {
			m.Graph.eachTensor(yield)
		}
	}
}

func (g *Graph) eachTensor(yield func(*Tensor) bool) bool {
	for _, t := range g.Initializers {
		if !yield(t) {
			return false
		}
	}
	for _, n := range g.Nodes {
		for _, a := range n.Attrs {
			if !a.eachTensor(yield) {
				return false
			}
		}
	}
	return true
}

func (a *Attribute) eachTensor(yield func(*Tensor) bool) bool {
	if a.Tensor != nil && !yield(a.Tensor) {
		return false
	}
	for _, t := range a.Tensors {
		if !yield(t) {
			return false
		}
	}
	for sub := range a.Subgraphs() {
		if !sub.eachTensor(yield) {
			return false
		}
	}
	return true
}

// Subgraphs goes over the graphs that an attribute holds.
func (a *Attribute) Subgraphs() iter.Seq[*Graph] {
	return func(yield func(*Graph) bool) {
		if a.Graph != nil && !yield(a.Graph) {
			return
		}
		for _, s := range a.Graphs {
			if !yield(s) {
				return
			}
		}
	}
}

// Attr returns the node's attribute of that name or nil.
func (n *Node) Attr(name string) *Attribute {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Int returns an integer attribute or, where it is not set, def.
func (n *Node) Int(name string, def int64) int64 {
	if a := n.Attr(name); a != nil && a.Type == AttrInt {
		return a.Int
	}
	return def
}

// Float returns a float attribute or, where it is not set, def.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.Attr(name); a != nil && a.Type == AttrFloat {
		return a.Float
	}
	return def
}

// Ints returns an integer-list attribute or nil.
func (n *Node) Ints(name string) []int64 {
	if a := n.Attr(name); a != nil && a.Type == AttrInts {
		return a.Ints
	}
	return nil
}

// Text returns a string attribute or, where it is not set, def.
func (n *Node) Text(name, def string) string {
	if a := n.Attr(name); a != nil && a.Type == AttrString {
		return string(a.Bytes)
	}
	return def
}

// Input returns the i-th input's name, "" when it is left out.
func (n *Node) Input(i int) string {
	if i < len(n.Inputs) {
		return n.Inputs[i]
	}
	return ""
}

// Output returns the i-th output's name, "" when it is left out.
func (n *Node) Output(i int) string {
	if i < len(n.Outputs) {
		return n.Outputs[i]
	}
	return ""
}

// IsONNX tells whether the node is an operator of ONNX's own set.
func (n *Node) IsONNX() bool { return n.Domain == "" || n.Domain == "ai.onnx" }

// String names the node for messages: its operator and name or first output.
func (n *Node) String() string {
	name := n.Name
	if name == "" {
		name = n.Output(0)
	}
	if n.IsONNX() {
		return fmt.Sprintf("%s %q", n.Op, name)
	}
	return fmt.Sprintf("%s.%s %q", n.Domain, n.Op, name)
}

// IntAttr makes an integer attribute.
func IntAttr(name string, v int64) *Attribute { return &Attribute{Name: name, Type: AttrInt, Int: v} }

// IntsAttr makes an integer-list attribute.
func IntsAttr(name string, v ...int64) *Attribute {
	return &Attribute{Name: name, Type: AttrInts, Ints: v}
}

// FloatAttr makes a float attribute.
func FloatAttr(name string, v float32) *Attribute {
	return &Attribute{Name: name, Type: AttrFloat, Float: v}
}

// TextAttr makes a string attribute.
func TextAttr(name, v string) *Attribute {
	return &Attribute{Name: name, Type: AttrString, Bytes: []byte(v)}
}

// Producers maps every value to the node that makes it. Graph inputs and
// initializers have no producer.
func (g *Graph) Producers() map[string]*Node {
	p := make(map[string]*Node, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, o := range n.Outputs {
			if o != "" {
				p[o] = n
			}
		}
	}
	return p
}

// Consumers maps every value to the nodes that read it directly, in order.
func (g *Graph) Consumers() map[string][]*Node {
	c := make(map[string][]*Node)
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			if list := c[in]; in != "" && (len(list) == 0 || list[len(list)-1] != n) {
				c[in] = append(list, n)
			}
		}
	}
	return c
}

// Initializer returns the initializer of that name or nil.
func (g *Graph) Initializer(name string) *Tensor {
	i := slices.IndexFunc(g.Initializers, func(t *Tensor) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return g.Initializers[i]
}

// Input returns the description of the graph input of that name or nil.
func (g *Graph) Input(name string) *ValueInfo { return findValue(g.Inputs, name) }

// Output returns the description of the graph output of that name or nil.
func (g *Graph) Output(name string) *ValueInfo { return findValue(g.Outputs, name) }

func findValue(list []*ValueInfo, name string) *ValueInfo {
	i := slices.IndexFunc(list, func(v *ValueInfo) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return list[i]
}

// Find returns the node of that name or nil.
func (g *Graph) Find(node string) *Node {
	i := slices.IndexFunc(g.Nodes, func(n *Node) bool { return n.Name == node })
	if i < 0 {
		return nil
	}
	return g.Nodes[i]
}

// Feeds returns the inputs that a caller must give: those without an
// initializer of the same name (before IR version 4 both were listed).
func (g *Graph) Feeds() []*ValueInfo {
	var feeds []*ValueInfo
	for _, v := range g.Inputs {
		if g.Initializer(v.Name) == nil {
			feeds = append(feeds, v)
		}
	}
	return feeds
}

// Names returns every value name in use in the graph and its subgraphs.
func (g *Graph) Names() map[string]bool {
	set := make(map[string]bool)
	g.addNames(set)
	delete(set, "")
	return set
}

func (g *Graph) addNames(set map[string]bool) {
	for _, list := range [][]*ValueInfo{g.Inputs, g.Outputs, g.ValueInfos} {
		for _, v := range list {
			set[v.Name] = true
		}
	}
	for _, t := range g.Initializers {
		set[t.Name] = true
	}
	for _, n := range g.Nodes {
		for _, s := range slices.Concat(n.Inputs, n.Outputs) {
			set[s] = true
		}
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				sub.addNames(set)
			}
		}
	}
}

// Fresh returns base, or base with the first number that makes it a name not
// yet in set, and adds it to set.
func Fresh(set map[string]bool, base string) string {
	name := base
	for i := 1; set[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	set[name] = true
	return name
}

// AddNode appends a node, named after its first output. Runtimes refuse two
// nodes of one name: where that one is taken the node gets none.
func (g *Graph) AddNode(op string, inputs, outputs []string, attrs ...*Attribute) *Node {
	name := outputs[0]
	if g.Find(name) != nil {
		name = ""
	}
	n := &Node{Name: name, Op: op, Inputs: inputs, Outputs: outputs, Attrs: attrs}
	g.Nodes = append(g.Nodes, n)
	return n
}

// AddOutput declares a value as an output; one declared already is left alone.
func (g *Graph) AddOutput(v *ValueInfo) {
	if g.Output(v.Name) == nil {
		g.Outputs = append(g.Outputs, v)
	}
}

// Rename changes the name of a value everywhere in the graph, subgraphs that
// see it included. It fails when the new name is in use.
func (g *Graph) Rename(from, to string) error {
	names := g.Names()
	switch {
	case !names[from]:
		return message.Errorf("rename value %q: no such value", from)
	case names[to]:
		return message.Errorf("rename value %q: %q is in use", from, to)
	}
	g.RenameAll(map[string]string{from: to})
	return nil
}

// Constant returns the tensor behind a value made by an initializer or a
// Constant node, seen through Identity; nil for any other value.
func (g *Graph) Constant(name string) *Tensor {
	for range MaxChain {
		if t := g.Initializer(name); t != nil {
			return t
		}
		i := slices.IndexFunc(g.Nodes, func(n *Node) bool { return slices.Contains(n.Outputs, name) })
		switch {
		case i < 0 || !g.Nodes[i].IsONNX():
			return nil
		case g.Nodes[i].Op == "Constant":
			return ConstantValue(g.Nodes[i])
		case g.Nodes[i].Op != "Identity":
			return nil
		}
		name = g.Nodes[i].Input(0)
	}
	return nil
}

// MicrosoftDomain is that of ONNX Runtime's own operators.
const MicrosoftDomain = "com.microsoft"

// AttrsWithout are the attributes of a node without some.
func AttrsWithout(n *Node, gone ...string) []*Attribute {
	return slices.DeleteFunc(slices.Clone(n.Attrs), func(a *Attribute) bool { return slices.Contains(gone, a.Name) })
}
