package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/evaluate"
	"hilum/training/report"
)

func newScore(r registries) *cobra.Command {
	var s scoring
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "score --model M --data D --out scores.csv",
		Short: "Score a labelled data set into a table for validate and calibrate",
		Long: "score runs a model on a data set, a folder in the NIH layout or a table of your own, and writes a CSV file with the\n" +
			"logits and labels of every class that both have. Films that cannot be read are skipped and listed.\n" + inference.NotForDiagnosis,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.out == "" {
				return usageError{message.New("no file to write was named; use --out")}
			}
			if s.data == "" {
				return usageError{message.New("no data set was named; use --data")}
			}
			p := newPrinter(cmd, asJSON)
			r, err := s.run(cmd.Context(), &p)
			if err != nil {
				return err
			}
			return p.scored(r)
		},
	}
	s.register(cmd, r)
	cmd.Flags().StringVar(&s.out, "out", "", "table to write")
	s.outputs.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// scoring are the flags that name a model and a data set, and the table that
// comes of them.
type scoring struct {
	engine engineFlags
	model  modelFlags
	data   string
	split  string
	unit   string
	out    string

	outputs outputs

	folder     string   // of the model whose parts of the data set hold, once run has opened it
	scored     scoredBy // what made the table, once run has opened it
	own        []byte   // the thresholds that came with the model, once run has opened it
	notes      []string // of the data set, likewise
	warnings   []string // of its table, likewise
	thresholds string   // a file of them, once table has made it

	locate    *evaluate.LocaliseConfig // how to hold maps against boxes; nil does not
	locations *report.Localisation     // what came of it; nil where there are no boxes
}

// scoredBy says which model, reading films in which way, made a table.
type scoredBy struct {
	model, prep string // SHA-256; "" where a table was named
	part        dataset.Split
}

func (s *scoring) register(cmd *cobra.Command, r registries) {
	s.engine.register(cmd)
	s.model.registerModel(cmd, r)
	cmd.Flags().StringVar(&s.data, "data", "", "data set: a folder in the NIH layout, or a table (CSV)")
	cmd.Flags().StringVar(&s.split, "split", "all", "part of the data set: train, val, test or all")
	cmd.Flags().StringVar(&s.unit, "split-by", string(dataset.ByPatient), "patient, or image to repeat old results (it leaks, and reports say so)")
}

func (s *scoring) run(ctx context.Context, p *printer) (r *evaluate.ScoreReport, err error) {
	part, err := dataset.ParseSplit(s.split)
	if err != nil {
		return nil, usageError{err}
	}
	unit, err := dataset.ParseSplitUnit(s.unit)
	if err != nil {
		return nil, usageError{err}
	}
	if s.folder == "" && s.model.Path != "" {
		s.folder = filepath.Dir(s.model.Path)
	}
	err = withModel(s.engine.forMany(manyFiles), s.model, func(o opened) error {
		c := evaluate.ScoreConfig{Data: s.data, Split: part, Unit: unit, Seed: 1, Run: s.folder, Out: s.out, Overwrite: s.outputs.overwrite}
		r, err = evaluate.Score{Config: c, Model: o.model, OnStep: p.steps()}.Run(ctx)
		p.end()
		s.own = o.source.Thresholds
		s.scored = scoredBy{model: o.model.SHA256, prep: o.model.Spec.Prep.Hash(), part: part}
		if r != nil {
			s.notes, s.warnings = r.Notes, r.Warnings
		}
		if err != nil || s.locate == nil {
			return err
		}
		l := *s.locate
		l.Data, l.Split, l.Unit, l.SplitSeed, l.Run = c.Data, c.Split, c.Unit, c.Seed, c.Run
		s.locations, err = evaluate.Localise{Config: l, Model: o.model, OnStep: p.steps()}.Run(ctx)
		p.end()
		return err
	})
	return r, err
}

// table gives the table of scores that a command works on: the one that is
// named, or one made from model and data set. done removes what was made.
func (s *scoring) table(ctx context.Context, named string, p *printer) (path string, done func(), err error) {
	done = func() {}
	switch {
	case named != "" && s.data != "":
		return "", done, usageError{message.New("name either --scores or --data")}
	case named != "":
		return named, done, nil
	case s.data == "":
		return "", done, usageError{message.New("no table of scores was named; use --scores, or --model and --data")}
	}
	dir, err := os.MkdirTemp("", "hilum-scores-*")
	if err != nil {
		return "", done, err
	}
	done = func() { os.RemoveAll(dir) }
	s.out = filepath.Join(dir, strings.TrimSuffix(filepath.Base(filepath.Clean(s.data)), ".csv")+".csv") // reports name it
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
	if !p.json {
		err = p.scored(r)
	}
	return s.out, done, err
}

func (p *printer) scored(r *evaluate.ScoreReport) error {
	if p.json {
		return p.encode(struct {
			Event string `json:"event"`
			*evaluate.ScoreReport
		}{"done", r})
	}
	c := r.Counts
	fmt.Fprintf(p.out, "%d films scored; the table has %d rows, %d found, %d missing, %d twice, %d unreadable.\n",
		r.Scored, c.Rows, c.Found, c.Missing, c.Duplicate, len(r.Skipped))
	for _, s := range r.Skipped {
		fmt.Fprintf(p.out, "! %s\n", s.Error)
	}
	p.notes(r.Notes)
	_, err := fmt.Fprintln(p.out, inference.NotForDiagnosis)
	return err
}
