package table

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"hilum/inference/findingset"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Survey is what a table of films is found to hold, by its headings and by all
// of its cells. Columns that it lacks are -1.
type Survey struct {
	Report
	Path, Patient, Sex, Age, View, Frontal, Split, Labels, NoFinding int
	Site, Maker, Station, Date                                       int

	Classes []classColumns // one column each, or more that mean the same; none where Labels is used
	Words   *vocabulary    // of the column Labels; nil without
	Numbers Numbers

	Names Names // that its classes are looked up in

	header  []string
	stats   []*columnStats
	mapping Mapping
	why     map[int]message.Message // why a column is not used
}

// classColumns are the columns of one class.
type classColumns struct {
	Name    string
	Columns []int
	marks   marks
}

// columnStats count what the cells of a column are.
type columnStats struct {
	positive, negative, open, empty, junk int
	marks                                 marks
	minus                                 int
	junkRow                               int // the first
	junkCell                              string
	badAge                                int
	badSplit                              int
	looks                                 looks
}

// labels counts the cells that are labels.
func (c *columnStats) labels() int { return c.positive + c.negative + c.open }

// enoughJunk is how many cells that are no labels make a column a text, where
// they are the most.
const enoughJunk = 50

func (c *columnStats) add(row int, cell string) {
	if cell == "" {
		c.empty++
		return
	}
	if c.junk > enoughJunk && c.junk > c.labels() {
		c.junk++
		return
	}
	switch l, ok := ParseLabel(cell); {
	case !ok:
		if c.junk++; c.junk == 1 {
			c.junkRow, c.junkCell = row, strings.Clone(cell)
		}
	case l == Positive:
		c.positive++
		c.marks |= markOf(cell)
	case l == Negative:
		c.negative++
	default:
		c.open++
		if isMinus(cell) {
			c.minus++
		}
	}
}

// Look opens a table and surveys it. Its classes are named by the sets that come along;
// before them by sets of the caller's own, such as that of a model.
func Look(ctx context.Context, path string, own ...findingset.Set) (*Survey, error) {
	return LookAs(ctx, path, nil, own...)
}

// LookAs is [Look] with what a person said of the columns. Where a table is read to its end and
// refused, the survey comes with the error, so that a person can see what is the matter.
func LookAs(ctx context.Context, path string, m Mapping, own ...findingset.Set) (*Survey, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		return nil, err
	}
	return survey(ctx, r, m, Registered(own...))
}

func survey(ctx context.Context, r *Reader, m Mapping, names Names) (*Survey, error) {
	s := &Survey{Names: names, header: r.Header, Numbers: Numbers{delimiter: r.Delimiter}, mapping: m,
		why: map[int]message.Message{}}
	for range r.Header {
		s.stats = append(s.stats, &columnStats{})
	}
	s.places()
	if err := s.heed(); err != nil {
		return s, err
	}
	if s.Labels >= 0 {
		s.Words = newVocabulary()
	}
	for {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			s.About(r)
			return s, s.decide()
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		s.count(row)
	}
}

// places finds the columns that their headings tell.
func (s *Survey) places() {
	s.Path, s.Patient, s.Sex, s.Age, s.View, s.Frontal, s.Split, s.Labels, s.NoFinding = -1, -1, -1, -1, -1, -1, -1,
		-1, -1
	s.Site, s.Maker, s.Station, s.Date = -1, -1, -1, -1
	to := s.metadata()
	best := map[role]int{}
	for i, h := range s.header {
		p := roleAt(h)
		if said := s.said(i); said != "" {
			p = place{role(said), -1} // before any heading
		}
		at := to[p.role]
		if at == nil {
			continue
		}
		if *at < 0 || p.rank < best[p.role] {
			*at, best[p.role] = i, p.rank
		}
	}
}

// metadata are the columns that their headings tell, by what they are for.
func (s *Survey) metadata() map[role]*int {
	return map[role]*int{rolePath: &s.Path, rolePatient: &s.Patient, roleSex: &s.Sex, roleAge: &s.Age,
		roleView: &s.View, roleFrontal: &s.Frontal, roleSplit: &s.Split, roleLabels: &s.Labels,
		roleSite: &s.Site, roleMaker: &s.Maker, roleStation: &s.Station, roleDate: &s.Date}
}

func (s *Survey) count(row Row) {
	s.Rows++
	for i, c := range s.stats {
		cell := row.Cell(i)
		c.looks.add(cell)
		switch i {
		case s.Path, s.Patient, s.Sex, s.View, s.Frontal, s.Site, s.Maker, s.Station, s.Date:
		case s.Age:
			if _, ok := ParseAge(cell); !ok {
				if c.badAge++; c.badAge == 1 {
					c.junkRow, c.junkCell = row.Number, strings.Clone(cell)
				}
			}
		case s.Split:
			if !isSplit(cell) {
				c.badSplit++
			}
		case s.Labels:
			s.Words.add(row.Number, cell)
		default:
			c.add(row.Number, cell)
			s.Numbers.saw(cell)
		}
	}
}

// isSplit tells whether a cell names a part of a split.
func isSplit(cell string) bool { _, ok := Split(cell); return ok }

// Split reads a part of a split: train, val, test, or "" for none.
func Split(cell string) (part string, known bool) {
	switch key(cell) {
	case "", "all", "alle":
		return "", true
	case "train", "training", "trn":
		return "train", true
	case "val", "valid", "validation", "validate", "dev", "validierung":
		return "val", true
	case "test", "testing", "tst", "heldout", "holdout":
		return "test", true
	}
	return "", false
}

// ErrNoLabels is of a table without a column of labels.
var ErrNoLabels = message.New("it has no column with labels")

// decide tells classes from other columns, by their cells.
func (s *Survey) decide() error {
	s.Kind = "labels"
	if err := s.decideLabels(); err != nil {
		return err
	}
	if s.Split >= 0 && s.stats[s.Split].badSplit > 0 && key(s.header[s.Split]) != "split" &&
		s.said(s.Split) == "" {
		s.Split = -1 // a fold, or the name of a collection
	}
	at := map[string]int{}
	for i, h := range s.header {
		if err := s.decideColumn(i, h, at); err != nil {
			return err
		}
	}
	if s.Labels < 0 && s.Classes == nil {
		s.takeScoreLabels(at)
	}
	s.leaveOutSilent()
	s.warn()
	s.Normal()
	return nil
}

// decideLabels gives a column of findings up where it holds texts, or answers,
// and classes have columns of their own.
func (s *Survey) decideLabels() error {
	if s.Labels < 0 || s.Words.text == "" && !(s.Words.answers && s.Words.cells > 0) {
		return nil
	}
	h, v := s.header[s.Labels], s.Words
	others := false
	for i, c := range s.stats {
		others = others || i != s.Labels && s.isMetadata(i) == "" && c.positive+c.negative > 0 && c.junk == 0
	}
	switch {
	case others:
		s.Labels, s.Words = -1, nil
		return nil
	case v.text != "":
		return message.Errorf("row %d, column %q: %.60q is a text and no list of findings", v.textRow, h, v.text)
	}
	return message.Errorf("the column %q says yes or no, and not of what; name it after the finding", h)
}

// isMetadata is the role of a column that is no class; "" for the others.
func (s *Survey) isMetadata(i int) role {
	for role, at := range s.metadata() {
		if *at == i {
			return role
		}
	}
	return ""
}

// decideColumn finds the place of one column; at is that of each class.
func (s *Survey) decideColumn(i int, h string, at map[string]int) error {
	if role := s.isMetadata(i); role != "" {
		s.Use(h, string(role))
		return nil
	}
	if said := s.said(i); said != "" {
		return s.decideSaid(i, said, at)
	}
	c := s.stats[i]
	class, known := lookup(h)
	role := roleOf(h)
	switch {
	case h == "" && c.labels()+c.junk == 0: // a delimiter at the end of each line
	case h == "":
		s.drop(i, message.Of("it has no heading"))
	case scoreHeading(h):
		s.Use(h, string(roleScore))
	case role != "":
		s.drop(i, s.otherOf(role))
	case s.Labels >= 0:
		s.drop(i, message.Of("all findings stand in %q", s.header[s.Labels]))
	case class == NoFinding && s.NoFinding < 0 && c.junk == 0 && s.saidOf(roleNoFinding) < 0:
		s.NoFinding = i
		s.Use(h, string(roleNoFinding))
	case class == NoFinding:
		s.drop(i, message.Of("it says that nothing was found, as another column does, or holds what is no label"))
	case c.junk == 0 && (known || c.positive+c.negative > 0):
		s.addClass(h, i, at)
	case known && c.labels() >= c.junk:
		return s.noLabel(i)
	default:
		s.drop(i, c.noLabels())
		if c.junk > 0 && (known || c.labels() >= 4*c.junk) {
			s.Warn("The column %q is not used: row %d holds %.40q, which is no label.", h, c.junkRow, c.junkCell)
		}
	}
	return nil
}

// decideSaid finds the place of a column of which a person said what it is.
func (s *Survey) decideSaid(i int, said string, at map[string]int) error {
	c := s.stats[i]
	class, ok := ClassOfUse(said)
	switch {
	case said == Ignored:
		s.drop(i, message.Of("so it was chosen"))
	case c.junk > 0:
		return s.noLabel(i)
	case said == string(roleNoFinding):
		s.NoFinding = i
		s.Use(s.header[i], said)
	case ok:
		s.addClass(class, i, at)
	}
	return nil
}

// noLabel refuses a column of labels for a cell that is none.
func (s *Survey) noLabel(i int) error {
	return message.Errorf(
		"row %d, column %q: %.40q is no label; use 1 and 0, or yes and no, and -1 or nothing where it is not known",
		s.stats[i].junkRow, s.Name(i), s.stats[i].junkCell)
}

// noLabels says why a column is not one of labels.
func (c *columnStats) noLabels() message.Message {
	if c.junk == 0 {
		return message.Of("none of its cells is a label")
	}
	return message.Of("row %d holds %q, which is no label", c.junkRow, short(c.junkCell))
}

// otherOf says why a column of a known heading is not used.
func (s *Survey) otherOf(r role) message.Message {
	if at := s.metadata()[r]; at != nil && *at >= 0 {
		return message.Of("%q is used as it", s.Name(*at))
	}
	return message.Of("its heading is known to be of something else")
}

// leaveOutSilent takes out the classes of which no film has a label, where others
// have: nothing can be learnt or judged of them.
func (s *Survey) leaveOutSilent() {
	says := func(c classColumns) bool {
		return slices.ContainsFunc(c.Columns, func(i int) bool { return s.stats[i].positive+s.stats[i].negative > 0 })
	}
	if !slices.ContainsFunc(s.Classes, says) {
		return
	}
	var silent []string
	s.Classes = slices.DeleteFunc(s.Classes, func(c classColumns) bool {
		if says(c) {
			return false
		}
		for _, i := range c.Columns {
			silent = append(silent, s.header[i])
			s.why[i] = message.Of("none of its cells is a label")
		}
		return true
	})
	if silent == nil {
		return
	}
	s.Columns = slices.DeleteFunc(s.Columns, func(c Column) bool { return slices.Contains(silent, c.Name) })
	s.Dropped = append(s.Dropped, silent...)
	s.Warn("Columns without a label: %s.", strings.Join(quoted(silent, 40), ", "))
}

func (s *Survey) drop(column int, why message.Message) {
	s.Dropped = append(s.Dropped, cmp.Or(s.header[column], s.Name(column)))
	s.why[column] = why
}

func (s *Survey) addClass(called string, column int, at map[string]int) {
	name := s.Names.Class(called)
	key := classKey(called)
	s.Use(s.header[column], name)
	k, twice := at[key]
	if !twice {
		k = len(s.Classes)
		at[key] = k
		s.Classes = append(s.Classes, classColumns{Name: name})
	}
	s.Classes[k].Columns = append(s.Classes[k].Columns, column)
	s.Classes[k].marks |= s.stats[column].marks
}

// takeScoreLabels takes the labels of a table of scores where there are no others.
func (s *Survey) takeScoreLabels(at map[string]int) {
	for i, h := range s.header {
		class, ok := cutPrefix(h, labelPrefixes())
		if c := s.stats[i]; !ok || c.junk > 0 || s.isMetadata(i) != "" {
			continue
		}
		for k := range s.Columns {
			if s.Columns[k].Name == h {
				s.Columns[k].As = s.Names.Class(class)
			}
		}
		name, key := s.Names.Class(class), classKey(class)
		if _, twice := at[key]; !twice {
			at[key] = len(s.Classes)
			s.Classes = append(s.Classes, classColumns{Name: name, Columns: []int{i}})
		}
	}
}

// Heading is the heading of a column.
func (s *Survey) Heading(column int) string {
	if column < 0 {
		return ""
	}
	return s.header[column]
}

// Label reads the label of a class in a row; where two columns contradict each
// other it is unknown, and clash is true.
func (s *Survey) Label(row Row, class int) (l Label, clash bool) {
	c := s.Classes[class]
	l = Unknown
	for _, column := range c.Columns {
		text := row.Cell(column)
		one, _ := c.marks.label(text)
		switch {
		case one == Unknown:
		case l != Unknown && l != one:
			return Unknown, true
		default:
			l = one
		}
	}
	return l, false
}
