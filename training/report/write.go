package report

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/filename"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/figures"
)

// picture is one PNG of a report.
type picture struct {
	File  string // within the report's folder
	Title string
	Alt   string // what it shows, for those who do not see it
	draw  func() ([]byte, error)
	PNG   []byte
}

// Drawing is what a report shows in pictures, and where it goes.
type Drawing struct {
	Dir      string
	Files    *atomicfile.Outputs
	Classes  []figures.Class         // in the order of the report
	Curves   *figures.Curves         // of the run that made the model; nil when it is not known
	PerClass bool                    // a page of figures for each class
	OnStep   func(training.Progress) // may be nil
}

// Write fills the folder: report.json, classes.csv, the pictures, and
// report.html, which holds all of it in one file and is written last.
func (r *Report) Write(ctx context.Context, d Drawing) error {
	dir, files := d.Dir, d.Files
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return message.Errorf("the folder of the report: %w", err)
	}
	if err := writeTables(files, dir, r); err != nil {
		return err
	}
	pictures := r.pictures(d)
	step := training.Track(d.OnStep, "figures", len(pictures))
	for i := range pictures {
		if err := ctx.Err(); err != nil {
			return message.Errorf("the report is not whole: %w", err)
		}
		p := &pictures[i]
		var err error
		if p.PNG, err = p.draw(); err != nil {
			return message.Errorf("%s: %w", p.File, err)
		}
		if _, err := files.WriteBytes(filepath.Join(dir, p.File), p.PNG); err != nil {
			return err
		}
		step(i + 1)
	}
	_, err := files.Write(filepath.Join(dir, "report.html"),
		func(w io.Writer) error { return writeHTML(w, r, pictures) })
	return err
}

// writeTables writes report.json first: where another is there nothing is changed.
func writeTables(files *atomicfile.Outputs, dir string, r *Report) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return message.Errorf("report.json: %w", err)
	}
	if _, err := files.WriteBytes(filepath.Join(dir, "report.json"), append(data, '\n')); err != nil {
		return err
	}
	_, err = files.Write(filepath.Join(dir, "classes.csv"), func(w io.Writer) error {
		return writeCSV(w, nil, [][]Class{r.Classes})
	})
	if err == nil && r.Boxes != nil {
		_, err = files.Write(filepath.Join(dir, "localisation.csv"), func(w io.Writer) error {
			return writeLocalisation(w, r.Boxes)
		})
	}
	if err != nil {
		return err
	}
	return writeSubgroups(files, dir, r)
}

func writeSubgroups(files *atomicfile.Outputs, dir string, r *Report) error {
	if len(r.Subgroups) == 0 {
		return nil
	}
	var labels [][]string
	var groups [][]Class
	for _, g := range r.Subgroups {
		labels = append(labels, []string{g.By, g.Name})
		groups = append(groups, g.list(r.Classes))
	}
	_, err := files.Write(filepath.Join(dir, "subgroups.csv"), func(w io.Writer) error {
		return writeCSV(w, labels, groups)
	})
	return err
}

func (r *Report) pictures(d Drawing) []picture {
	classes, caption := d.Classes, r.caption()
	out := []picture{
		{File: "auc.png", Title: "Discrimination", Alt: "AUROC of each class with its 95% interval",
			draw: func() ([]byte, error) { return figures.AUC(classes, caption) }},
		{File: "roc.png", Title: "ROC", Alt: "Receiver operating characteristics of all classes",
			draw: func() ([]byte, error) { return figures.ROC(classes, caption) }},
		{File: "pr.png", Title: "Precision and recall", Alt: "Precision over recall of all classes",
			draw: func() ([]byte, error) { return figures.PR(classes, caption) }},
		{File: "reliability.png", Title: "Reliability", Alt: "Observed over predicted frequency, one plot a class",
			draw: func() ([]byte, error) { return figures.Reliability(classes, caption) }},
		{File: "scores.png", Title: "Scores around the threshold",
			Alt: "Distribution of probability less threshold on a symmetric logarithm", draw: func() ([]byte, error) {
				return figures.Scores(classes, caption)
			}},
		{File: "sweep.png", Title: "Threshold sweep",
			Alt: "F1, sensitivity, specificity and PPV over the threshold, one plot a class",
			draw: func() ([]byte, error) {
				return figures.Sweep(classes, caption)
			}},
		{File: "decision.png", Title: "Decision curves",
			Alt:  "Net benefit over the threshold probability, one plot a class",
			draw: func() ([]byte, error) { return figures.Decision(classes, caption) }},
		{File: "confusion.png", Title: "Calls at the threshold", Alt: "Counts of true and false calls by class",
			draw: func() ([]byte, error) { return figures.Confusion(classes, caption) }},
	}
	if d.Curves != nil {
		out = append(out, picture{File: "training.png", Title: "Training curves",
			Alt: "Loss, mean AUROC, AUROC by class and learning rate over the epochs", draw: func() ([]byte, error) {
				return figures.Training(*d.Curves, caption)
			}})
	}
	if r.Boxes != nil {
		out = append(out, picture{File: "localisation.png", Title: "Class maps on boxes",
			Alt: "Pointing game, IoU and IoBB of each class beside those of the prior", draw: func() ([]byte, error) {
				return figures.Localisation(r.Boxes.figure(), caption)
			}})
	}
	if !d.PerClass {
		return out
	}
	for i, c := range classes {
		out = append(out, picture{
			File: fmt.Sprintf("class_%02d_%s.png", i+1, filename.Part(c.Name)), Title: c.Name, Alt: "All curves of " +
				c.Name,
			draw: func() ([]byte, error) { return figures.Page(c, caption) },
		})
	}
	return out
}

// caption goes under every picture, because pictures travel alone.
func (r *Report) caption() string {
	caption := inference.NotForDiagnosis
	if r.SameData {
		caption = "Thresholds fitted on these very films. " + caption
	}
	if r.Leaking {
		caption = "Split by image: patients on both sides. " + caption
	}
	return caption
}

// writeCSV writes one row a class of every group, with the names of report.json;
// undefined figures are empty. labels names the groups; nil when there is one.
func writeCSV(w io.Writer, labels [][]string, groups [][]Class) error {
	rows := csv.NewWriter(w)
	var head []string
	if labels != nil {
		head = []string{"by", "subgroup"}
	}
	head = append(head, "class", "n_pos", "n_neg", "n_unknown", "tp", "fp", "fn", "tn")
	for _, c := range csvColumns(&Class{}) {
		head = append(head, c.name)
		if c.ranged {
			head = append(head, c.name+"_lo", c.name+"_hi")
		}
	}
	_ = rows.Write(head) // an error stays with the writer
	for g, classes := range groups {
		for i := range classes {
			row := csvRow(&classes[i])
			if labels != nil {
				row = append(labels[g][:2:2], row...)
			}
			_ = rows.Write(row)
		}
	}
	rows.Flush()
	return rows.Error()
}

type csvColumn struct {
	name   string
	value  training.Metric
	ranged bool
	ci     *training.Range
}

func csvColumns(c *Class) []csvColumn {
	return []csvColumn{
		{"auroc", c.AUROC, true, c.AUROCCI}, {"auroc_delong", c.AUROC, true, c.AUROCDeLong},
		{"auprc", c.AUPRC, true, c.AUPRCCI},
		{"threshold", c.Threshold, false, nil}, {"f1", c.F1, true, c.F1CI},
		{"sensitivity", c.Sensitivity, true, c.SensitivityCI},
		{"specificity", c.Specificity, true, c.SpecificityCI}, {"ppv", c.PPV, true, c.PPVCI},
		{"npv", c.NPV, true, c.NPVCI},
		{"brier", c.Brier, false, nil}, {"brier_skill", c.BrierSkill, false, nil}, {"ece", c.ECE, false, nil},
		{"ece_mass", c.ECEMass, false, nil},
		{"logloss", c.LogLoss, false, nil}, {"prevalence", c.Prevalence, false, nil},
	}
}

func csvRow(c *Class) []string {
	row := []string{c.Name}
	for _, n := range []int{c.Positive, c.Negative, c.Unknown, c.TP, c.FP, c.FN, c.TN} {
		row = append(row, fmt.Sprint(n))
	}
	for _, col := range csvColumns(c) {
		row = append(row, csvNumber(col.value))
		switch {
		case col.ranged && col.ci != nil:
			row = append(row, csvNumber(training.Metric(col.ci[0])), csvNumber(training.Metric(col.ci[1])))
		case col.ranged:
			row = append(row, "", "")
		}
	}
	return row
}

func csvNumber(f training.Metric) string {
	if !f.Defined() {
		return ""
	}
	return fmt.Sprintf("%.6g", float64(f))
}
