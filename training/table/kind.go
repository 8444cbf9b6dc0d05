package table

import (
	"errors"
	"io"

	"hilum/internal/regular"
)

// The kinds of tables, as Report.Kind names them.
const (
	Labels      = "labels"
	Scores      = "scores"
	Boxes       = "boxes"
	Prevalences = "prevalences"
	List        = "list"
)

// KindOf tells what a table is for by its headings, and of one without, by its first
// row. What it cannot tell is a table of labels.
func KindOf(path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		return "", err
	}
	row, err := r.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return kindOf(r, row), nil
}

func kindOf(r *Reader, first Row) string {
	if _, boxes := FindBoxes(r.Header); boxes {
		return Boxes
	}
	image := bestOf(r.Header, rolePath) >= 0
	scores, classes, filled := 0, 0, 0
	for _, h := range r.Header {
		if h != "" {
			filled++
		}
		if scoreHeading(h) {
			scores++
		} else if _, known := lookup(h); known || roleOf(h) == roleLabels {
			classes++
		}
	}
	switch {
	case scores > 1 && (!image || classes == 0):
		return Scores
	case filled == 1:
		return List
	case image:
		return Labels
	case filled == 2 && (isShare(r.Header[1]) || isShare(first.Cell(1))) && bestOf(r.Header, rolePatient) < 0:
		return Prevalences
	}
	return Labels
}

// isShare tells whether a cell can be a prevalence.
func isShare(cell string) bool {
	pairs, err := numbered([]Pair{{}, {}}, []string{"", cell}, Numbers{comma: true})
	return err == nil && len(pairs) == 1 && pairs[0].Value > 0 && pairs[0].Value < 100 && cell != "1"
}

// Describe says how a list of boxes, of prevalences or of names is read.
func Describe(path, kind string) (*Report, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		return nil, err
	}
	out := &Report{Kind: kind}
	used := map[int]string{}
	switch kind {
	case Boxes:
		c, _ := FindBoxes(r.Header)
		used = c.used()
	case Prevalences:
		used = map[int]string{0: string(roleClass), 1: "prevalence"}
		if isShare(r.Header[1]) { // there is no header
			r.Header = []string{"column 1", "column 2"}
			out.Rows++
		}
	default:
		used[0] = string(rolePath)
		if roleOf(r.Header[0]) == "" {
			r.Header[0] = "column 1"
			out.Rows++
		}
	}
	for i, h := range r.Header {
		switch as := used[i]; {
		case as != "":
			out.Use(h, as)
		case h != "":
			out.Dropped = append(out.Dropped, h)
		}
	}
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		out.Rows++
	}
	out.About(r)
	if n := out.DroppedNote(); n != "" {
		out.Warn("%s", n)
	}
	return out, nil
}
