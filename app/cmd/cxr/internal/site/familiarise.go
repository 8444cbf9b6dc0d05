package site

import (
	"fmt"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/inference/novelty"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/evaluate"
)

// NewFamiliarise is cxr familiarise.
func NewFamiliarise(r cli.Registries) *cobra.Command {
	var engine cli.EngineFlags
	var model cli.ModelFlags
	var c evaluate.FitNoveltyConfig
	var part string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "familiarise --model M.onnx --data D --out M2.onnx",
		Short: "Have a model's file know its training pictures, to warn of unusual ones",
		Long: "familiarise measures how the features of the pictures that a model was trained on are spread, and writes a copy of the\n" +
			"model's file that carries it, with the thresholds beside it. Viewer and infer warn then of pictures that lie farther from\n" +
			"them than 99.5% of such pictures of other patients. Weights and thresholds stay what they are.\n" +
			inference.NotForDiagnosis,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case c.Data == "":
				return cli.Usage(message.New("no data set was named; use --data"))
			case c.Out == "":
				return cli.Usage(message.New("no file to write was named; use --out"))
			}
			var err error
			if c.Split, err = dataset.ParseSplit(part); err != nil {
				return cli.Usage(err)
			}
			p := cli.NewPrinter(cmd, asJSON)
			return cli.WithModel(engine.ForMany(cli.ManyFiles), model, func(o cli.Opened) error {
				r, err := evaluate.FitNovelty{Config: c, Source: o.Source, Model: o.Model,
					OnStep: p.Steps()}.Run(cmd.Context())
				p.End()
				if err != nil {
					return err
				}
				return printFamiliarised(p, r)
			})
		},
	}
	engine.Register(cmd)
	model.Register(cmd, r)
	cmd.Flags().BoolVar(&c.Overwrite, "overwrite", false, cli.OverwriteUsage)
	cmd.Flags().StringVar(&c.Data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	cmd.Flags().StringVar(&part, "split", "all",
		"part of the data set that the model was trained on: train, val, test or all")
	cmd.Flags().StringVar(&c.Out, "out", "", "model file to write")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

func printFamiliarised(p *cli.Printer, r *evaluate.FitNoveltyReport) error {
	if p.JSON {
		return p.Encode(struct {
			Event string `json:"event"`
			*evaluate.FitNoveltyReport
		}{"done", r})
	}
	p.Line(p.Out, "%s knows %d pictures (SHA-256 %s).", r.Out, r.Pictures, r.SHA256)
	fmt.Fprint(p.Out, p.Words.Say("Distance of pictures of other patients:"))
	for _, level := range novelty.Levels() {
		fmt.Fprint(p.Out, "  "+p.Words.Say("%g%% within %.2f", 100*level, r.Distances[fmt.Sprint(level)]))
	}
	fmt.Fprintln(p.Out)
	for _, s := range r.Skipped {
		p.Line(p.Out, "! %s", s.Error)
	}
	p.Notes(r.Notes)
	err := p.Print(p.Out, inference.NotForDiagnosis)
	return err
}
