package machine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/graph/shape"
	"hilum/inference/saliency"
	"hilum/internal/message"
)

// GraphReport is what cxr graph says of a model.
type GraphReport struct {
	Opens    bool                `json:"opens"`              // it opens and scores a picture
	Why      string              `json:"why"`                // why it does not; "" where it does
	Contract *inference.Contract `json:"contract"`           // null where it does not open
	Warnings []message.Message   `json:"warnings,omitempty"` // what was assumed, a sentence each

	Inputs     []string         `json:"inputs"`
	Outputs    []string         `json:"outputs"`
	Opset      int64            `json:"opset"`
	Parameters int64            `json:"parameters"`
	Ops        map[string]int   `json:"ops"`
	Head       *classifier.Head `json:"head,omitempty"`
	Features   []GraphFeature   `json:"features"`

	Differentiable bool        `json:"differentiable"` // the logits by the picture
	Blocking       []GraphNode `json:"blocking"`       // the nodes in the way, the last first
	// why the logits cannot be differentiated, in a sentence
	NotDifferentiable string `json:"not_differentiable,omitempty"`
}

// GraphFeature is a value that maps can be made at.
type GraphFeature struct {
	Tensor  string  `json:"tensor"`
	Layout  string  `json:"layout"`  // NCHW, NHWC, or NTC for tokens
	Grid    []int64 `json:"grid"`    // rows and columns; null where they are free
	Prefix  int64   `json:"prefix"`  // tokens before the grid's: class, distillation, registers
	Default bool    `json:"default"` // maps are made here unless another is named
	Made    string  `json:"made"`    // the operator that makes it
}

// GraphNode is a node that derivatives do not get through.
type GraphNode struct {
	Node string `json:"node"`
	Op   string `json:"op"`
	Why  string `json:"why"`
}

// graphJob is one run of cxr graph.
type graphJob struct {
	json, dump bool
	engine     cli.EngineFlags
	model      cli.ModelFlags
}

// NewGraph is cxr graph.
func NewGraph(r cli.Registries) *cobra.Command {
	j := &graphJob{}
	cmd := &cobra.Command{
		Use:   "graph MODEL.onnx",
		Short: "Show a model's inputs, outputs, operators, feature maps and what can be differentiated",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.Errorf("name one model"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args[0]) },
	}
	cmd.Flags().BoolVar(&j.json, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&j.dump, "dump", false, "print every node with its shapes")
	j.engine.RegisterLibrary(cmd)
	j.model.RegisterMeaning(cmd, r)
	return cmd
}

func (j *graphJob) run(cmd *cobra.Command, path string) error {
	p := cli.NewPrinter(cmd, j.json)
	m, err := graph.ReadFile(path)
	if err != nil {
		return j.unreadable(p, err)
	}
	if j.dump {
		return shape.Dump(m, cmd.OutOrStdout())
	}
	if err := normal.Apply(m); err != nil {
		return j.unreadable(p, err)
	}
	if _, err := normal.WidenWeights(m); err != nil {
		return j.unreadable(p, err)
	}
	j.model.Path = path
	src, err := j.model.Source()
	if err != nil {
		return cli.Usage(err)
	}
	r := describeGraph(m)
	if err := j.try(&r, src); err != nil {
		return err
	}
	if j.json {
		return p.Encode(r)
	}
	return r.print(p)
}

// unreadable says of a file that is no graph why it does not open; the command fails.
func (j *graphJob) unreadable(p *cli.Printer, why error) error {
	if !j.json {
		return why
	}
	r := GraphReport{Why: why.Error(), NotDifferentiable: why.Error(), Features: []GraphFeature{}, Blocking: []GraphNode{}}
	return errors.Join(p.Encode(r), why)
}

// describeGraph tells what the file alone shows.
func describeGraph(m *graph.Model) GraphReport {
	r := GraphReport{Opset: m.Opset(), Parameters: m.Graph.Parameters(), Ops: m.Graph.OpCounts(),
		Features: []GraphFeature{}, Blocking: []GraphNode{}}
	for _, v := range m.Graph.Feeds() {
		r.Inputs = append(r.Inputs, fmt.Sprintf("%s %v", v.Name, v.Type))
	}
	for _, v := range m.Graph.Outputs {
		r.Outputs = append(r.Outputs, fmt.Sprintf("%s %v", v.Name, v.Type))
	}
	if h, err := classifier.FindHead(m); err == nil {
		r.Head = h
	}
	return r
}

// try opens the model on an engine and, where it opens, tells of its maps; without an
// engine only the graph is looked at.
func (j *graphJob) try(r *GraphReport, src inference.Source) (err error) {
	j.engine.Provider, j.engine.Threads = string(inference.CPU), 1
	e, err := j.engine.Open()
	if err != nil {
		r.Why, r.NotDifferentiable = err.Error(), err.Error()
		return nil
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	model, src, err := inference.OpenTrial(e, src)
	if err != nil {
		r.Why, r.NotDifferentiable = err.Error(), err.Error()
		return nil
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	r.Opens, r.Contract, r.Warnings = true, &model.Contract, model.Warnings
	x, err := model.NewExplainer(e, src, "")
	if err != nil {
		r.NotDifferentiable = err.Error()
		return nil
	}
	r.explain(x)
	return x.Close()
}

// explain fills in what maps can be made of.
func (r *GraphReport) explain(x *inference.Explainer) {
	features, err := x.Features()
	if err != nil {
		r.NotDifferentiable = err.Error()
	}
	for _, f := range features {
		r.Features = append(r.Features, graphFeature(f, x.Layer()))
	}
	blocking, err := x.Blocking()
	for _, b := range blocking {
		r.Blocking = append(r.Blocking, GraphNode{b.Node, b.Op, b.Why.Error()})
	}
	r.Differentiable = err == nil && len(blocking) == 0
	switch {
	case err != nil:
		r.NotDifferentiable = err.Error()
	case len(blocking) > 0:
		r.NotDifferentiable = fmt.Sprintf("%s %q: %v", blocking[0].Op, blocking[0].Node, blocking[0].Why)
	}
}

func graphFeature(f classifier.Feature, layer string) GraphFeature {
	g := GraphFeature{Tensor: f.Name, Layout: f.Layout.String(), Prefix: f.Layout.Before, Default: f.Name == layer,
		Made: f.Made}
	if h, w, ok := f.Grid(); ok {
		g.Grid = []int64{h, w}
	}
	return g
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
	if !r.Opens {
		line(w.Say("opens"), r.Why)
	}
	if r.NotDifferentiable != "" {
		line(w.Say("gradients"), r.NotDifferentiable)
	} else {
		line(w.Say("gradients"), w.Say("everything can be differentiated"))
	}
	p.Line(p.Out, "feature maps, the last first (* is the default):")
	for i, f := range r.Features {
		if i == shownFeatures {
			return p.Print(p.Out, "  and %d more (--json lists all)", len(r.Features)-i)
		}
		mark := " "
		if f.Default {
			mark = "*"
		}
		fmt.Fprintf(p.Out, "%s %s %s %v (%s)\n", mark, f.Tensor, f.Layout, f.Grid, f.Made)
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
