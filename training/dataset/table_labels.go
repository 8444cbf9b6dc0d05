package dataset

import (
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/plain"
	"hilum/training/table"
)

// findings reads a cell with all findings of a film: what it does not name is
// absent, and a cell that says nothing leaves all unknown.
func (r *imageReader) findings(cell string) []Label {
	labels := make([]Label, len(r.data.Classes))
	found, silent := r.survey.Words.Parse(cell)
	if silent {
		for k := range labels {
			labels[k] = Unknown
		}
		return labels
	}
	for _, f := range found {
		if k := r.data.Class(f.Class); k >= 0 && labels[k] != Positive {
			labels[k] = Label(f.Label)
		}
	}
	return labels
}

// labels reads the columns of the classes. Where a column says that nothing was
// found, empty cells of findings are negative, as in CheXpert.
func (r *imageReader) labels(row table.Row) []Label {
	s := r.survey
	labels := make([]Label, len(s.Classes))
	nothing, _ := table.ParseLabel(row.Cell(s.NoFinding))
	for k, c := range s.Classes {
		l, clash := s.Label(row, k)
		if clash {
			r.clashes.add("row %d, %s", row.Number, c.Name)
		}
		labels[k] = Label(l)
		if s.NoFinding < 0 || nothing != table.Positive || !s.Names.IsFinding(c.Name) {
			continue
		}
		switch empty := !slices.ContainsFunc(c.Columns, func(i int) bool { return row.Cell(i) != "" }); {
		case empty:
			labels[k] = Negative
			r.healthy++
		case l == table.Positive:
			r.none.add("row %d, %s", row.Number, c.Name)
		}
	}
	return labels
}

// again holds a film's second row against its first: labels that differ are
// unknown. A film in two parts of a split is refused, as in two lists.
func (r *imageReader) again(row table.Row, first *Image, f Image) error {
	if f.Split != first.Split && f.Split != "" && first.Split != "" {
		return cellError(row.Number, r.survey.Heading(r.survey.Split),
			message.Errorf("%s is in both %s and %s; let it be in one", plain.Text(f.Name), first.Split, f.Split))
	}
	if first.Split == "" {
		first.Split = f.Split
	}
	if f.Patient != "" && f.Patient != first.Patient {
		r.persons.add("%s in row %d (%s and %s)", f.Name, row.Number, first.Patient, f.Patient)
	}
	var differ []string
	for k, l := range f.Labels {
		if l != first.Labels[k] {
			differ = append(differ, r.data.Classes[k])
			first.Labels[k] = Unknown
		}
	}
	if differ != nil {
		r.repeated.add("%s in row %d (%s)", f.Name, row.Number, strings.Join(differ, ", "))
	}
	return nil
}
