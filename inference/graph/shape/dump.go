package shape

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Dump writes the model in a form to read: one line a value or node, shapes
// where they are known, small constants with their values.
func Dump(m *graph.Model, w io.Writer) error {
	shapes, err := Infer(m)
	if err != nil {
		return message.Errorf("dump: %w", err)
	}
	d := &dumper{w: w, shapes: shapes}
	for _, o := range m.Opsets {
		domain := o.Domain
		if domain == "" {
			domain = "ai.onnx"
		}
		d.line("opset %s %d", domain, o.Version)
	}
	for _, p := range m.Props {
		d.line("metadata %s = %s", p.Key, shorten(p.Value))
	}
	d.graph(m.Graph, "")
	return d.err
}

// shorten cuts long metadata values, such as a card, to what fits a line.
func shorten(s string) string {
	const most = 100
	s = strings.ReplaceAll(s, "\n", " ")
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("%s... (%d bytes)", s[:most], len(s))
}

type dumper struct {
	w      io.Writer
	shapes Shapes
	err    error
}

func (d *dumper) line(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, format+"\n", args...)
	}
}

func (d *dumper) graph(g *graph.Graph, indent string) {
	for _, v := range g.Feeds() {
		d.line("%sinput %s %v", indent, v.Name, v.Type)
	}
	for _, t := range g.Initializers {
		d.line("%sweight %s %v%v%s", indent, t.Name, t.Type, t.Dims, graph.SmallValues(t))
	}
	for _, n := range g.Nodes {
		d.node(n, indent)
	}
	for _, v := range g.Outputs {
		d.line("%soutput %s %v", indent, v.Name, v.Type)
	}
}

func (d *dumper) node(n *graph.Node, indent string) {
	outs := make([]string, len(n.Outputs))
	for i, o := range n.Outputs {
		outs[i] = o
		if t := d.shapes[o]; t != nil && indent == "" {
			outs[i] += " " + t.String()
		}
	}
	op := n.Op
	if !n.IsONNX() {
		op = n.Domain + "." + n.Op
	}
	var attrs []string
	for _, a := range n.Attrs {
		attrs = append(attrs, a.String())
	}
	slices.Sort(attrs)
	d.line("%s%s = %s(%s) %s", indent, strings.Join(outs, ", "), op, strings.Join(n.Inputs, ", "),
		strings.Join(attrs, " "))
	for _, a := range n.Attrs {
		for sub := range a.Subgraphs() {
			d.line("%s  %s:", indent, a.Name)
			d.graph(sub, indent+"    ")
		}
	}
}
