// Package normal brings graphs into one form, whoever wrote them: branches and local functions
// unfolded, fused operators written in ONNX's own, old operator sets upgraded, halves widened,
// sizes fixed. [Apply] does what every reader needs. It imports inference/graph and
// inference/graph/shape.
package normal

import (
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Apply brings a model into the one form that the analyses of this package
// expect, whoever wrote the file: weights are no inputs (as before IR version
// 4), sparse weights are
// written out, local functions are unfolded, branches that the file decides are
// taken, what an optimiser fused is written out in
// ONNX's own operators where floats allow it, nodes stand in topological order,
// and sizes of -1 or 0 are free ones. The model computes what it computed.
func Apply(m *graph.Model) error {
	if m.Graph == nil {
		return message.Errorf("normal form: no graph in it")
	}
	if err := m.Graph.Densify(); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	dropWeightInputs(m)
	freeSizes(m)
	nameApart(m.Graph, map[string]bool{})
	if err := graph.UnfoldFunctions(m); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	if err := m.Graph.SortNodes(); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	inlineBranches(m)
	unfuse(m)
	return nil
}

// nameApart takes the names from nodes that are called like others: names of
// nodes mean nothing, and the runtime refuses equal ones.
func nameApart(g *graph.Graph, seen map[string]bool) {
	for _, n := range g.Nodes {
		if seen[n.Name] {
			n.Name = ""
		}
		seen[n.Name] = true
		for _, a := range n.Attrs {
			for sub := range a.Subgraphs() {
				nameApart(sub, map[string]bool{})
			}
		}
	}
}

// weightsAreInputs is the last IR version in which every initializer had to be
// listed among the inputs too.
const weightsAreInputs = 3

func dropWeightInputs(m *graph.Model) {
	weight := make(map[string]bool, len(m.Graph.Initializers))
	for _, t := range m.Graph.Initializers {
		weight[t.Name] = true
	}
	m.Graph.Inputs = slices.DeleteFunc(m.Graph.Inputs, func(v *graph.ValueInfo) bool { return weight[v.Name] })
	if m.IRVersion <= weightsAreInputs {
		m.IRVersion = weightsAreInputs + 1
	}
}

// freeSizes makes sizes that are no sizes free: exporters write -1 and 0 for a
// free batch.
func freeSizes(m *graph.Model) {
	for _, list := range [][]*graph.ValueInfo{m.Graph.Inputs, m.Graph.Outputs, m.Graph.ValueInfos} {
		for _, v := range list {
			if v.Type == nil {
				continue
			}
			for i, d := range v.Type.Shape {
				if !d.Known || d.Value > 0 {
					continue
				}
				v.Type.Shape[i] = graph.Dim{}
				if i == 0 {
					v.Type.Shape[i] = graph.SymbolDim("batch")
				}
			}
		}
	}
}

// OtherFloats tells whether weights are floats of other than 32 bits.
func OtherFloats(m *graph.Model) bool {
	for t := range m.Tensors() {
		if t.Type.IsFloat() && t.Type != graph.Float {
			return true
		}
	}
	return false
}

// SinglePrecision turns a network of 16-bit or 64-bit floats into one of 32
// bits: weights, casts and declared types. Explanations are computed so; scores
// are those of the network as it is.
func SinglePrecision(m *graph.Model) error {
	for t := range m.Tensors() {
		if t.Type == graph.Float || !t.Type.IsFloat() {
			continue
		}
		v, err := t.Floats()
		if err != nil {
			return message.Errorf("single precision: %w", err)
		}
		t.SetFloats(v)
	}
	makeSingle(m.Graph)
	return nil
}

func makeSingle(g *graph.Graph) {
	for _, list := range [][]*graph.ValueInfo{g.Inputs, g.Outputs, g.ValueInfos} {
		for _, v := range list {
			if v.Type != nil && v.Type.Elem.IsFloat() {
				v.Type.Elem = graph.Float
			}
		}
	}
	for _, n := range g.Nodes {
		for _, a := range n.Attrs {
			if (a.Name == "to" || a.Name == "dtype") && a.Type == graph.AttrInt && graph.DataType(a.Int).IsFloat() {
				a.Int = int64(graph.Float)
			}
			for sub := range a.Subgraphs() {
				makeSingle(sub)
			}
		}
	}
}
