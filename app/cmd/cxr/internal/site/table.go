package site

import (
	"slices"
	"text/tabwriter"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/training"
	"hilum/training/describe"
	"hilum/training/samplesize"

	"github.com/spf13/cobra"
)

// NewTable is cxr table.
func NewTable() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "table FILE",
		Short: "Say what the program understands of a table",
		Long: "table reads a table as score, train, validate and calibrate do, and prints each column that is used, as what, and those that are not.\n" +
			"Tables may have commas, semicolons, tabs or bars, any usual encoding, a decimal comma, and names of findings in English or German.\n" +
			"Of a folder in the NIH layout it reads the table of labels. Films are looked for and not opened.",
		Example: "  cxr table labels.csv\n  cxr table labels.csv --json",
		Args:    cobra.MatchAll(cli.AtLeastOne("table"), cli.OnePath),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := describe.Table(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			p := cli.NewPrinter(cmd, asJSON)
			if asJSON {
				return p.Encode(u)
			}
			return printUnderstood(p, u)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func printUnderstood(p *cli.Printer, u *describe.Understood) error {
	p.Line(p.Out, "A table of %s, %d rows, %s, delimiter %s.\n", u.Kind, u.Rows, u.Encoding, u.Delimiter)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "column\tused as")
	for _, c := range u.Columns {
		p.Line(t, "%s\t%s", c.Name, c.As)
	}
	for _, name := range u.Dropped {
		i := slices.IndexFunc(u.Unused, func(x describe.Unused) bool { return x.Name == name })
		if i < 0 {
			p.Line(t, "%s\tnot used", name)
			continue
		}
		p.Line(t, "%s\tnot used: %s", name, u.Unused[i].Why)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if c := u.Counts; c != nil {
		p.Line(p.Out, "\n%d films found, %d missing, %d twice.", c.Found, c.Missing, c.Duplicate)
	}
	if err := printFilms(p, u.Films); err != nil {
		return err
	}
	for _, a := range u.Asked {
		p.Line(p.Out, "To be asked: %s. %s", a.Name, a.Question)
	}
	p.Notes(u.Warnings)
	return nil
}

// printFilms prints the number of films of each class and what precision that many give.
func printFilms(p *cli.Printer, films []describe.Films) error {
	if len(films) == 0 {
		return nil
	}
	usual := samplesize.Usual()
	p.Line(p.Out,
		"\nNumber of films: half the width of a 95%% interval if all of these judge (AUROC by Hanley and McNeil, sensitivity and specificity by Wilson, both %v), and films with the finding that are missing until no interval is wider than %v.",
		training.Metric(usual.AUROC), training.Metric(usual.Width))
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\twith\twithout\tnot known\tAUROC\tsensitivity\tspecificity\tmissing")
	for _, f := range films {
		p.Line(t, "%s\t%d\t%d\t%d\t%v\t%v\t%v\t%d", f.Class, f.Positive, f.Negative, f.Unknown, f.AUROC, f.Sensitivity,
			f.Specificity, f.More)
	}
	return t.Flush()
}
