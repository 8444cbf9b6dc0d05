package table

import (
	"path"
	"slices"
	"strings"

	"hilum/internal/message"
)

// ColumnReading is how one column is read, for a person to look at.
type ColumnReading struct {
	Name     string          // its heading, see [Survey.Name]
	Use      string          // a role, the class that it is of as [UseAsClass] writes it, or Ignored
	Said     bool            // a person said so
	Why      message.Message // what tells so, or why it is not used
	Question message.Message // what a person is asked; "" where it can only be one thing, or was said
	Between  []string        // the uses that it may have, where there is a question, the proposed one first
	Labels   *LabelCounts    // of a column of labels; nil for others
	Cells    []string        // the first few that are not empty, at most 60 letters each
}

// LabelCounts count the cells of a column of labels.
type LabelCounts struct{ Positive, Negative, Uncertain, Empty int }

// looks are what the first cells of a column look like.
type looks struct {
	seen, files, sexes, views, dates int
	cells                            []string // the first few
}

const (
	looked    = 200 // cells of a column that are looked at
	fewCells  = 3
	cellShown = 60 // letters
	mostAlike = 0.9
)

func (l *looks) add(cell string) {
	if cell == "" || l.seen == looked {
		return
	}
	l.seen++
	if text := short(cell); len(l.cells) < fewCells && !slices.Contains(l.cells, text) {
		l.cells = append(l.cells, text)
	}
	if isPicture(cell) {
		l.files++
	}
	if ParseSex(cell) != "" {
		l.sexes++
	}
	if v := ParseView(cell); v == viewPA || v == viewAP || v == ViewLateral {
		l.views++
	}
	if _, ok := ParseDate(cell); ok {
		l.dates++
	}
}

// short keeps of a cell what is shown of it.
func short(cell string) string {
	runes := []rune(cell)
	if len(runes) <= cellShown {
		return strings.Clone(cell)
	}
	return string(runes[:cellShown-1]) + "\u2026"
}

// isPicture tells whether a cell names a file of a film.
func isPicture(cell string) bool {
	switch strings.ToLower(path.Ext(strings.TrimRight(cell, `"' `))) {
	case ".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff":
		return true
	}
	return false
}

// like is the role that nearly all cells look like; "" for none.
func (l *looks) like() role {
	if l.seen == 0 {
		return ""
	}
	for _, k := range []struct {
		n    int
		role role
	}{{l.files, rolePath}, {l.sexes, roleSex}, {l.views, roleView}, {l.dates, roleDate}} {
		if float64(k.n) >= mostAlike*float64(l.seen) {
			return k.role
		}
	}
	return ""
}

// Readings says of every column of the table how it is read, what tells so, and what a person has
// to be asked because it may be two things.
func (s *Survey) Readings() []ColumnReading {
	out := make([]ColumnReading, 0, len(s.header))
	for i := range s.header {
		c := ColumnReading{Name: s.Name(i), Use: s.useOf(i), Said: s.said(i) != "", Cells: s.stats[i].looks.cells}
		if _, class := ClassOfUse(c.Use); class || c.Use == string(roleNoFinding) {
			k := s.stats[i]
			c.Labels = &LabelCounts{k.positive, k.negative, k.open, k.empty}
		}
		c.Why = s.whyOf(i, c)
		if !c.Said {
			c.Question, c.Between = s.question(i, c.Use)
		}
		out = append(out, c)
	}
	return out
}

// useOf is what a column is used for.
func (s *Survey) useOf(i int) string {
	if r := s.isMetadata(i); r != "" {
		return string(r)
	}
	for _, c := range s.Classes {
		if slices.Contains(c.Columns, i) {
			return UseAsClass(c.Name)
		}
	}
	if i == s.NoFinding {
		return string(roleNoFinding)
	}
	return Ignored
}

func (s *Survey) whyOf(i int, c ColumnReading) message.Message {
	class, isClass := ClassOfUse(c.Use)
	switch {
	case c.Use == Ignored && !s.why[i].IsZero():
		return s.why[i]
	case c.Said:
		return message.Of("so it was chosen")
	case c.Use == Ignored && scoreHeading(s.header[i]):
		return message.Of("it holds scores, which a table of films has no use for")
	case c.Use == Ignored && s.stats[i].empty == s.Rows:
		return message.Of("it is empty")
	case c.Use == Ignored:
		return message.Of("the table was not read to its end")
	case isClass && s.Names.Class(s.header[i]) == class && !strings.EqualFold(class, s.header[i]):
		return message.Of("another name of it")
	}
	return message.Of("so its heading says")
}

// twofold are headings that people use for two things, as Key writes them.
func twofold(key string) []role {
	switch key {
	case "case", "caseid", "fall", "fallnummer", "pid", "anonid":
		return []role{rolePatient, roleOther} // or an examination
	case "id", "nr", "no", "number", "index", "uid":
		return []role{roleOther, rolePatient, rolePath} // or the number of the row
	case "set", "fold", "dataset":
		return []role{roleSplit, roleOther} // or the collection
	}
	return nil
}

// question is what a person is asked of a column, and between which uses.
func (s *Survey) question(i int, use string) (message.Message, []string) {
	h := s.header[i]
	var r role
	if s.Labels < 0 || roleOf(h) != "" { // beside findings in one cell others are no labels
		r = roleOf(h)
	}
	if both := s.twofold(i, use); both != nil {
		return message.Of("The heading is used for more than one thing. Which is it?"), both
	}
	if at := s.metadata()[r]; at != nil && *at >= 0 && *at != i && s.said(*at) == "" && use == Ignored &&
		s.stats[i].empty < s.Rows {
		return message.Of("%q is taken for it. Or is it this one?", s.Name(*at)), []string{Ignored, string(r)}
	}
	_, isClass := ClassOfUse(use)
	if _, own := s.Names.find(h); isClass && !own && !scoreHeading(h) {
		if _, known := lookup(h); !known {
			if m := meant(h); m != "" {
				return message.Of("A finding of its own, or %s written another way?", message.Term{Text: m, Name: strings.ReplaceAll(m, "_", " ")}),
					[]string{use, UseAsClass(m), Ignored}
			}
			return message.Of("Its cells are yes and no. Is it a finding?"), []string{use, Ignored}
		}
	}
	if like := s.stats[i].looks.like(); like != "" && use == Ignored && r == "" && !isClass {
		if at := s.metadata()[like]; *at < 0 {
			return message.Of("Its cells look like what is proposed. Is it?"), []string{string(like), Ignored}
		}
	}
	return message.Message{}, nil
}

// twofold are the uses that a column of a heading with two meanings may have, the one taken
// first; nil where another column leaves only one.
func (s *Survey) twofold(i int, use string) []string {
	out := []string{use}
	for _, r := range twofold(key(s.header[i])) {
		u := string(r)
		if r == roleOther {
			u = Ignored
		}
		if at := s.metadata()[r]; at != nil && *at >= 0 && *at != i {
			continue // another column is that, and says so better
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	if len(out) < 2 || s.stats[i].empty == s.Rows {
		return nil
	}
	return out
}
