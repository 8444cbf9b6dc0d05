package site

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/report"
)

// NewValidate is cxr validate.
func NewValidate(r cli.Registries) *cobra.Command {
	c := evaluate.ValidateConfig{Methods: r.Calibrators}
	var s scoring
	var l evaluate.LocaliseConfig
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate (--scores FILE | --model M --data D)",
		Short: "Judge a model's scores against labels, with intervals by patient",
		Long: "validate reads a table of scores (CSV with prob_<Class> or logit_<Class>, y_<Class> as 0, 1 or empty, and patient_id)\n" +
			"and gives for each class and in the mean how well the scores tell films apart, how well they are calibrated, and\n" +
			"what happens at the threshold. With --out it writes a folder with report.html, report.json, classes.csv and\n" +
			"pictures. Where the data set has boxes, or --boxes names a list, the model's class maps are held against them, and so is\n" +
			"a map of other patients' boxes that knows no picture. With --json the last line is the report.\n" +
			inference.NotForDiagnosis,
		Example: "  cxr validate --scores scores.csv --thresholds thresholds.json --out report",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(c.Check(), l.Check()); err != nil {
				return cli.Usage(err)
			}
			if l.Boxes != "" && s.data == "" {
				return cli.Usage(message.New("boxes are compared with class maps, which need the model and the films: use --model and --data"))
			}
			if s.judged < 0 || s.judged > 0 && s.data == "" {
				return cli.Usage(message.New("--maps takes a number of films, and needs the model and the films: use --model and --data"))
			}
			if c.Out != "" && s.data != "" { // scoring is long
				if err := s.outputs.Run().Check(filepath.Join(c.Out, "report.json")); err != nil {
					return err
				}
			}
			c.Overwrite = s.outputs.Overwrite
			l.Rounds, l.Seed = c.Rounds, c.Seed
			s.locate = &l
			p := cli.NewPrinter(cmd, asJSON)
			scores, done, err := s.table(cmd.Context(), c.Scores, p)
			defer done()
			if err != nil {
				return err
			}
			c.Scores, c.Metrics, c.DataNotes = scores, s.metrics(), s.notes
			if c.Thresholds == "" {
				c.Thresholds = s.thresholds
			}
			other, otherDone, err := s.other(cmd.Context(), c.Compare, p)
			defer otherDone()
			if err != nil {
				return err
			}
			if c.Compare != "" {
				c.Compare, c.OtherName = other, filepath.Base(c.Compare)
			}
			r, err := evaluate.Validate{Config: c, Boxes: s.locations, Maps: s.verdicts, OnStep: p.Steps()}.Run(cmd.Context())
			p.End()
			if err != nil {
				return err
			}
			r.Warnings = append(append([]string{}, s.warnings...), r.Warnings...)
			return printValidated(p, r, c)
		},
	}
	s.register(cmd, r)
	s.outputs.Register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&c.Scores, "scores", "", "table of scores and labels, a CSV file")
	fl.StringVar(&c.Thresholds, "thresholds", "", "thresholds.json to judge (default: 0.5 on the scores as they are)")
	fl.BoolVar(&c.PerClass, "per-class", false, "print the operating points, and draw a page a class into the report")
	fl.IntVar(&c.Rounds, "bootstrap", 1000, "rounds of the bootstrap by patient; 0 gives no intervals")
	fl.Uint64Var(&c.Seed, "seed", 1, "seed of the bootstrap: the same seed gives the same intervals")
	fl.StringVar(&c.Compare, "compare", "",
		"another model to compare: its scores of the same films (CSV), or with --data an .onnx file")
	fl.StringVar(&l.Boxes, "boxes", "",
		"list of boxes to hold class maps against, as BBox_List_2017.csv (default: the data set's own)")
	fl.Float64Var(&l.Level, "map-level", evaluate.DefaultLevel,
		"share of a map's maximum from which a place counts as marked, for IoU and IoBB")
	fl.IntVar(&s.judged, "maps", 0,
		"also test whether class maps can be believed, on up to so many films that show each class")
	fl.StringVar(&c.Out, "out", "", "folder for the report")
	fl.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// metrics names what the run wrote that made the model, where it lies beside it.
func (s *scoring) metrics() string {
	if s.model.Path == "" {
		return ""
	}
	path := filepath.Join(filepath.Dir(s.model.Path), history.MetricsFile)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// other gives the table of the model to compare with: a table as it is, a model
// scored on the same data.
func (s *scoring) other(ctx context.Context, name string, p *cli.Printer) (path string, done func(), err error) {
	if name == "" || isTable(name) {
		return name, func() {}, nil
	}
	if s.data == "" {
		return "", func() {},
			cli.Usage(message.New("to compare with a model name the data set with --data; or compare tables of scores"))
	}
	o := *s
	o.model.Path, o.locate = name, nil
	return o.table(ctx, "", p)
}

// isTable tells a table from a model by its name.
func isTable(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv", ".tab", ".txt":
		return true
	}
	return false
}

// printValidated prints a report as its event, or as tables.
func printValidated(p *cli.Printer, r *report.Report, c evaluate.ValidateConfig) error {
	if p.JSON {
		return p.Encode(r)
	}
	p.Line(p.Out, "%s: %d films of %d patients\n", r.Source, r.Rows, r.Patients)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tpositive\tnegative\tAUROC\t\tAUPRC\tECE\tBrier skill\tthreshold\tF1")
	for _, k := range r.Classes {
		p.Line(t, "%s\t%d\t%d\t%v\t%v\t%v\t%v\t%v\t%v\t%v", k.Name, k.Positive, k.Negative, k.AUROC, k.AUROCCI,
			k.AUPRC, k.ECE, k.BrierSkill, k.Threshold, k.F1)
	}
	p.Line(t, "mean of %d\t\t\t%v\t%v\t%v\t\t\t\t", r.Macro.Classes, r.Macro.AUROC, r.Macro.AUROCCI, r.Macro.AUPRC)
	if err := t.Flush(); err != nil {
		return err
	}
	if c.PerClass {
		if err := printOperatingPoints(p, r); err != nil {
			return err
		}
	}
	if err := printSubgroups(p, r); err != nil {
		return err
	}
	if err := printComparison(p, r); err != nil {
		return err
	}
	if err := errors.Join(printLocalisation(p, r.Boxes), printMapVerdicts(p, r.Maps)); err != nil {
		return err
	}
	p.Notes(append(append([]string{}, r.Warnings...), r.Notes...))
	if c.Out != "" {
		p.Line(p.Out, "The report is in %s.", filepath.Join(c.Out, "report.html"))
	}
	err := p.Print(p.Out, inference.NotForDiagnosis)
	return err
}

func printOperatingPoints(p *cli.Printer, r *report.Report) error {
	fmt.Fprintln(p.Out)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tsensitivity\t\tspecificity\t\tPPV\t\tNPV\t\tTP\tFN\tFP\tTN")
	for _, k := range r.Classes {
		p.Line(t, "%s\t%v\t%v\t%v\t%v\t%v\t%v\t%v\t%v\t%d\t%d\t%d\t%d", k.Name, k.Sensitivity, k.SensitivityCI,
			k.Specificity, k.SpecificityCI, k.PPV, k.PPVCI, k.NPV, k.NPVCI, k.TP, k.FN, k.FP, k.TN)
	}
	return t.Flush()
}

func printSubgroups(p *cli.Printer, r *report.Report) error {
	if len(r.Subgroups) == 0 {
		return nil
	}
	fmt.Fprintln(p.Out)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "subgroup\tfilms\tmean AUROC\t\tclasses")
	for _, g := range r.Subgroups {
		p.Line(t, "%s %s\t%d\t%v\t%v\t%d", g.By, g.Name, g.Rows, g.Macro.AUROC, g.Macro.AUROCCI, g.Macro.Classes)
	}
	return t.Flush()
}

func printComparison(p *cli.Printer, r *report.Report) error {
	c := r.Comparison
	if c == nil {
		return nil
	}
	p.Line(p.Out, "\nCompared with %s", c.With)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tAUROC\tother\tdifference\t\tDeLong p")
	for _, k := range r.Classes {
		if d := c.Classes[k.Name]; d != nil {
			p.Line(t, "%s\t%v\t%v\t%v\t%v\t%v", k.Name, d.AUROC, d.Other, d.Difference, d.DifferenceCI, d.P)
		}
	}
	p.Line(t, "mean\t%v\t%v\t%v\t%v\t", c.Macro.AUROC, c.Macro.Other, c.Macro.Difference, c.Macro.DifferenceCI)
	return t.Flush()
}

func printLocalisation(p *cli.Printer, r *report.Localisation) error {
	if r == nil {
		return nil
	}
	p.Line(p.Out, "\nClass maps on the boxes of %s: %d films of %d patients", r.Boxes, r.Films, r.Patients)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "class\tfilms\tpointing\t\tprior\tdifference\t\tIoU\tprior\tIoBB\tprior")
	for _, k := range r.Rows() {
		p.Line(t, "%s\t%d\t%v\t%v\t%v\t%v\t%v\t%v\t%v\t%v\t%v", k.Name, k.Films, k.Pointing, k.PointingCI,
			k.PriorPointing, k.Gain, k.GainCI, k.IoU, k.PriorIoU, k.IoBB, k.PriorIoBB)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	p.Notes(r.Notes)
	return nil
}

func printMapVerdicts(p *cli.Printer, v *report.MapVerdicts) error {
	if v == nil {
		return nil
	}
	p.Line(p.Out, "\nClass maps by %s: of %d maps of %d films of %d patients %v %v pass every check", v.Method, v.Maps,
		v.Films, v.Patients, v.Passed, v.PassedCI)
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "check\tmaps\tpassed\t\tmean figure\t")
	for _, c := range v.Checks {
		p.Line(t, "%s\t%d\t%v\t%v\t%v\t%v", p.Words.Say(c.Title), c.Maps, c.Passed, c.PassedCI, c.Mean, c.MeanCI)
	}
	for _, s := range v.Skipped {
		p.Line(p.Out, "! %s", s.Error)
	}
	return t.Flush()
}
