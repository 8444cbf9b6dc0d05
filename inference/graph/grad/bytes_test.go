package grad_test

import (
	"testing"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/grad"
)

// A network that takes bytes has a derivative by the grey levels: what rounds them
// passes it on. By hand: without it nothing leads from the picture to the output.
func TestBytesAreDifferentiated(t *testing.T) {
	for _, elem := range []graph.DataType{graph.Uint8, graph.Int32} {
		m := graph.NewModel("bytes", 17)
		g := m.Graph
		g.Inputs = []*graph.ValueInfo{graph.NewValueInfo("x", elem, graph.SymbolDim("n"), graph.FixedDim(3),
			graph.FixedDim(4), graph.FixedDim(4))}
		g.AddNode("Cast", []string{"x"}, []string{"f"}, graph.IntAttr("to", int64(graph.Float)))
		g.AddNode("GlobalAveragePool", []string{"f"}, []string{"p"})
		g.AddNode("Flatten", []string{"p"}, []string{"y"})
		g.Outputs = []*graph.ValueInfo{graph.NewValueInfo("y", graph.Float, graph.SymbolDim("n"), graph.FixedDim(3))}
		p, err := classifier.PictureInput(m)
		if err != nil {
			t.Fatal(err)
		}
		name := classifier.AdaptInput(m, p, 3, 4, 4)
		if err := grad.Check(m, "y", name); err != nil {
			t.Errorf("%v: %v", elem, err)
		}
	}
}
