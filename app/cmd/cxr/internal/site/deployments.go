package site

import (
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/runs"
	"hilum/app/settings"
)

// NewDeployments is cxr deployments.
func NewDeployments() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "deployments",
		Short: "List which models were put into use, and when",
		Long: "deployments prints the register that the window keeps: every model that was put into use, with its hash and that of its\n" +
			"thresholds, and every way back to an earlier one. Entries are only added; the last is in use.",
		Example: "  cxr deployments --json",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				var err error
				if dir, err = settings.RunsPath(settings.Load(settings.PreferencesDir())); err != nil {
					return err
				}
			}
			list, err := runs.Register(dir)
			if err != nil {
				return err
			}
			return printDeployments(cli.NewPrinter(cmd, asJSON), list)
		},
	}
	cmd.Flags().StringVar(&dir, "runs", "", "folder of runs and models (default: the one of the window)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a deployment")
	return cmd
}

// deploymentJSON is one line of cxr deployments --json.
type deploymentJSON struct {
	Number int `json:"number"` // from 1
	runs.Deployment
	InUse bool `json:"in_use"`
}

func printDeployments(p *cli.Printer, list []runs.Deployment) error {
	if p.JSON {
		for i, d := range list {
			if err := p.Encode(deploymentJSON{i + 1, d, i == len(list)-1}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		return p.Print(p.Out, "No model was put into use yet: the demo model reads.")
	}
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "number\tdate\tmodel\tSHA-256\tback to\tsite")
	for i, d := range list {
		back := ""
		if d.Back {
			back = p.Words.Count(d.Restores)
		}
		p.Line(t, "%d\t%s\t%s\t%.12s\t%s\t%s", i+1, d.Date.Format(time.RFC3339), d.Name, d.SHA256, back, d.Site)
	}
	return t.Flush()
}
