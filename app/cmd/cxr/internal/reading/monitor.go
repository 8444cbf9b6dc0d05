package reading

import (
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/records"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training/monitor"
	"hilum/training/scores"
)

// monitorJob is one run of cxr monitor.
type monitorJob struct {
	records             recordsFlag
	scores, thresholds  string
	from, to, reference string
	page, concordance   string
	conf                monitor.Config
	json                bool
	outputs             cli.Outputs
	methods             calib.Methods
}

// NewMonitor is cxr monitor.
func NewMonitor(r cli.Registries) *cobra.Command {
	j := &monitorJob{methods: r.Calibrators}
	cmd := &cobra.Command{
		Use:   "monitor [--scores FILE]",
		Short: "Say month by month whether a model in use still does what it did",
		Long: "monitor holds each month against a reference period, class by class: how many films came and were called, how the scores are\n" +
			"spread, how often readers agree, whether probabilities fit, how many films were refused. It reads a table of scores with a date\n" +
			"column (columns model, latency_ms, withheld and those of score --features are used where they are there; y_<Class> may be empty),\n" +
			"or else what readers answered in the window. An alarm is more than chance, however often one looks: in a year in which nothing\n" +
			"changes the chance of any alarm is at most --false-alarms.",
		Example: "  cxr monitor --scores year.csv --thresholds thresholds.json --json",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return j.run(cmd) },
	}
	j.records.register(cmd)
	j.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&j.scores, "scores", "",
		"table of scores with a date column, a CSV file (default: what readers answered)")
	fl.StringVar(&j.thresholds, "thresholds", "", "thresholds.json in use (default: 0.5 on the scores as they are)")
	fl.StringVar(&j.from, "from", "", "first day to report, as 2026-01-31")
	fl.StringVar(&j.to, "to", "", "last day to report; later films are not looked at")
	fl.StringVar(&j.reference, "reference-until", "",
		"last day of the reference (default: the end of the third month with films)")
	fl.Float64Var(&j.conf.FalseAlarms, "false-alarms", monitor.DefaultFalseAlarms,
		"chance of any alarm in a year in which nothing changes")
	fl.StringVar(&j.page, "page", "", "page to write, an HTML file")
	fl.StringVar(&j.concordance, "concordance", "",
		"table of what model and readers said of each film to write, a CSV file")
	fl.BoolVar(&j.json, "json", false, "print one JSON object a class and month")
	return cmd
}

// days reads the flags that name days.
func (j *monitorJob) days() error {
	for _, d := range []struct {
		text string
		to   *time.Time
	}{{j.from, &j.conf.From}, {j.to, &j.conf.To}, {j.reference, &j.conf.ReferenceEnd}} {
		if d.text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return cli.Usage(message.Errorf("%q is not a day as 2026-01-31", d.text))
		}
		*d.to = day
	}
	if j.reference != "" {
		j.conf.ReferenceEnd = j.conf.ReferenceEnd.AddDate(0, 0, 1)
	}
	return nil
}

func (j *monitorJob) run(cmd *cobra.Command) error {
	if err := j.days(); err != nil {
		return err
	}
	t, err := j.table(cmd)
	if err != nil {
		return err
	}
	c := calib.Default(t.Names())
	if j.thresholds != "" {
		if c, err = j.methods.LoadAll(j.thresholds, t.Names()); err != nil {
			return err
		}
	}
	months, err := monitor.Watch(t, c, j.conf)
	if err != nil {
		return err
	}
	p := cli.NewPrinter(cmd, j.json)
	j.outputs.Run().Protect(j.scores, j.thresholds)
	if j.page != "" {
		if err := j.outputs.ToFile(j.page, nil, func(w io.Writer) error {
			return monitor.WritePage(w, months,
				p.Words)
		}); err != nil {
			return err
		}
	}
	if j.concordance != "" {
		if err := j.outputs.ToFile(j.concordance, nil, func(w io.Writer) error {
			return monitor.WriteConcordance(w, t, c, j.conf)
		}); err != nil {
			return err
		}
	}
	return printMonths(p, months)
}

// table is the table that is named, or what readers answered.
func (j *monitorJob) table(cmd *cobra.Command) (*scores.Table, error) {
	if j.scores != "" {
		return scores.Load(j.scores)
	}
	dir, err := os.MkdirTemp("", "hilum-monitor-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "answers.csv")
	err = j.records.with(false, func(s *records.Store) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = s.ExportLabels(cmd.Context(), f, records.LabelOptions{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return scores.Load(path)
}

func printMonths(p *cli.Printer, months []monitor.Month) error {
	if p.JSON {
		for i := range months {
			if err := p.Encode(&months[i]); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tmonth\tfilms\tanswered\tcalled\tfound by readers\tPSI\tagreement\talarm")
	for i := range months {
		m := &months[i]
		p.Line(t, "%s\t%s\t%d\t%d\t%v\t%v\t%v\t%v\t%s", m.Class, m.Month, m.Films, m.Labelled, m.Called, m.Positive, m.PSI,
			m.Agreement, p.Words.Text(m.Reason))
	}
	return t.Flush()
}
