package runs

import (
	"fmt"
	"slices"

	"hilum/internal/message"
	"hilum/training"
	"hilum/training/dataset"
	"hilum/training/report"
)

// Comparison is runs side by side: a row for each property or class, a column
// for each run.
type Comparison struct {
	Names []string // of the runs
	Rows  []ComparisonRow
	Notes []message.Message // what keeps the figures from being comparable
}

// ComparisonRow is one property of all runs.
type ComparisonRow struct {
	Name  string // a class where Class is set, else words of this program
	Class bool
	Words bool     // the cells are words of this program, not names or figures
	Cells []string // one a run; "" where it is not known
	Best  int      // the run with the highest figure; -1 where there is none or it means nothing
}

// Compare puts runs side by side. Figures of different films say little about
// models: notes say where that is so.
func Compare(list []*Run) Comparison {
	var c Comparison
	for _, r := range list {
		c.Names = append(c.Names, r.Name)
	}
	text := func(name string, words bool, f func(*Run) string) {
		row := ComparisonRow{Name: name, Words: words, Best: -1}
		for _, r := range list {
			row.Cells = append(row.Cells, f(r))
		}
		c.Rows = append(c.Rows, row)
	}
	text("Made", false, func(r *Run) string { return r.Created.Local().Format("2006-01-02 15:04") })
	text("State", true, func(r *Run) string { return r.Stage().String() })
	text("Trained by", true, func(r *Run) string {
		if r.CalibrateOnly {
			return "only calibrated"
		}
		return r.Recipe.Name
	})
	text("Films to train / set / judge", false, func(r *Run) string {
		if r.Data == nil {
			return ""
		}
		return fmt.Sprintf("%d / %d / %d", r.Data.Images[dataset.Train], r.Data.Images[dataset.Validate],
			r.Data.Images[dataset.Test])
	})
	text("Best epoch", false, func(r *Run) string {
		if b := r.Training.Best(); b != nil {
			return fmt.Sprint(b.Epoch)
		}
		return ""
	})
	c.figures(list, ComparisonRow{Name: "Mean AUROC"}, func(r *report.Report) (training.Metric, *training.Range, bool) {
		return r.Macro.AUROC, r.Macro.AUROCCI, true
	})
	for _, class := range classesOf(list) {
		c.figures(list, ComparisonRow{Name: class, Class: true},
			func(r *report.Report) (training.Metric, *training.Range, bool) {
				i := slices.IndexFunc(r.Classes, func(k report.Class) bool { return k.Name == class })
				if i < 0 {
					return 0, nil, false
				}
				return r.Classes[i].AUROC, r.Classes[i].AUROCCI, true
			})
	}
	c.note(list)
	return c
}

func classesOf(list []*Run) []string {
	var out []string
	for _, r := range list {
		if r.Report == nil {
			continue
		}
		for _, k := range r.Report.Classes {
			if !slices.Contains(out, k.Name) {
				out = append(out, k.Name)
			}
		}
	}
	return out
}

func (c *Comparison) figures(list []*Run, row ComparisonRow,
	f func(*report.Report) (training.Metric, *training.Range, bool)) {
	row.Best = -1
	best := training.Metric(0)
	for i, r := range list {
		cell := ""
		if r.Report != nil {
			if v, ci, has := f(r.Report); has && v.Defined() {
				cell = v.String()
				if ci != nil {
					cell += " " + ci.String()
				}
				if row.Best < 0 || v > best {
					row.Best, best = i, v
				}
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	c.Rows = append(c.Rows, row)
}

func (c *Comparison) note(list []*Run) {
	var judged []*Run
	for _, r := range list {
		if r.Report == nil {
			c.Notes = append(c.Notes, message.Of("%s has not been validated.", r.Name))
			continue
		}
		judged = append(judged, r)
	}
	for _, r := range judged {
		if first := judged[0]; r.Settings.Data != first.Settings.Data || r.Seed != first.Seed ||
			r.CalibrateOnly != first.CalibrateOnly {
			c.Notes = append(c.Notes,
				message.Of("%s and %s were judged on different films: their figures cannot be set against each other.",
					first.Name, r.Name))
		}
	}
}
