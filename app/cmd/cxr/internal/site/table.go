package site

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/training/describe"
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
	fmt.Fprintf(p.Out, "A table of %s, %d rows, %s, delimiter %s.\n\n", u.Kind, u.Rows, u.Encoding, u.Delimiter)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "column\tused as")
	for _, c := range u.Columns {
		fmt.Fprintf(t, "%s\t%s\n", c.Name, c.As)
	}
	for _, name := range u.Dropped {
		fmt.Fprintf(t, "%s\tnot used\n", name)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if c := u.Counts; c != nil {
		fmt.Fprintf(p.Out, "\n%d films found, %d missing, %d twice.\n", c.Found, c.Missing, c.Duplicate)
	}
	p.Notes(u.Warnings)
	return nil
}
