package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hilum/inference"
	"hilum/inference/novelty"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/evaluate"
)

func newFamiliarise(r registries) *cobra.Command {
	var engine engineFlags
	var model modelFlags
	var c evaluate.FitNoveltyConfig
	var part string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "familiarise --model M.onnx --data D --out M2.onnx",
		Short: "Have a model's file know its training pictures, to warn of unusual ones",
		Long: "familiarise measures how the features of the pictures that a model was trained on are spread, and writes a copy of the\n" +
			"model's file that carries it, with the thresholds beside it. Viewer and infer warn then of pictures that lie farther from\n" +
			"them than 99.5% of such pictures of other patients. Weights and thresholds stay what they are.\n" + inference.NotForDiagnosis,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case c.Data == "":
				return usageError{message.New("no data set was named; use --data")}
			case c.Out == "":
				return usageError{message.New("no file to write was named; use --out")}
			}
			var err error
			if c.Split, err = dataset.ParseSplit(part); err != nil {
				return usageError{err}
			}
			p := newPrinter(cmd, asJSON)
			return withModel(engine.forMany(manyFiles), model, func(o opened) error {
				r, err := evaluate.FitNovelty{Config: c, Source: o.source, Model: o.model, OnStep: p.steps()}.Run(cmd.Context())
				p.end()
				if err != nil {
					return err
				}
				return p.familiarised(r)
			})
		},
	}
	engine.register(cmd)
	model.register(cmd, r)
	cmd.Flags().BoolVar(&c.Overwrite, "overwrite", false, overwriteUsage)
	cmd.Flags().StringVar(&c.Data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	cmd.Flags().StringVar(&part, "split", "all", "part of the data set that the model was trained on: train, val, test or all")
	cmd.Flags().StringVar(&c.Out, "out", "", "model file to write")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func (p *printer) familiarised(r *evaluate.FitNoveltyReport) error {
	if p.json {
		return p.encode(struct {
			Event string `json:"event"`
			*evaluate.FitNoveltyReport
		}{"done", r})
	}
	fmt.Fprintf(p.out, "%s knows %d pictures (SHA-256 %s).\n", r.Out, r.Pictures, r.SHA256)
	fmt.Fprint(p.out, "Distance of pictures of other patients:")
	for _, level := range novelty.Levels() {
		fmt.Fprintf(p.out, "  %g%% within %.2f", 100*level, r.Distances[fmt.Sprint(level)])
	}
	fmt.Fprintln(p.out)
	for _, s := range r.Skipped {
		fmt.Fprintf(p.out, "! %s\n", s.Error)
	}
	p.notes(r.Notes)
	_, err := fmt.Fprintln(p.out, inference.NotForDiagnosis)
	return err
}
