package table

import (
	"errors"
	"io"
	"strings"

	"hilum/internal/message"
)

// Prefixes of the columns of a table of scores.
func logitPrefixes() []string { return []string{"logit_", "logit ", "logits_"} }
func probPrefixes() []string {
	return []string{"prob_", "prob ", "probability_", "probability ", "score_"}
}
func featurePrefixes() []string { return []string{"emb_"} }
func labelPrefixes() []string   { return []string{"y_", "y ", "truth_", "y_true_"} }

func cutPrefix(heading string, prefixes []string) (string, bool) {
	for _, p := range prefixes {
		if len(heading) > len(p) && strings.EqualFold(heading[:len(p)], p) {
			return strings.TrimSpace(heading[len(p):]), true
		}
	}
	return "", false
}

// scoreHeading tells whether a heading is one of a table of scores.
func scoreHeading(h string) bool {
	_, logit := cutPrefix(h, logitPrefixes())
	_, prob := cutPrefix(h, probPrefixes())
	_, label := cutPrefix(h, labelPrefixes())
	_, feature := cutPrefix(h, featurePrefixes())
	return logit || prob || feature || label && !isCorner(h)
}

// ScoreColumns say where a table of scores has what; -1 where it lacks it.
type ScoreColumns struct {
	Report   Report
	Patient  int
	Sex      int
	Age      int
	View     int
	SplitBy  int
	Image    int // the film's name or path
	Site     int
	Maker    int
	Station  int
	Date     int // of the study
	Model    int
	Latency  int
	Withheld int
	Features []int // emb_1, emb_2 ...: what the model made of the film before its last layer, in their order
	Classes  []ScoredClass
	Last     int      // the rightmost column of them that are needed
	Unpaired []string // classes with scores and no labels, or the reverse

	header []string
	used   map[int]string
}

// ScoredClass are the columns of one class.
type ScoredClass struct {
	Name         string // as the column of scores has it
	Score, Label int
	Logit        bool
}

// Heading is the heading of a column.
func (c *ScoreColumns) Heading(column int) string { return c.header[column] }

// FindScores tells the columns of a table of scores.
func FindScores(r *Reader) (*ScoreColumns, error) {
	c := &ScoreColumns{header: r.Header, used: map[int]string{}, Report: Report{Kind: "scores"}}
	seen := map[string]bool{}
	for _, h := range r.Header {
		if (scoreHeading(h) || roleOf(h) == rolePatient) && seen[strings.ToLower(h)] {
			return nil, message.Errorf("the column %q occurs twice", h)
		}
		seen[strings.ToLower(h)] = true
	}
	to := map[role]*int{rolePatient: &c.Patient, roleSex: &c.Sex, roleAge: &c.Age, roleView: &c.View,
		roleSplitBy: &c.SplitBy, rolePath: &c.Image, roleSite: &c.Site, roleMaker: &c.Maker,
		roleStation: &c.Station, roleDate: &c.Date, roleModel: &c.Model, roleLatency: &c.Latency,
		roleWithheld: &c.Withheld}
	for role, at := range to {
		if *at = bestOf(r.Header, role); *at >= 0 {
			c.used[*at] = string(role)
		}
	}
	if c.Patient < 0 {
		return nil,
			message.Errorf(
				`there is no column "patient_id"; intervals need to know which films are of one person (the table was read with the delimiter %s)`,
				DelimiterName(r.Delimiter))
	}
	c.pair()
	if len(c.Classes) == 0 {
		return nil,
			message.New("no class has both scores and labels; name the columns prob_<Class> or logit_<Class>, and y_<Class>")
	}
	c.report()
	return c, nil
}

// bestOf is the column with the best heading of a role; -1 where there is none.
func bestOf(header []string, role role) int {
	best, rank := -1, 0
	for i, h := range header {
		if p := roleAt(h); p.role == role && (best < 0 || p.rank < rank) {
			best, rank = i, p.rank
		}
	}
	return best
}

// pair finds the classes in the order of the score columns. Where a class has
// logits and probabilities the logits are read: they have not been rounded at 1.
func (c *ScoreColumns) pair() {
	logits, labels := map[string]int{}, map[string]int{}
	for i, h := range c.header {
		if class, ok := cutPrefix(h, logitPrefixes()); ok {
			logits[classKey(class)] = i
		}
		if class, ok := cutPrefix(h, labelPrefixes()); ok {
			labels[classKey(class)] = i
		}
	}
	c.Last = c.Patient
	c.findFeatures()
	scored := map[string]bool{}
	for i, h := range c.header {
		class, logit := cutPrefix(h, logitPrefixes())
		if !logit {
			var prob bool
			if class, prob = cutPrefix(h, probPrefixes()); !prob {
				continue
			}
			if _, better := logits[classKey(class)]; better {
				c.used[i] = "scores"
				continue
			}
		}
		key := classKey(class)
		label, labelled := labels[key]
		if scored[key] {
			continue
		}
		scored[key] = true
		if !labelled {
			c.Unpaired = append(c.Unpaired, class)
			continue
		}
		c.used[i], c.used[label] = class, class
		c.Classes = append(c.Classes, ScoredClass{Name: class, Score: i, Label: label, Logit: logit})
		c.Last = max(c.Last, i, label)
	}
	for _, h := range c.header {
		if class, ok := cutPrefix(h, labelPrefixes()); ok && !scored[classKey(class)] {
			c.Unpaired = append(c.Unpaired, class)
		}
	}
}

// findFeatures finds the columns of features.
func (c *ScoreColumns) findFeatures() {
	for i, h := range c.header {
		if _, ok := cutPrefix(h, featurePrefixes()); ok {
			c.Features = append(c.Features, i)
			c.used[i] = "features"
			c.Last = max(c.Last, i)
		}
	}
}

// report lists the columns. Those that the program itself writes for people, film
// and part, are known, if not needed.
func (c *ScoreColumns) report() {
	for i, h := range c.header {
		role := roleOf(h)
		switch as := c.used[i]; {
		case as != "":
			c.Report.Use(h, as)
		case h == "":
		case role == roleSplit:
			c.Report.Use(h, string(role))
		default:
			c.Report.Dropped = append(c.Report.Dropped, h)
		}
	}
}

// LearnNumbers reads a table to its end to learn which decimal sign it has, and which
// marks stand for labels.
func LearnNumbers(in io.Reader) (Numbers, error) {
	r, err := Read(in)
	if err != nil {
		return Numbers{}, err
	}
	n := Numbers{delimiter: r.Delimiter, marks: make([]marks, len(r.Header))}
	var columns []int // that may hold numbers
	for i, h := range r.Header {
		if roleOf(h) == "" {
			columns = append(columns, i)
		}
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		for _, i := range columns {
			cell := row.Cell(i)
			n.saw(cell)
			n.marks[i] |= markOf(cell)
		}
	}
}
