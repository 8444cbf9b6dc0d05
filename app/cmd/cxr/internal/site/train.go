// Package site holds the commands of cxr with which a site makes a model its own: import,
// score, train, calibrate, validate, familiarise, table.
package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/trainer"
)

// trainFlags are the flags of cxr train.
type trainFlags struct {
	engine     cli.EngineFlags
	model      cli.ModelFlags
	config     trainer.Config
	recipe     string
	recipes    recipe.Registry
	set        []string
	epochs     int
	patience   int
	batch      int
	size       int
	unit       string
	cacheLimit float64
	findRate   bool
	estimate   bool
	json       bool
}

// NewTrain is cxr train.
func NewTrain(r cli.Registries) *cobra.Command {
	f := &trainFlags{recipes: r.Recipes, config: trainer.Config{Networks: r.Networks, Families: r.Families}}
	cmd := &cobra.Command{
		Use:   "train --data DIR|CSV --out RUN [--model M.onnx | --arch NAME [--weights CKPT]]",
		Short: "Train a network on your own films",
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cli.Explain(cmd, message.Of("train fine-tunes a model, or trains a network from nothing, on a folder in the NIH layout or a table of your own.\n"+
		"The run is a folder: config.json, metrics.jsonl, event files for TensorBoard, last/ and best/ (weights and optimizer), and\n"+
		"model.onnx, the best weights. Ctrl-C writes a checkpoint; --resume goes on from it, to the same numbers.\n\n"+
		"Recipes: %s, or a JSON file. Every value can be set, as --set optimizer.rate_head=0.0005.\nNetworks from nothing: %s.", strings.Join(r.Recipes.Names(), ", "), strings.Join(r.Networks.Names(), ", ")), "\n\n", message.Of(inference.NotForDiagnosis))
	f.engine.Register(cmd)
	f.model.RegisterModel(cmd, r)
	fl := cmd.Flags()
	fl.StringVar(&f.config.Data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	fl.StringVar(&f.config.Out, "out", "", "folder of the run")
	fl.StringVar(&f.config.Arch, "arch", "", "network to train in place of a model")
	fl.StringVar(&f.config.Weights, "weights", "", "checkpoint that the network starts from (default: drawn weights)")
	fl.StringVar(&f.recipe, "recipe", recipe.Default, "recipe: %s or a file")
	cli.Names(fl, "recipe", strings.Join(r.Recipes.Names(), ", "))
	fl.StringArrayVar(&f.set, "set", nil, "override a value of the recipe, as name=value; may be given again")
	fl.IntVar(&f.epochs, "epochs", 0, "epochs at most (default: the recipe's)")
	fl.IntVar(&f.patience, "patience", 0,
		"epochs without a better one before stopping; 0 never stops (default: the recipe's)")
	fl.IntVar(&f.batch, "batch", 0, "films a step (default: the recipe's)")
	fl.IntVar(&f.size, "size", 0, "edge of the picture in pixels (default: the recipe's or the model's)")
	fl.Uint64Var(&f.config.Seed, "seed", 1, "seed of split, order, views and drawn weights")
	fl.IntVar(&f.config.Limit, "limit", 0, "films of each part at most (default: all)")
	fl.BoolVar(&f.config.Resume, "resume", false, "go on with the run in --out; it keeps its settings")
	fl.StringVar(&f.unit, "split-by", string(dataset.ByPatient),
		"patient, or image to repeat old results (it leaks, and the plan says so)")
	fl.StringVar(&f.config.Cache, "cache", "", "folder for what is computed once (default: within the run)")
	fl.Float64Var(&f.cacheLimit, "cache-limit", trainer.DefaultCacheLimit>>30, "size of that folder at most, in GB")
	fl.DurationVar(&f.config.CheckpointEvery, "checkpoint-every", trainer.DefaultCheckpointEvery,
		"time between checkpoints within an epoch")
	fl.BoolVar(&f.findRate, "find-rate", false, "do not train: raise the rates step by step and say which to take")
	fl.BoolVar(&f.estimate, "estimate", false, "do not train: measure a few steps and say what the run would take")
	fl.BoolVar(&f.json, "json", false, "print one JSON object a line")
	return cmd
}

// readRecipe applies the flags to the recipe; flags that were not given leave it
// alone.
func (f *trainFlags) readRecipe(cmd *cobra.Command) error {
	r, err := f.recipes.Open(f.recipe)
	if err != nil {
		return err
	}
	for _, s := range f.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return message.Errorf("--set %s is not of the form name=value", s)
		}
		if err := r.Set(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	for name, v := range map[string]struct{ to, from *int }{
		"epochs": {&r.Epochs, &f.epochs}, "patience": {&r.Patience, &f.patience}, "batch": {&r.Batch, &f.batch},
		"size": {&r.Size, &f.size},
	} {
		if cmd.Flags().Changed(name) {
			*v.to = *v.from
		}
	}
	f.config.Recipe = r
	return r.Check()
}

func (f *trainFlags) check(cmd *cobra.Command) error {
	var err error
	switch {
	case f.config.Data == "" && !f.config.Resume:
		return message.New("no data set was named; use --data")
	case f.config.Out == "":
		return message.New("no folder for the run was named; use --out")
	case f.model.Path != "" && f.config.Arch+f.config.Weights != "":
		return message.New("name either --model, or --arch and --weights")
	case !(f.cacheLimit > 0) || f.cacheLimit > math.MaxInt64>>31:
		return message.Errorf("--cache-limit %v is no size", f.cacheLimit)
	}
	f.config.CacheLimit = int64(f.cacheLimit * (1 << 30))
	if f.config.Unit, err = dataset.ParseSplitUnit(f.unit); err != nil {
		return err
	}
	return f.readRecipe(cmd)
}

func (f *trainFlags) run(cmd *cobra.Command) (err error) {
	if err := f.check(cmd); err != nil {
		return cli.Usage(err)
	}
	engine, err := f.engine.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	// What is live is a few large vectors without pointers: collecting often costs
	// nothing, and garbage as large as they are would double the memory.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	p := cli.NewPrinter(cmd, f.json)
	f.config.Date = time.Now().UTC().Format(time.DateOnly)
	j := trainer.Train{Config: f.config, Engine: engine, OnStep: printPhases(p)}
	if f.config.Arch == "" && f.config.Weights == "" && !f.config.Resume {
		src, err := f.model.Source()
		if err != nil {
			return err
		}
		j.Parent, j.Config.Model = &src, f.model.Path
	}
	switch {
	case f.estimate:
		return printEstimate(cmd.Context(), p, j)
	case f.findRate:
		return printFindRate(cmd.Context(), p, j)
	}
	return printTrain(cmd.Context(), p, j)
}

// printTrain runs a job and prints what it tells.
func printTrain(ctx context.Context, p *cli.Printer, j trainer.Train) error {
	table := &epochTable{p: p, total: j.Config.Recipe.Epochs}
	j.OnEvent = table.event
	r, err := j.Run(ctx)
	p.End()
	if err != nil {
		if ctx.Err() != nil {
			printInterrupted(p, err, j.Config.Out)
		}
		return err
	}
	if p.JSON {
		return table.err
	}
	if r.Stopped != "" {
		p.Line(p.Out, "Stopped: %s.", r.Stopped)
	}
	p.Line(p.Out, "\nBest epoch %d of %d, validation AUROC %v, in %v.\n%s\n%s", r.BestEpoch, r.Epochs, r.AUROC,
		r.Took.Round(time.Second), r.Model, message.Of(inference.NotForDiagnosis))
	return table.err
}

// printInterrupted says how to go on.
func printInterrupted(p *cli.Printer, err error, out string) {
	if p.JSON {
		// The exit code says the same where this line cannot be written.
		_ = p.Encode(struct {
			Event string `json:"event"`
			Run   string `json:"run"`
		}{"interrupted", out})
		return
	}
	p.Line(p.Errs, "%s\nGo on with: cxr train --resume --out %s", p.Words.Sentence(err), out)
}

// printPhases shows what comes before and between the steps.
func printPhases(p *cli.Printer) func(training.Progress) {
	show := p.Steps()
	return func(s training.Progress) {
		if s.Phase != "train" { // the events of steps say more
			show(s)
		}
	}
}

// epochTable prints events: a line of progress, and a row an epoch.
type epochTable struct {
	p     *cli.Printer
	total int
	err   error
}

func (t *epochTable) event(e history.Event) {
	if t.p.JSON {
		t.err = cmp.Or(t.err, t.p.Encode(e))
		return
	}
	switch {
	case e.Plan != nil:
		t.p.End()
		t.err = cmp.Or(t.err, printPlan(t.p, e.Plan))
		t.total = e.Plan.Epochs
		w := t.p.Words
		fmt.Fprintf(t.p.Out, "\n%5s  %10s  %8s  %9s  %9s  %8s  %7s\n", w.Say("epoch"), w.Say("train loss"),
			w.Say("val loss"), w.Say("val AUROC"), w.Say("rate"), w.Say("images/s"), w.Say("time"))
	case e.Step != nil && t.p.Progress:
		fmt.Fprintf(t.p.Screen, "\r\x1b[K%s", stepLine(t.p.Words, e.Step, t.total))
	case e.Epoch != nil:
		t.p.End()
		k, mark := e.Epoch, ""
		if k.Best {
			mark = "  " + t.p.Words.Say("best")
		}
		fmt.Fprintln(t.p.Out, t.p.Words.Figure(fmt.Sprintf("%5d  %10.4f  %8v  %9v  %9.2e  %8.1f  %7v", k.Epoch,
			k.TrainLoss, k.ValLoss, k.AUROC, k.Rate, k.Speed, k.Took.Round(time.Second/10)))+mark)
	}
}

// stepLine is the line of progress: a bar and what matters.
func stepLine(w message.Words, s *history.Step, epochs int) string {
	const width = 24
	full := min(width, s.Step*width/max(s.Of, 1))
	bar := strings.Repeat("=", full) + strings.Repeat(" ", width-full)
	return "[" + bar + "] " + w.Say("epoch %d of %d  loss %.4f  %.1f images/s  %d MB  %v left",
		s.Epoch, epochs, s.Loss, s.Speed, s.Memory>>20, s.Left.Round(time.Second))
}

// printPlan says what is going to happen.
func printPlan(p *cli.Printer, t *history.Plan) error {
	c := t.Counts
	p.Line(p.Out, "Table: %d rows, %d found, %d missing, %d twice; %d files unreadable, %d copies of others.", c.Rows,
		c.Found, c.Missing, c.Duplicate, len(t.Unreadable), t.Duplicates)
	for _, s := range t.Unreadable {
		p.Line(p.Out, "! %s", s.Error)
	}
	p.Line(p.Out, "Films: %d to train on, %d to validate, %d kept for testing.", t.Train, t.Validate, t.Test)
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(w, "class\tpositive")
	for i, name := range t.Classes {
		p.Line(w, "%s\t%d", name, t.Positive[i])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	p.Line(p.Out, "Recipe %s on %s: %d parameters trained behind %q, %d frozen; %d epochs of %d steps at most; %.1f MB cached.",
		t.Recipe, t.Network, t.Parameters, t.Cut, t.Frozen, t.Epochs, t.Steps, float64(t.CacheBytes)/(1<<20))
	if t.Resumed > 0 {
		p.Line(p.Out, "Going on after step %d.", t.Resumed)
	}
	p.Notes(t.Notes)
	return nil
}

// printEstimate measures a few steps and says what the run would take.
func printEstimate(ctx context.Context, p *cli.Printer, j trainer.Train) error {
	e, err := j.Estimate(ctx)
	p.End()
	if err != nil {
		return err
	}
	if p.JSON {
		return p.Encode(struct {
			Event string `json:"event"`
			*trainer.Estimate
		}{"estimate", e})
	}
	if err := printPlan(p, &e.Plan); err != nil {
		return err
	}
	err = p.Print(p.Out, "\nPreparation %v, then %v an epoch, %v for %d epochs; %d MB of memory, %d MB of disk.",
		e.Prepare.Round(time.Second/10),
		e.Epoch.Round(time.Second/10), e.Total.Round(time.Second), e.Plan.Epochs, e.Memory>>20, e.CacheBytes>>20)
	return err
}

// printFindRate raises the rates and prints the curve.
func printFindRate(ctx context.Context, p *cli.Printer, j trainer.Train) error {
	r, err := j.FindRate(ctx)
	p.End()
	if err != nil {
		return err
	}
	if p.JSON {
		return p.Encode(struct {
			Event string `json:"event"`
			*trainer.RateReport
		}{"rates", r})
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	p.Line(w, "rate of the head\tloss\tsmoothed\t")
	for _, k := range r.Points {
		p.Line(w, "%.2e\t%.4f\t%.4f\t", k.Rate, k.Loss, k.Smoothed)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	err = p.Print(p.Out, "\nThe loss falls fastest at %.2e: take --set optimizer.rate_head=%s --set optimizer.rate_body=%s", r.Head,
		fmt.Sprintf("%.2g", r.Head), fmt.Sprintf("%.2g", r.Body))
	return err
}
