package normal

import (
	"encoding/binary"
	"math"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// halfLeast is from how many elements a weight is stored in halves: biases and
// statistics are small and keep all their digits.
const halfLeast = 256

// HalveWeights stores the float32 weights of 256 elements and more as 16-bit
// floats, each widened again by a Cast: half the size on disk, and a graph that
// any runtime reads. Values are rounded to the nearest half, ties to even.
// Weights with a value beyond the largest half (65504) stay. It returns how many
// were stored so; WidenWeights turns the Casts back.
func HalveWeights(m *graph.Model) (int, error) {
	g := m.Graph
	names := g.Names()
	var casts []*graph.Node
	for _, t := range g.Initializers {
		if t.Type != graph.Float || t.Len() < halfLeast || g.Output(t.Name) != nil || g.Input(t.Name) != nil {
			continue
		}
		v, err := t.Floats()
		if err != nil {
			return 0, message.Errorf("weights in halves: %s: %w", t.Name, err)
		}
		raw, fits := halves(v)
		if !fits {
			continue
		}
		name := t.Name
		t.Name = graph.Fresh(names, name+".half")
		names[t.Name] = true
		t.SetRaw(graph.Float16, raw)
		casts = append(casts, &graph.Node{Op: "Cast", Name: graph.Fresh(names, name+".cast"), Inputs: []string{t.Name},
			Outputs: []string{name}, Attrs: []*graph.Attribute{graph.IntAttr("to", int64(graph.Float))}})
		names[casts[len(casts)-1].Name] = true
	}
	g.Nodes = append(casts, g.Nodes...)
	return len(casts), nil
}

func halves(v []float32) (raw []byte, fit bool) {
	raw = make([]byte, 0, 2*len(v))
	for _, x := range v {
		h := graph.FloatToHalf(x)
		if math.IsInf(float64(graph.HalfToFloat(h)), 0) && !math.IsInf(float64(x), 0) {
			return nil, false
		}
		raw = binary.LittleEndian.AppendUint16(raw, h)
	}
	return raw, true
}

// WidenWeights replaces each Cast of a constant 16-bit weight to float32 by the
// weight itself, so that whatever looks for weights, to map evidence or to train
// them, finds them. It returns how many there were.
func WidenWeights(m *graph.Model) (int, error) {
	g := m.Graph
	users := g.Consumers()
	gone := map[*graph.Node]bool{}
	for _, n := range g.Nodes {
		if n.Op != "Cast" || !n.IsONNX() || graph.DataType(n.Int("to", 0)) != graph.Float ||
			len(users[n.Input(0)]) != 1 {
			continue
		}
		t := g.Initializer(n.Input(0))
		if t == nil || t.Type != graph.Float16 || g.Input(t.Name) != nil || g.Output(t.Name) != nil ||
			g.Output(n.Output(0)) != nil {
			continue
		}
		v, err := t.Floats()
		if err != nil {
			return 0, message.Errorf("weights from halves: %s: %w", t.Name, err)
		}
		t.SetFloats(v)
		t.Name = n.Output(0)
		gone[n] = true
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *graph.Node) bool { return gone[n] })
	return len(gone), nil
}
