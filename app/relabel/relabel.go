// Package relabel is the label audit at the workstation: which labels of a run's films its scores
// contradict, and a corrected table from what readers answered to these films, beside the old
// one. Its core type is [Doubt]. It imports app/runs, app/records, training/labelaudit and
// training/dataset.
package relabel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/app/records"
	"hilum/app/runs"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/labelaudit"
	"hilum/training/table"
)

// Doubt is a label that the scores contradict.
type Doubt struct {
	Path      string // of the film, absolute
	Class     string
	Given     bool    // what the table says
	Supported float64 // the probability that the calibrated scores give the label, 0..1
}

// Find lists the contradicted labels of the films that a run held out, which its model has not
// learnt from, the most contradicted first. Films that are not there any more are left out.
func Find(ctx context.Context, r *runs.Run) ([]Doubt, error) {
	e, err := runs.OpenEvaluation(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []Doubt
	for _, s := range labelaudit.FindBy(e.Scores, r.Calibrated) {
		if s.Given == s.Suggested || e.Paths[s.Row] == "" {
			continue
		}
		path, err := filepath.Abs(e.Paths[s.Row])
		if err != nil {
			return nil, err
		}
		out = append(out, Doubt{path, s.Class, s.Given, s.Quality})
	}
	return out, nil
}

// Paths are the films of doubts, each once, in their order.
func Paths(doubts []Doubt) []string {
	var out []string
	for _, d := range doubts {
		if !slices.Contains(out, d.Path) {
			out = append(out, d.Path)
		}
	}
	return out
}

// Corrected says what came of an audit.
type Corrected struct {
	Path      string // of the table that was written; "" where no label changes
	Answered  int    // doubts that a reader has answered
	Changed   int    // of these, labels that are others now
	Contested int    // doubts on which readers contradict each other: their labels stay
}

// answer is what readers say of one doubt.
type answer struct {
	present, known, contested bool
	last                      records.Answer
}

// Correct writes the table of a run's films again, with the labels of doubts as readers answered
// them, into a new file beside the old table, which stays. Each changed film says what was
// changed, by whom and when. Of several readers all have to agree.
func Correct(ctx context.Context, r *runs.Run, doubts []Doubt, answers []records.Answer, now time.Time) (Corrected,
	error) {
	d, err := dataset.OpenAs(ctx, r.Settings.Data, r.Columns)
	if err != nil {
		return Corrected{}, err
	}
	at := map[string]int{}
	for i, f := range d.Images {
		if path, err := filepath.Abs(f.Path); err == nil {
			at[path] = i
		}
	}
	var out Corrected
	notes := make([][]string, len(d.Images))
	for _, doubt := range doubts {
		a := answered(doubt, answers)
		film, there := at[doubt.Path]
		class := d.Class(doubt.Class)
		switch {
		case a.contested:
			out.Contested++
			continue
		case !a.known || !there || class < 0:
			continue
		}
		out.Answered++
		if a.present == doubt.Given {
			continue
		}
		out.Changed++
		was := d.Images[film].Labels[class]
		d.Images[film].Labels[class] = label(a.present)
		notes[film] = note(notes[film], fmt.Sprintf("%s: %d to %d", doubt.Class, was, label(a.present)), a.last)
	}
	if out.Changed == 0 {
		return out, nil
	}
	out.Path = beside(r.Settings.Data, now)
	if _, err := os.Lstat(out.Path); !errors.Is(err, fs.ErrNotExist) {
		return Corrected{}, message.Errorf("%s is there already; try again in a second", out.Path)
	}
	err = atomicfile.Write(out.Path, func(w io.Writer) error {
		return d.WriteWith(w, []string{"corrected", "corrected_by", "corrected_at"}, func(film int) []string {
			if notes[film] == nil {
				return []string{"", "", ""}
			}
			return notes[film]
		})
	})
	return out, err
}

func label(present bool) dataset.Label {
	if present {
		return dataset.Positive
	}
	return dataset.Negative
}

// note adds a change to what is said of a film.
func note(so []string, change string, a records.Answer) []string {
	when := a.At.UTC().Format(time.RFC3339)
	if so == nil {
		return []string{change, a.Reader, when}
	}
	return []string{so[0] + "; " + change, so[1] + "; " + a.Reader, so[2] + "; " + when}
}

// answered is what readers say of a doubt; answers are in the order in which they were given.
func answered(d Doubt, answers []records.Answer) answer {
	last := map[string]records.Answer{}
	for _, a := range answers {
		if a.Picture.Location == d.Path && table.SameClass(a.Class, d.Class) {
			last[a.Reader] = a
		}
	}
	var out answer
	for _, a := range last {
		present, known := a.Truth()
		switch {
		case !known:
		case !out.known:
			out.present, out.known, out.last = present, true, a
		case out.present != present:
			return answer{contested: true}
		case a.At.After(out.last.At):
			out.last = a
		}
	}
	return out
}

// beside is the place of a corrected table.
func beside(data string, now time.Time) string {
	stamp := "-corrected-" + now.UTC().Format("20060102-150405") + ".csv"
	if info, err := os.Stat(data); err == nil && info.IsDir() {
		return filepath.Join(data, "labels"+stamp)
	}
	return strings.TrimSuffix(data, filepath.Ext(data)) + stamp
}
