package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hilum/training/phantom"
)

func newPhantom() *cobra.Command {
	var d phantom.Dataset
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "phantom --out DIR --n N",
		Short: "Draw phantom chest films with known findings as a data set",
		Long: "phantom draws chest films by simple physics, with findings at known places, and writes them in the layout of\n" +
			"NIH ChestX-ray14: images/, the table of labels, the lists of a split by patient, and the boxes. The same seed\n" +
			"gives the same bytes.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.Dir == "" {
				return usageError{fmt.Errorf("no folder was named; use --out")}
			}
			if d.N < 1 {
				return usageError{fmt.Errorf("%d films; at least 1 is needed", d.N)}
			}
			p := newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON)
			err := phantom.WriteDataset(cmd.Context(), d, p.films)
			p.end()
			if err != nil {
				return err
			}
			return p.written(d)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&d.Dir, "out", "", "folder to write to")
	fl.IntVar(&d.N, "n", 100, "number of films")
	fl.Uint64Var(&d.Seed, "seed", 1, "seed: the same seed gives the same bytes")
	fl.IntVar(&d.Size, "size", 512, "pixels a side")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// films shows how far the drawing is.
func (p *printer) films(done, total int) {
	if p.progress {
		fmt.Fprintf(p.errs, "\r\x1b[K%d of %d films", done, total)
	}
}

func (p *printer) written(d phantom.Dataset) error {
	if p.json {
		return p.encode(map[string]any{"event": "done", "out": d.Dir, "films": d.N, "seed": d.Seed, "size": d.Size})
	}
	_, err := fmt.Fprintf(p.out, "%d films are in %s.\n", d.N, d.Dir)
	return err
}
