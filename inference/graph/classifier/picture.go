package classifier

import (
	"fmt"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Picture describes the input of a model that takes one picture, in whatever
// order and element type it wants it. Sizes that are free are 0.
type Picture struct {
	Input
	ChannelsLast bool // [N, H, W, C]
	NoBatch      bool // [C, H, W] or [H, W, C]: one picture, no axis of pictures
	NoChannel    bool // [N, H, W]

	// Of integer inputs that the network turns back into fractions itself
	// (DequantizeLinear, QLinearConv): the names of scale and zero point.
	Scale, Zero string
}

// Bytes tells whether the model takes grey levels 0..255 instead of normalised
// values.
func (p Picture) Bytes() bool { return !p.Elem.IsFloat() && p.Scale == "" }

// PictureInput finds the input for the picture. A model with several inputs, or
// with one that is no picture, is refused in words.
func PictureInput(m *graph.Model) (Picture, error) {
	feeds := m.Graph.Feeds()
	if len(feeds) != 1 {
		return Picture{}, message.Errorf("it has %d inputs (%s), and a picture is all that can be given; export it with the picture as its only input", len(feeds), valueNames(feeds))
	}
	v := feeds[0]
	if v.Type == nil || !v.Type.HasShape || len(v.Type.Shape) != 3 && len(v.Type.Shape) != 4 {
		return Picture{}, message.Errorf("its input %q is %v, no picture [N, C, H, W] or [N, H, W, C]", v.Name, v.Type)
	}
	p := Picture{Input: Input{Name: v.Name, Elem: v.Type.Elem}}
	sizes := make([]int64, len(v.Type.Shape))
	for i, d := range v.Type.Shape {
		if d.Known && d.Value > 0 {
			sizes[i] = d.Value
		}
	}
	r := firstReader(m, v.Name)
	if len(sizes) == 3 {
		sizes = p.threeAxes(sizes)
	} else {
		p.ChannelsLast = isLast(sizes, r)
	}
	p.Batch, p.Channels, p.Height, p.Width = sizes[0], sizes[1], sizes[2], sizes[3]
	if p.ChannelsLast {
		p.Channels, p.Height, p.Width = sizes[3], sizes[1], sizes[2]
	}
	if p.Channels == 0 {
		p.Channels = r.channels
	}
	if !p.Elem.IsFloat() {
		p.Scale, p.Zero = r.scale, r.zero
	}
	if p.Elem == graph.Int8 && p.Scale == "" || p.Elem == graph.Bool || p.Elem == graph.String {
		return p, message.Errorf("its input %q is %v, and how a picture becomes that is not known; export it with an input of floats or of bytes (uint8)", v.Name, p.Elem)
	}
	return p, nil
}

func valueNames(list []*graph.ValueInfo) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = fmt.Sprintf("%q", v.Name)
	}
	return strings.Join(names, ", ")
}

// threeAxes reads shapes without an axis of pictures or of channels, and gives
// them with it.
func (p *Picture) threeAxes(s []int64) []int64 {
	switch {
	case isChannels(s[0]) && !isChannels(s[2]):
		p.NoBatch = true
		return []int64{1, s[0], s[1], s[2]}
	case isChannels(s[2]):
		p.NoBatch, p.ChannelsLast = true, true
		return []int64{1, s[0], s[1], s[2]}
	}
	p.NoChannel = true
	return []int64{s[0], 1, s[1], s[2]}
}

func isChannels(n int64) bool { return n == 1 || n == 3 }

// isLast decides between [N, C, H, W] and [N, H, W, C]: by the sizes where they
// tell, else by what reads the input first.
func isLast(s []int64, r reading) bool {
	switch {
	case isChannels(s[3]) && !isChannels(s[1]):
		return s[1] != 0 || r.turned || r.channels == 0
	case isChannels(s[1]):
		return false
	}
	return r.turned
}

// reading is what the first operators behind an input tell of it.
type reading struct {
	turned      bool  // its channels come last: they are turned to the front
	channels    int64 // that a convolution wants; 0 where none is found
	scale, zero string
}

// firstReader follows an input through what changes neither order nor shape.
func firstReader(m *graph.Model, name string) (r reading) {
	ix, users := graph.NewIndex(m.Graph), m.Graph.Consumers()
	for i := range graph.MaxChain {
		if len(users[name]) == 0 {
			return r
		}
		n := users[name][0]
		switch n.Op {
		case "Transpose":
			r.turned = slices.Equal(graph.PermOf(n, 4), []int64{0, 3, 1, 2})
			name = n.Output(0)
			continue
		case "Conv", "FusedConv":
			if w := ix.Constant(n.Input(1)); w != nil && len(w.Dims) == 4 {
				r.channels = w.Dims[1] * n.Int("group", 1)
			}
			return r
		case "DequantizeLinear", "QLinearConv", "QLinearMatMul":
			if i == 0 && n.Input(0) == name {
				r.scale, r.zero = n.Input(1), n.Input(2)
			}
			if n.Op != "DequantizeLinear" {
				return r
			}
		case "Cast", "Identity", "Sub", "Add", "Mul", "Div", "Pad", "QuantizeLinear", "BatchNormalization":
		default:
			return r
		}
		name = n.Output(0)
	}
	return r
}

// AdaptInput puts in front of a model what makes it take one picture of 32-bit
// floats [1, channels, height, width]: a transposition, a cast, copies for a
// fixed number of pictures. A model that takes that already only gets its sizes
// fixed. It returns the name of the input.
func AdaptInput(m *graph.Model, p Picture, channels, height, width int) string {
	g := m.Graph
	v := g.Input(p.Name)
	want := []graph.Dim{v.Type.Shape[0], graph.FixedDim(int64(channels)), graph.FixedDim(int64(height)),
		graph.FixedDim(int64(width))}
	if !p.ChannelsLast && !p.NoBatch && !p.NoChannel && p.Elem == graph.Float && p.Batch <= 1 {
		v.Type.Shape = want
		return p.Name
	}
	if p.NoBatch || p.Batch > 1 {
		want[0] = graph.FixedDim(1)
	}
	a := adapter{g: g, names: g.Names()}
	name := graph.Fresh(a.names, "picture")
	g.Inputs = slices.DeleteFunc(g.Inputs, func(x *graph.ValueInfo) bool { return x == v })
	g.Inputs = append(g.Inputs, graph.NewValueInfo(name, graph.Float, want...))
	x := name
	if p.Batch > 1 {
		x = a.op("Expand", []string{x, a.ints(p.Batch, int64(channels), int64(height), int64(width))})
	}
	if p.ChannelsLast {
		x = a.op("Transpose", []string{x}, graph.IntsAttr("perm", 0, 2, 3, 1))
	}
	switch {
	case p.NoBatch && p.ChannelsLast:
		x = a.op("Reshape", []string{x, a.ints(int64(height), int64(width), int64(channels))})
	case p.NoBatch:
		x = a.op("Reshape", []string{x, a.ints(int64(channels), int64(height), int64(width))})
	case p.NoChannel:
		x = a.op("Reshape", []string{x, a.ints(-1, int64(height), int64(width))})
	}
	a.element(p, x)
	g.Nodes = append(a.nodes, g.Nodes...)
	return name
}

type adapter struct {
	g     *graph.Graph
	names map[string]bool
	nodes []*graph.Node
}

func (a *adapter) op(op string, in []string, attrs ...*graph.Attribute) string {
	out := graph.Fresh(a.names, "adapted_"+op)
	a.nodes = append(a.nodes, &graph.Node{Op: op, Inputs: in, Outputs: []string{out}, Attrs: attrs})
	return out
}

func (a *adapter) ints(v ...int64) string {
	t := graph.NewInts(graph.Fresh(a.names, "adapted_shape"), v, int64(len(v)))
	a.g.Initializers = append(a.g.Initializers, t)
	return t.Name
}

// element makes x the model's own input, of its element type. Bytes are rounded
// grey levels.
func (a *adapter) element(p Picture, x string) {
	last := graph.Node{Op: "Cast", Inputs: []string{x}, Outputs: []string{p.Name},
		Attrs: []*graph.Attribute{graph.IntAttr("to", int64(p.Elem))}}
	switch {
	case p.Scale != "":
		last = graph.Node{Op: "QuantizeLinear", Inputs: []string{x, p.Scale, p.Zero}, Outputs: []string{p.Name}}
		if p.Zero == "" {
			last.Inputs = last.Inputs[:2]
		}
	case p.Elem == graph.Float:
		last = graph.Node{Op: "Identity", Inputs: []string{x}, Outputs: []string{p.Name}}
	case p.Elem == graph.Uint8:
		last = a.bytes(x, p.Name)
	case !p.Elem.IsFloat():
		b := a.bytes(x, graph.Fresh(a.names, "adapted_bytes"))
		a.nodes = append(a.nodes, &b)
		last.Inputs[0] = b.Output(0)
	}
	a.nodes = append(a.nodes, &last)
}

// bytes rounds grey levels to 0..255. Derivatives pass through a QuantizeLinear,
// and through no Round.
func (a *adapter) bytes(x, to string) graph.Node {
	one, zero := graph.NewFloats(graph.Fresh(a.names, "adapted_one"), []float32{1}),
		graph.NewRaw(graph.Fresh(a.names, "adapted_zero"), graph.Uint8, []byte{0})
	a.g.Initializers = append(a.g.Initializers, one, zero)
	return graph.Node{Op: "QuantizeLinear", Inputs: []string{x, one.Name, zero.Name}, Outputs: []string{to}}
}

// Affine is what a network does to each channel of its input before anything
// else: scale times the value plus shift, one of each a channel.
type Affine struct{ Scale, Shift []float64 }

// InputNormalisation reads the arithmetic with constants that a network begins
// with, such as dividing by 255, taking off a mean and dividing by a deviation.
// It is false where there is none.
func InputNormalisation(m *graph.Model, p Picture) (Affine, bool) {
	ix, users := graph.NewIndex(m.Graph), m.Graph.Consumers()
	a := Affine{Scale: slices.Repeat([]float64{1}, int(max(p.Channels, 1))), Shift: make([]float64, max(p.Channels, 1))}
	name, found := p.Name, false
	for range graph.MaxChain {
		if len(users[name]) != 1 {
			return a, found
		}
		n := users[name][0]
		switch n.Op {
		case "Cast", "Identity", "Transpose", "Unsqueeze", "Squeeze":
		case "Sub", "Add", "Mul", "Div":
			if !a.apply(ix, n, name) {
				return a, found
			}
			found = true
		default:
			return a, found
		}
		name = n.Output(0)
	}
	return a, found
}

// apply adds one operation with a constant of one element, or one a channel.
func (a *Affine) apply(ix *graph.Index, n *graph.Node, x string) bool {
	i := slices.Index(n.Inputs, x)
	t := ix.Constant(n.Input(1 - i))
	if t == nil || t.Len() != 1 && t.Len() != int64(len(a.Scale)) {
		return false
	}
	v, err := t.Floats()
	if err != nil {
		return false
	}
	for c := range a.Scale {
		k := float64(v[min(c, len(v)-1)])
		switch {
		case n.Op == "Mul":
			a.Scale[c], a.Shift[c] = a.Scale[c]*k, a.Shift[c]*k
		case n.Op == "Div" && i == 0 && k != 0:
			a.Scale[c], a.Shift[c] = a.Scale[c]/k, a.Shift[c]/k
		case n.Op == "Add":
			a.Shift[c] += k
		case n.Op == "Sub" && i == 0:
			a.Shift[c] -= k
		case n.Op == "Sub":
			a.Scale[c], a.Shift[c] = -a.Scale[c], k-a.Shift[c]
		default:
			return false
		}
	}
	return true
}
