package graph

import (
	"slices"

	"hilum/internal/message"
)

// NormalForm brings a model into the one form that the analyses of this package
// expect, whoever wrote the file: weights are no inputs (as before IR version
// 4), sparse weights are
// written out, local functions are unfolded, branches that the file decides are
// taken, what an optimiser fused is written out in
// ONNX's own operators where floats allow it, nodes stand in topological order,
// and sizes of -1 or 0 are free ones. The model computes what it computed.
func (m *Model) NormalForm() error {
	if m.Graph == nil {
		return message.Errorf("normal form: no graph in it")
	}
	if err := m.Graph.densify(); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	m.dropWeightInputs()
	m.freeSizes()
	m.Graph.nameApart(map[string]bool{})
	if err := m.unfoldFunctions(); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	if err := m.Graph.SortNodes(); err != nil {
		return message.Errorf("normal form: %w", err)
	}
	m.inlineBranches()
	m.unfuse()
	return nil
}

// nameApart takes the names from nodes that are called like others: names of
// nodes mean nothing, and the runtime refuses equal ones.
func (g *Graph) nameApart(seen map[string]bool) {
	for _, n := range g.Nodes {
		if seen[n.Name] {
			n.Name = ""
		}
		seen[n.Name] = true
		for _, a := range n.Attrs {
			for sub := range a.subgraphs() {
				sub.nameApart(map[string]bool{})
			}
		}
	}
}

// weightsAreInputs is the last IR version in which every initializer had to be
// listed among the inputs too.
const weightsAreInputs = 3

func (m *Model) dropWeightInputs() {
	weight := make(map[string]bool, len(m.Graph.Initializers))
	for _, t := range m.Graph.Initializers {
		weight[t.Name] = true
	}
	m.Graph.Inputs = slices.DeleteFunc(m.Graph.Inputs, func(v *ValueInfo) bool { return weight[v.Name] })
	if m.IRVersion <= weightsAreInputs {
		m.IRVersion = weightsAreInputs + 1
	}
}

// freeSizes makes sizes that are no sizes free: exporters write -1 and 0 for a
// free batch.
func (m *Model) freeSizes() {
	for _, list := range [][]*ValueInfo{m.Graph.Inputs, m.Graph.Outputs, m.Graph.ValueInfos} {
		for _, v := range list {
			if v.Type == nil {
				continue
			}
			for i, d := range v.Type.Shape {
				if !d.Known || d.Value > 0 {
					continue
				}
				v.Type.Shape[i] = Dim{}
				if i == 0 {
					v.Type.Shape[i] = SymbolDim("batch")
				}
			}
		}
	}
}

// OtherFloats tells whether weights are floats of other than 32 bits.
func (m *Model) OtherFloats() bool {
	for t := range m.tensors() {
		if t.Type.IsFloat() && t.Type != Float {
			return true
		}
	}
	return false
}

// SinglePrecision turns a network of 16-bit or 64-bit floats into one of 32
// bits: weights, casts and declared types. Explanations are computed so; scores
// are those of the network as it is.
func (m *Model) SinglePrecision() error {
	for t := range m.tensors() {
		if t.Type == Float || !t.Type.IsFloat() {
			continue
		}
		v, err := t.Floats()
		if err != nil {
			return message.Errorf("single precision: %w", err)
		}
		t.SetFloats(v)
	}
	m.Graph.single()
	return nil
}

func (g *Graph) single() {
	for _, list := range [][]*ValueInfo{g.Inputs, g.Outputs, g.ValueInfos} {
		for _, v := range list {
			if v.Type != nil && v.Type.Elem.IsFloat() {
				v.Type.Elem = Float
			}
		}
	}
	for _, n := range g.Nodes {
		for _, a := range n.Attrs {
			if (a.Name == "to" || a.Name == "dtype") && a.Type == AttrInt && DataType(a.Int).IsFloat() {
				a.Int = int64(Float)
			}
			for sub := range a.subgraphs() {
				sub.single()
			}
		}
	}
}
