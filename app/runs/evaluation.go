package runs

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/dataset"
	"hilum/training/scores"
	"hilum/training/table"
)

// Evaluation is what a run's model said of the films held out, film by film.
type Evaluation struct {
	Scores *scores.Table
	Paths  []string // file of each row; "" where it is not there any more
}

// OpenEvaluation reads the scores that a run's report is from, and finds the films.
func OpenEvaluation(ctx context.Context, r *Run) (*Evaluation, error) {
	t, err := scores.Load(r.HeldOutScores())
	if err != nil {
		return nil, err
	}
	names, err := firstColumn(r.HeldOutScores(), "image")
	if err != nil {
		return nil, err
	}
	data := r.dataPath()
	if r.CalibrateOnly {
		data = r.Path(imagesFile)
	}
	v := &Evaluation{Scores: t, Paths: make([]string, len(names))}
	d, err := dataset.Open(ctx, data)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil { // the films have been moved: the figures still hold
		return v, nil
	}
	at := make(map[string]string, len(d.Images))
	for _, f := range d.Images {
		at[f.Name] = f.Path
	}
	for i, n := range names {
		v.Paths[i] = at[n]
	}
	return v, nil
}

// firstColumn reads one column of a table.
func firstColumn(path, name string) ([]string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("scores: %w", err)
	}
	defer f.Close()
	rows, err := table.Read(f)
	if err != nil {
		return nil, message.Errorf("scores %s: %w", path, err)
	}
	at := slices.Index(rows.Header, name)
	if at < 0 {
		return nil, message.Errorf("scores %s: there is no column %q", path, name)
	}
	var out []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, message.Errorf("scores %s: %w", path, err)
		}
		out = append(out, strings.Clone(row.Cell(at)))
	}
}
