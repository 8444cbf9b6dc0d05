package table

import (
	"fmt"
	"strings"

	"hilum/internal/plain"
)

// Report is what was understood of a table.
type Report struct {
	Columns   []Column `json:"columns"`  // that are used, in the order of the table
	Dropped   []string `json:"dropped"`  // headings of those that are not
	Rows      int      `json:"rows"`     // that are not empty, without the header
	Warnings  []string `json:"warnings"` // what a person should look at, one sentence each
	Encoding  string   `json:"encoding"`
	Delimiter string   `json:"delimiter"`
	Kind      string   `json:"kind"` // "labels", "scores", "boxes", "prevalences" or "list"
}

// Column is a column that is used.
type Column struct {
	Name string `json:"name"` // its heading
	As   string `json:"as"`   // a Role, or the class that it holds the labels or scores of
}

// Use notes that a column is used.
func (r *Report) Use(heading, as string) { r.Columns = append(r.Columns, Column{heading, as}) }

// Warn notes a sentence.
func (r *Report) Warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, plain.Text(fmt.Sprintf(format, args...)))
}

// Normal makes lists of what is none, as JSON wants them.
func (r *Report) Normal() {
	if r.Columns == nil {
		r.Columns = []Column{}
	}
	if r.Dropped == nil {
		r.Dropped = []string{}
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
}

// DroppedNote says which columns are not used; "" when all are.
func (r *Report) DroppedNote() string {
	if len(r.Dropped) == 0 {
		return ""
	}
	return fmt.Sprintf("Columns that are not used: %s.", strings.Join(quoted(r.Dropped, 40), ", "))
}

// quoted puts names in quotation marks, the first few of many.
func quoted(names []string, most int) []string {
	var out []string
	for i, n := range names {
		if i == most {
			return append(out, fmt.Sprintf("%d more", len(names)-most))
		}
		out = append(out, fmt.Sprintf("%.60q", n))
	}
	return out
}

// DelimiterName is a delimiter in words.
func DelimiterName(c byte) string {
	switch c {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "bar"
	}
	return string(rune(c))
}

// About fills in how a file is written.
func (r *Report) About(t *Reader) {
	r.Encoding, _ = t.Encoding()
	r.Delimiter = DelimiterName(t.Delimiter)
	r.Warnings = append(r.Warnings, t.Warnings()...)
}
