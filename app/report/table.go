package report

import (
	"encoding/csv"
	"io"
	"strconv"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// TableRow is one scored picture of a table.
type TableRow struct {
	Path     string
	Patient  string // pseudonym or ID; "" when unknown
	Date     string // of the study, as DICOM has it; "" where it may not be told
	View     string
	Findings []inference.Finding
	Withheld message.Message // that the findings are not to be believed, and why; the zero value for nothing
	Origin   Provenance
}

// Table writes scored pictures as CSV, a row a finding; withheld says of a row why its
// figures are not to be believed, and is empty otherwise. Control characters of names
// stand as escapes: tables are looked at in terminals.
type Table struct{ out *csv.Writer }

// NewTable writes the header.
func NewTable(w io.Writer) (*Table, error) {
	t := &Table{csv.NewWriter(w)}
	err := t.out.Write([]string{
		"path", "patient_id", "study_date", "view", "class", "logit", "probability", "threshold", "positive",
		"abs_margin",
		"rel_margin", "withheld",
		"model", "model_sha256", "thresholds_sha256", "program", "notice",
	})
	return t, err
}

// Add writes the findings of a picture.
func (t *Table) Add(r TableRow) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, f := range r.Findings {
		err := t.out.Write([]string{
			plain.Text(r.Path), plain.Text(r.Patient), plain.Text(r.Date), plain.Text(r.View), plain.Text(f.Class),
			number(f.Logit), number(f.Probability), number(f.Threshold), strconv.FormatBool(f.Positive),
			number(f.AbsMargin), number(f.RelMargin), plain.Text(r.Withheld.String()), plain.Text(r.Origin.Model), r.Origin.ModelSHA256,
			r.Origin.Thresholds,
			r.Origin.Program, inference.NotForDiagnosis,
		})
		if err != nil {
			return message.Errorf("writing the table: %w", err)
		}
	}
	return nil
}

// End writes what is left.
func (t *Table) End() error {
	t.out.Flush()
	if err := t.out.Error(); err != nil {
		return message.Errorf("writing the table: %w", err)
	}
	return nil
}
