package site

import (
	"slices"
	"text/tabwriter"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/training/describe"

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
	for _, a := range u.Asked {
		p.Line(p.Out, "To be asked: %s. %s", a.Name, a.Question)
	}
	p.Notes(u.Warnings)
	return nil
}
