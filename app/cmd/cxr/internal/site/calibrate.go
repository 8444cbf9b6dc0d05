package site

import (
	"path/filepath"
	"strings"
	"text/tabwriter"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/evaluate"

	"github.com/spf13/cobra"
)

// NewCalibrate is cxr calibrate.
func NewCalibrate(r cli.Registries) *cobra.Command {
	c := evaluate.CalibrateConfig{Methods: r.Calibrators, Policies: r.Policies}
	var s scoring
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "calibrate (--scores FILE | --model M --data D) --out thresholds.json",
		Short:   "Fit probabilities and thresholds to a site's own labels",
		Example: "  cxr calibrate --scores val.csv --policy sensitivity=0.95 --out thresholds.json",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Out == "" {
				return cli.Usage(message.New("no file to write was named; use --out"))
			}
			if err := c.Check(); err != nil {
				return cli.Usage(err)
			}
			if s.data != "" { // scoring is long
				if err := s.outputs.Run().Check(c.Out); err != nil {
					return err
				}
			}
			c.Overwrite = s.outputs.Overwrite
			p := cli.NewPrinter(cmd, asJSON)
			scores, done, err := s.table(cmd.Context(), c.Scores, p)
			defer done()
			if err != nil {
				return err
			}
			c.Scores = scores
			if c.Parent == "" {
				c.Parent = s.thresholds
			}
			if c.DataName == "" && s.data != "" {
				c.DataName = filepath.Base(s.data)
			}
			c.ModelSHA256, c.PrepSHA256, c.Split = s.scored.model, s.scored.prep, string(s.scored.part)
			r, err := evaluate.Calibrate{Config: c, OnStep: p.Steps()}.Run(cmd.Context())
			p.End()
			if err != nil {
				return err
			}
			r.Warnings = append(append([]string{}, s.warnings...), r.Warnings...)
			return printCalibrated(p, r, c.Out)
		},
	}
	cli.Explain(cmd, message.Of("calibrate reads a table of scores (see validate), fits for each class how a score becomes a probability, chooses the\n"+
		"threshold by a policy, and writes thresholds.json. A class with fewer than 10 films of either outcome keeps the\n"+
		"threshold it had (--thresholds, else 0.5).\n\nPolicies: %s.\nA probability that equals the threshold is positive.", policiesHelp(r.Policies)), "\n", message.Of(inference.NotForDiagnosis))
	s.register(cmd, r)
	s.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&c.Scores, "scores", "", "table of scores and labels, a CSV file")
	fl.StringVar(&c.Calibrator, "calibrator", calib.KindAuto, "%s; auto takes the least cross-validated log loss")
	cli.Names(fl, "calibrator", strings.Join(r.Calibrators.Choices(), ", "))
	fl.StringVar(&c.Policy, "policy", string(calib.F1Max), "how thresholds are chosen")
	fl.StringVar(&c.Prevalence, "prevalence", "",
		"prevalences where the model will be used: JSON {class: p} or CSV rows class,p")
	fl.StringVar(&c.Parent, "thresholds", "", "thresholds.json whose thresholds stay where there are too few films")
	fl.Float64Var(&c.Grid, "grid", 0, "step of a grid of thresholds, as 0.01 (default: exact over the scores)")
	fl.IntVar(&c.Rounds, "bootstrap", 1000, "rounds of the bootstrap by patient; 0 gives no intervals")
	fl.Uint64Var(&c.Seed, "seed", 1, "seed of bootstrap and cross-validation")
	fl.StringVar(&c.DataName, "data-name", "",
		"what thresholds.json calls the films (default: the name of the data set or table)")
	fl.StringVar(&c.Out, "out", "", "thresholds.json to write")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// calibratedJSON ends cxr calibrate --json.
type calibratedJSON struct {
	Event   string                         `json:"event"`
	Out     string                         `json:"out"`
	Classes map[string]calibratedClassJSON `json:"classes"`
	Notes   []string                       `json:"notes"`

	Warnings []string `json:"warnings"`
	Notice   string   `json:"notice"`
}

type calibratedClassJSON struct {
	Calibrator    string          `json:"calibrator"`
	Threshold     float64         `json:"threshold"`
	CI            *training.Range `json:"threshold_ci"`
	NoValid       string          `json:"no_valid_threshold,omitempty"`
	Metrics       *calib.Metrics  `json:"metrics"`
	LogLossBefore training.Metric `json:"logloss_before"`
	LogLossAfter  training.Metric `json:"logloss_after"`
	ECEBefore     training.Metric `json:"ece_before"`
	ECEAfter      training.Metric `json:"ece_after"`
	Prevalence    training.Metric `json:"prevalence"` // at which all figures of the class stand
}

func printCalibrated(p *cli.Printer, r *evaluate.CalibrateReport, out string) error {
	if !p.JSON {
		return printCalibratedTable(p, r, out)
	}
	e := calibratedJSON{"done", out, map[string]calibratedClassJSON{}, append([]string{}, r.Notes...),
		append([]string{}, r.Warnings...), inference.NotForDiagnosis}
	for i, f := range r.Classes {
		k := r.Calibration.Classes[i]
		e.Classes[k.Name] = calibratedClassJSON{
			f.Calibrator, k.Threshold, interval(k.CI), k.NoValid, k.Metrics, f.LogLossBefore, f.LogLossAfter,
			f.ECEBefore,
			f.ECEAfter, f.Prevalence,
		}
	}
	return p.Encode(e)
}

func interval(i *calib.Interval) *training.Range {
	if i == nil {
		return nil
	}
	return &training.Range{i.Lo, i.Hi}
}

func printCalibratedTable(p *cli.Printer, r *evaluate.CalibrateReport, out string) error {
	p.Line(p.Out, "%s, policy %s\n", r.Calibration.Data, r.Calibration.Method)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tcalibrator\tthreshold\t\tF1\tPPV\tsensitivity\tlog loss\tfrom\tECE\tfrom\tat prevalence")
	for i, f := range r.Classes {
		k := r.Calibration.Classes[i]
		m := k.Metrics
		if m == nil {
			m = &calib.Metrics{}
		}
		p.Line(t, "%s\t%s\t%v\t%v\t%.3f\t%.3f\t%.3f\t%v\t%v\t%v\t%v\t%v", k.Name, f.Calibrator,
			training.Metric(k.Threshold), interval(k.CI), m.F1, m.Precision, m.Recall, f.LogLossAfter, f.LogLossBefore,
			f.ECEAfter, f.ECEBefore, f.Prevalence)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	p.Notes(append(append([]string{}, r.Warnings...), r.Notes...))
	err := p.Print(p.Out, "Written to %s.\n%s", out, message.Of(inference.NotForDiagnosis))
	return err
}

// policiesHelp lists the forms of policies with what they mean.
func policiesHelp(list calib.Rules) message.Message {
	parts := make([]any, len(list))
	for i, r := range list {
		parts[i] = r.Form
		if r.Note != "" {
			parts[i] = message.List("", r.Form, " (", message.Of(r.Note), ")")
		}
	}
	return message.List(", ", parts...)
}
