package machine

import (
	"fmt"
	"io"
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
	Inputs            []string         `json:"inputs"`
	Outputs           []string         `json:"outputs"`
	Opset             int64            `json:"opset"`
	Parameters        int64            `json:"parameters"`
	Ops               map[string]int   `json:"ops"`
	Head              *classifier.Head `json:"head,omitempty"`
	Features          []string         `json:"features"`
	NotDifferentiable string           `json:"not_differentiable,omitempty"` // why the logits cannot be differentiated by the picture
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
			r := describeGraph(m)
			if asJSON {
				p := cli.NewPrinter(cmd, true)
				return p.Encode(r)
			}
			return r.print(cmd.OutOrStdout())
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

func (r GraphReport) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "inputs      %s\noutputs     %s\nopset       %d\nparameters  %d\n", strings.Join(r.Inputs, "; "), strings.Join(r.Outputs, "; "), r.Opset, r.Parameters)
	b.WriteString("operators  ")
	for _, op := range slices.Sorted(maps.Keys(r.Ops)) {
		fmt.Fprintf(&b, " %s x%d", op, r.Ops[op])
	}
	b.WriteString("\nhead        ")
	switch {
	case r.Head == nil:
		b.WriteString("not found\n")
	case r.Head.Feature == "":
		fmt.Fprintf(&b, "no map of features leads to %s: %s work without one\n", r.Head.Logits, saliency.Methods().Bare().Words())
	case r.Head.Linear:
		fmt.Fprintf(&b, "global average pooling of %s (%d channels) and a linear layer to %d classes: class maps in closed form\n", r.Head.Feature, r.Head.Channels, r.Head.Classes)
	default:
		fmt.Fprintf(&b, "class maps by gradients at %s: %s\n", r.Head.Feature, r.Head.Why)
	}
	gradients := "everything can be differentiated"
	if r.NotDifferentiable != "" {
		gradients = r.NotDifferentiable
	}
	fmt.Fprintf(&b, "gradients   %s\nfeature maps, the last first:\n", gradients)
	for i, f := range r.Features {
		if i == shownFeatures {
			fmt.Fprintf(&b, "  and %d more (--json lists all)\n", len(r.Features)-i)
			break
		}
		fmt.Fprintf(&b, "  %s\n", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
