package table

import (
	"slices"
	"strings"

	"hilum/internal/message"
)

// likeFiles is the first column whose cells look like files of films; -1 for none.
func (s *Survey) likeFiles() int {
	return slices.IndexFunc(s.stats, func(c *columnStats) bool { return c.looks.like() == rolePath })
}

// Lacks says why no job can use the table as it is read: without a column of files, or of labels;
// nil where it has both.
func (s *Survey) Lacks() error {
	switch {
	case s.Path < 0 && s.likeFiles() >= 0:
		return message.Errorf(
			"it has no column with the file; the cells of %q look like files: name it %q (it was read with the delimiter %s)",
			s.Name(s.likeFiles()), "path", s.Delimiter)
	case s.Path < 0:
		return message.Errorf("it has no column with the file; name one %q (it was read with the delimiter %s)", "path",
			s.Delimiter)
	case s.Labels >= 0 || s.Classes != nil:
		return nil
	case s.Rows == 0:
		return message.New("it has a header and no rows")
	}
	if n := s.DroppedNote(); n != "" {
		return message.Errorf("%w; %s", ErrNoLabels, strings.ToLower(n[:1])+strings.TrimSuffix(n[1:], "."))
	}
	return ErrNoLabels
}

// warn says what a person should look at.
func (s *Survey) warn() {
	if n := s.DroppedNote(); n != "" {
		s.Warnings = append(s.Warnings, n)
	}
	s.warnOwn()
	for _, c := range s.Classes {
		if len(c.Columns) > 1 {
			var names []string
			for _, i := range c.Columns {
				names = append(names, s.header[i])
			}
			s.Warn(
				"The columns %s are all %s: where one is empty the others count, and where they contradict each other the label is unknown.",
				strings.Join(quoted(names, 9), ", "), c.Name)
		}
		s.warnOneSided(c)
	}
	s.warnSilent()
	if s.Age >= 0 && s.stats[s.Age].badAge > 0 {
		c := s.stats[s.Age]
		s.Warn("%d cells of %q are no age; the first is row %d with %.40q.", c.badAge, s.header[s.Age], c.junkRow,
			c.junkCell)
	}
}

// warnSilent says how many cells of findings say nothing, and what None counts as.
func (s *Survey) warnSilent() {
	if s.Words == nil {
		return
	}
	silent, none := s.Words.Silent, s.Words.None
	if s.Words.nothing {
		silent, none = silent+none, 0
	}
	if silent > 0 {
		s.Warn("%d cells of %q are empty or say nothing: the labels of these films are unknown.", silent,
			s.header[s.Labels])
	}
	if none > 0 {
		s.Warn("%d cells of %q say None, which counts as no finding.", none, s.header[s.Labels])
	}
}

// warnOwn names the classes beside the fourteen, because each column of labels
// becomes one, and the names that may be slips.
func (s *Survey) warnOwn() {
	var own []string
	known := 0
	add := func(name string, images int) {
		if Known(name) {
			known++
			return
		}
		own = append(own, name)
		if m := meant(name); m != "" && !SameClass(m, name) {
			s.Warn("%q is taken for a class of its own; if %s is meant, correct it.", name, m)
		}
	}
	for _, c := range s.Classes {
		add(c.Name, 0)
	}
	if s.Words != nil {
		for i, name := range s.Words.Classes {
			add(name, s.Words.Images[i])
		}
	}
	if known > 0 && own != nil {
		s.Warn("Classes besides the usual fourteen: %s.", strings.Join(quoted(own, 40), ", "))
	}
}

// warnOneSided warns of a class that only its positive films are marked of: what
// is empty is unknown.
func (s *Survey) warnOneSided(c classColumns) {
	var sum columnStats
	for _, i := range c.Columns {
		k := s.stats[i]
		sum.positive, sum.negative, sum.empty, sum.minus = sum.positive+k.positive, sum.negative+k.negative,
			sum.empty+k.empty, sum.minus+k.minus
	}
	if c.marks != 0 && sum.minus > 0 {
		s.Warn("%s is marked where it is present: %d cells with a minus say that it is absent.", c.Name, sum.minus)
		return
	}
	if sum.positive > 0 && sum.negative == 0 && sum.empty > 0 && s.NoFinding < 0 {
		s.Warn("%s is never absent: %d of its cells are empty, which says nothing. Write 0 where it is absent.", c.Name,
			sum.empty)
	}
}
