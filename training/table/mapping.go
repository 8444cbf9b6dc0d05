package table

import (
	"slices"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Mapping says what columns of a table of films are for where a person has said so, by their
// names as [Survey.Name] gives them; what the others are for is told by headings and cells. A
// value is one of [Uses] or [UseAsClass].
type Mapping map[string]string

// Ignored is the use of a column that is not read.
const Ignored = "not used"

// classUse stands before the name of a class in a use.
const classUse = "class:"

// UseAsClass is the use of a column that holds the labels of a class.
func UseAsClass(class string) string { return classUse + class }

// ClassOfUse is the class of such a use.
func ClassOfUse(use string) (class string, ok bool) { return strings.CutPrefix(use, classUse) }

// Uses are the uses besides those of classes, in the order of a menu.
func Uses() []string {
	return []string{string(rolePath), string(rolePatient), string(roleDate), string(roleView), string(roleFrontal),
		string(roleSex), string(roleAge), string(roleSplit), string(roleSite), string(roleMaker), string(roleStation),
		string(roleLabels), string(roleNoFinding), Ignored}
}

// check refuses uses that are not known, and two columns of one use that only one can have.
func (m Mapping) check() error {
	taken := map[string]string{}
	for _, name := range sortedKeys(m) {
		use := m[name]
		if class, ok := ClassOfUse(use); ok {
			if strings.TrimSpace(class) == "" {
				return message.Errorf("the column %q is to hold a finding that has no name", name)
			}
			continue
		}
		if !slices.Contains(Uses(), use) {
			return message.Errorf("the column %q is to be used as %q, which is not known", name, use)
		}
		if other, twice := taken[use]; twice && use != Ignored {
			return message.Errorf("the columns %q and %q are both to be used as %q; only one can be", other, name, use)
		}
		taken[use] = name
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Name names a column: by its heading, or by its place where it has none, or where an earlier
// one has the same.
func (s *Survey) Name(column int) string { return columnName(s.header, column) }

func columnName(header []string, column int) string {
	h := header[column]
	if h == "" || slices.Index(header, h) < column {
		return "column " + strconv.Itoa(column+1)
	}
	return h
}

// said is the use that a person gave a column; "" for none.
func (s *Survey) said(column int) string { return s.mapping[s.Name(column)] }

// saidClass tells whether a person said of a column that it holds the labels of a class.
func (s *Survey) saidClass(column int) (class string, ok bool) { return ClassOfUse(s.said(column)) }

// saidOf is the column that a person gave a use; -1 where none was.
func (s *Survey) saidOf(use role) int {
	for i := range s.header {
		if s.said(i) == string(use) {
			return i
		}
	}
	return -1
}

// heed lets what a person said of columns go before what their headings tell.
func (s *Survey) heed() error {
	if err := s.mapping.check(); err != nil {
		return err
	}
	classes := false
	for i := range s.header {
		_, class := s.saidClass(i)
		classes = classes || class
	}
	if !classes || s.Labels < 0 {
		return nil
	}
	if s.said(s.Labels) != "" {
		return message.Errorf("all findings are to stand in %q, and other columns are to hold one each: choose one of both",
			s.Name(s.Labels))
	}
	s.Labels = -1
	return nil
}
