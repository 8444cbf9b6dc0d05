package site

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/report"

	"github.com/spf13/cobra"
)

// NewScore is cxr score.
func NewScore(r cli.Registries) *cobra.Command {
	var s scoring
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "score --model M --data D --out scores.csv",
		Short: "Score a labelled data set into a table for validate and calibrate",
		Long: "score runs a model on a data set, a folder in the NIH layout or a table of your own, and writes a CSV file with the\n" +
			"logits and labels of every class that both have. Films that cannot be read are skipped and listed.\n" +
			inference.NotForDiagnosis,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.out == "" {
				return cli.Usage(message.New("no file to write was named; use --out"))
			}
			if s.data == "" {
				return cli.Usage(message.New("no data set was named; use --data"))
			}
			p := cli.NewPrinter(cmd, asJSON)
			r, err := s.run(cmd.Context(), p)
			if err != nil {
				return err
			}
			return printScored(p, r)
		},
	}
	s.register(cmd, r)
	cmd.Flags().StringVar(&s.out, "out", "", "table to write")
	s.outputs.Register(cmd)
	cmd.Flags().BoolVar(&s.features, "features", false,
		"also write what the model made of each film before its last layer, as emb_1, emb_2 ...")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// scoring are the flags that name a model and a data set, and the table that
// comes of them.
type scoring struct {
	engine cli.EngineFlags
	model  cli.ModelFlags
	data   string
	split  string
	unit   string
	out    string

	features bool // the table has columns of them

	outputs cli.Outputs

	folder     string   // of the model whose parts of the data set hold, once run has opened it
	scored     scoredBy // what made the table, once run has opened it
	own        []byte   // the thresholds that came with the model, once run has opened it
	notes      []string // of the data set, likewise
	warnings   []string // of its table, likewise
	thresholds string   // a file of them, once table has made it

	locate    *evaluate.LocaliseConfig // how to hold maps against boxes; nil does not
	locations *report.Localisation     // what came of it; nil where there are no boxes

	judged   int                 // on how many films of each class maps are judged; 0 judges none
	verdicts *report.MapVerdicts // what came of it
}

// scoredBy says which model, reading films in which way, made a table.
type scoredBy struct {
	model, prep string // SHA-256; "" where a table was named
	part        dataset.Split
}

func (s *scoring) register(cmd *cobra.Command, r cli.Registries) {
	s.engine.Register(cmd)
	s.model.RegisterModel(cmd, r)
	cmd.Flags().StringVar(&s.data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	cmd.Flags().StringVar(&s.split, "split", "all", "part of the data set: train, val, test or all")
	cmd.Flags().StringVar(&s.unit, "split-by", string(dataset.ByPatient),
		"patient, or image to repeat old results (it leaks, and reports say so)")
}

func (s *scoring) run(ctx context.Context, p *cli.Printer) (r *evaluate.ScoreReport, err error) {
	part, err := dataset.ParseSplit(s.split)
	if err != nil {
		return nil, cli.Usage(err)
	}
	unit, err := dataset.ParseSplitUnit(s.unit)
	if err != nil {
		return nil, cli.Usage(err)
	}
	if s.folder == "" && s.model.Path != "" {
		s.folder = filepath.Dir(s.model.Path)
	}
	err = cli.WithModel(s.engine.ForMany(cli.ManyFiles), s.model, func(o cli.Opened) error {
		c := evaluate.ScoreConfig{Data: s.data, Split: part, Unit: unit, Seed: 1, Run: s.folder, Out: s.out,
			Features: s.features, Overwrite: s.outputs.Overwrite}
		r, err = evaluate.Score{Config: c, Model: o.Model, OnStep: p.Steps()}.Run(ctx)
		p.End()
		s.own = o.Source.Thresholds
		s.scored = scoredBy{model: o.Model.SHA256, prep: o.Model.Spec.Prep.Hash(), part: part}
		if r != nil {
			s.notes, s.warnings = r.Notes, r.Warnings
		}
		if err != nil || s.locate == nil {
			return err
		}
		l := *s.locate
		l.Data, l.Split, l.Unit, l.SplitSeed, l.Run = c.Data, c.Split, c.Unit, c.Seed, c.Run
		s.locations, err = evaluate.Localise{Config: l, Model: o.Model, OnStep: p.Steps()}.Run(ctx)
		p.End()
		if err != nil || s.judged == 0 {
			return err
		}
		return s.judgeMaps(ctx, o, l, p)
	})
	return r, err
}

// judgeMaps tests whether the model's class maps can be believed.
func (s *scoring) judgeMaps(ctx context.Context, o cli.Opened, films evaluate.LocaliseConfig, p *cli.Printer) error {
	x, err := o.Model.NewExplainer(o.Engine, o.Source, "")
	if err != nil {
		return err
	}
	job := evaluate.JudgeMaps{Films: films, Model: o.Model, Explains: x, OnStep: p.Steps(),
		Config: evaluate.JudgeMapsConfig{Films: s.judged, Method: saliency.GradCAM()}}
	s.verdicts, err = job.Run(ctx)
	p.End()
	return errors.Join(err, x.Close())
}

// table gives the table of scores that a command works on: the one that is
// named, or one made from model and data set. done removes what was made.
func (s *scoring) table(ctx context.Context, named string, p *cli.Printer) (path string, done func(), err error) {
	done = func() {}
	switch {
	case named != "" && s.data != "":
		return "", done, cli.Usage(message.New("name either --scores or --data"))
	case named != "":
		return named, done, nil
	case s.data == "":
		return "", done, cli.Usage(message.New("no table of scores was named; use --scores, or --model and --data"))
	}
	dir, err := os.MkdirTemp("", "hilum-scores-*")
	if err != nil {
		return "", done, err
	}
	done = func() { os.RemoveAll(dir) }
	s.out = filepath.Join(dir, strings.TrimSuffix(filepath.Base(filepath.Clean(s.data)), ".csv")+
		".csv") // reports name it
	r, err := s.run(ctx, p)
	if err != nil {
		return "", done, err
	}
	if s.own != nil {
		s.thresholds = filepath.Join(dir, "thresholds.json")
		if err := os.WriteFile(s.thresholds, s.own, 0o600); err != nil {
			return "", done, err
		}
	}
	if !p.JSON {
		err = printScored(p, r)
	}
	return s.out, done, err
}

func printScored(p *cli.Printer, r *evaluate.ScoreReport) error {
	if p.JSON {
		return p.Encode(struct {
			Event string `json:"event"`
			*evaluate.ScoreReport
		}{"done", r})
	}
	c := r.Counts
	p.Line(p.Out, "%d films scored; the table has %d rows, %d found, %d missing, %d twice, %d unreadable.",
		r.Scored, c.Rows, c.Found, c.Missing, c.Duplicate, len(r.Skipped))
	for _, s := range r.Skipped {
		p.Line(p.Out, "! %s", s.Error)
	}
	p.Notes(r.Notes)
	err := p.Print(p.Out, inference.NotForDiagnosis)
	return err
}
