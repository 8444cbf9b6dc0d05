// Package watch is the monitoring of a model in use at the workstation: months of what readers
// answered, or of a table of scores, judged by training/monitor, and the films behind them. Its core
// type is [View]. It imports app/records, training/monitor, training/scores and inference/calib.
package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"hilum/app/records"
	"hilum/inference/calib"
	"hilum/training/monitor"
	"hilum/training/scores"
)

// View is what came of watching. It is not written to after it was handed out.
type View struct {
	Months []monitor.Month // by class, in order
	Rows   int             // films of the table

	table  *scores.Table
	used   *calib.Calibration
	folder string // that names of films are relative to
}

// FromAnswers watches what readers answered in the window, by the thresholds of a file; "" takes one
// half of the scores as they are.
func FromAnswers(ctx context.Context, s *records.Store, thresholds string, methods calib.Methods) (*View, error) {
	dir, err := os.MkdirTemp("", "hilum-monitor-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "answers.csv")
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	_, err = s.ExportLabels(ctx, f, records.LabelOptions{})
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	return FromTable(path, thresholds, methods)
}

// FromTable watches a table of scores with dates, likewise.
func FromTable(path, thresholds string, methods calib.Methods) (*View, error) {
	t, err := scores.Load(path)
	if err != nil {
		return nil, err
	}
	v := &View{table: t, used: calib.Default(t.Names()), Rows: t.Rows, folder: filepath.Dir(path)}
	if thresholds != "" {
		if v.used, err = methods.LoadAll(thresholds, t.Names()); err != nil {
			return nil, err
		}
	}
	v.Months, err = monitor.Watch(t, v.used, monitor.Config{})
	return v, err
}

// Classes are the classes in the order of the table.
func (v *View) Classes() []string { return v.table.Names() }

// Films are the files of a class's films of a month (2026-03) that are there: first those on which
// model and reader differ, then the others by falling probability.
func (v *View) Films(class, month string) []string {
	i := slices.Index(v.table.Names(), class)
	if i < 0 || v.table.Images == nil {
		return nil
	}
	type film struct {
		path   string
		differ bool
		p      float64
	}
	all, known := v.table.Classes[i].Whole()
	var out []film
	for n, p := range all.Probabilities(v.used.Classes[i].Calibrator) {
		row := all.Row[n]
		if v.table.Dates[row].Format("2006-01") != month {
			continue
		}
		path := v.table.Images[row]
		if !filepath.IsAbs(path) {
			path = filepath.Join(v.folder, path)
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		out = append(out, film{path, known[n] && all.Positive[n] != (p >= v.used.Classes[i].Threshold), p})
	}
	slices.SortStableFunc(out, func(a, b film) int {
		switch {
		case a.differ != b.differ && a.differ, a.differ == b.differ && a.p > b.p:
			return -1
		case a.differ != b.differ, a.p < b.p:
			return 1
		}
		return 0
	})
	var paths []string
	for _, f := range out {
		paths = append(paths, f.path)
	}
	return paths
}
