package machine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/inference/saliency"
	"hilum/internal/message"
)

// GraphReport is what cxr graph says of a model.
type GraphReport struct {
	Inputs     []string         `json:"inputs"`
	Outputs    []string         `json:"outputs"`
	Opset      int64            `json:"opset"`
	Parameters int64            `json:"parameters"`
	Ops        map[string]int   `json:"ops"`
	Head       *classifier.Head `json:"head,omitempty"`
	Features   []string         `json:"features"`
	// why the logits cannot be differentiated by the picture
	NotDifferentiable string `json:"not_differentiable,omitempty"`
}

// NewGraph is cxr graph.
func NewGraph() *cobra.Command {
	var asJSON, dump bool
	cmd := &cobra.Command{
		Use:   "graph MODEL.onnx",
		Short: "Show a model's inputs, outputs, operators, feature maps and what can be differentiated",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.Errorf("name one model"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := graph.ReadFile(args[0])
			if err != nil {
				return err
			}
			if dump {
				return shape.Dump(m, cmd.OutOrStdout())
			}
			if err := normal.Apply(m); err != nil {
				return err
			}
			if _, err := normal.WidenWeights(m); err != nil {
				return err
			}
			r, p := describeGraph(m), cli.NewPrinter(cmd, asJSON)
			if asJSON {
				return p.Encode(r)
			}
			return r.print(p)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&dump, "dump", false, "print every node with its shapes")
	return cmd
}

func describeGraph(m *graph.Model) GraphReport {
	r := GraphReport{Opset: m.Opset(), Parameters: m.Graph.Parameters(), Ops: m.Graph.OpCounts()}
	for _, v := range m.Graph.Feeds() {
		r.Inputs = append(r.Inputs, fmt.Sprintf("%s %v", v.Name, v.Type))
	}
	for _, v := range m.Graph.Outputs {
		r.Outputs = append(r.Outputs, fmt.Sprintf("%s %v", v.Name, v.Type))
	}
	h, err := classifier.FindHead(m)
	if err != nil {
		return r
	}
	r.Head = h
	if features, err := classifier.Features(m, h); err == nil {
		for _, f := range features {
			r.Features = append(r.Features, fmt.Sprintf("%s %v (%s)", f.Name, f.Type, f.Made))
		}
	}
	if in, err := classifier.InputOf(m); err == nil {
		if err := grad.Check(m, h.Logits, in.Name); err != nil {
			r.NotDifferentiable = err.Error()
		}
	}
	return r
}

// shownFeatures bounds the list for people; --json gives all.
const shownFeatures = 12

func (r GraphReport) print(p *cli.Printer) error {
	w := p.Words
	line := func(heading, text string) { fmt.Fprintf(p.Out, "%-11s %s\n", heading, text) }
	line(w.Say("inputs"), strings.Join(r.Inputs, "; "))
	line(w.Say("outputs"), strings.Join(r.Outputs, "; "))
	line("opset", fmt.Sprint(r.Opset))
	line(w.Say("parameters"), fmt.Sprint(r.Parameters))
	var ops []string
	for _, op := range slices.Sorted(maps.Keys(r.Ops)) {
		ops = append(ops, fmt.Sprintf("%s x%d", op, r.Ops[op]))
	}
	line(w.Say("operators"), strings.Join(ops, " "))
	line(w.Say("head"), w.Text(r.headWords()))
	if r.NotDifferentiable != "" {
		line(w.Say("gradients"), r.NotDifferentiable)
	} else {
		line(w.Say("gradients"), w.Say("everything can be differentiated"))
	}
	p.Line(p.Out, "feature maps, the last first:")
	for i, f := range r.Features {
		if i == shownFeatures {
			return p.Print(p.Out, "  and %d more (--json lists all)", len(r.Features)-i)
		}
		fmt.Fprintf(p.Out, "  %s\n", f)
	}
	return nil
}

// headWords says how class maps come from the network.
func (r GraphReport) headWords() message.Message {
	switch h := r.Head; {
	case h == nil:
		return message.Of("not found")
	case h.Feature == "":
		return message.Of("no map of features leads to %s: %s work without one", h.Logits,
			saliency.Methods().Bare().Words())
	case h.Linear:
		return message.Of("global average pooling of %s (%d channels) and a linear layer to %d classes: class maps in closed form",
			h.Feature, h.Channels, h.Classes)
	default:
		return message.Of("class maps by gradients at %s: %s", h.Feature, h.Why)
	}
}
