package records

import (
	"cmp"
	"slices"

	"hilum/inference/calib"
)

// Proportion is k of n with its 95% interval, see calib.Wilson.
type Proportion struct {
	K     int     `json:"k"`
	N     int     `json:"n"`
	Value float64 `json:"value"` // 0 when N is 0
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

func proportion(k, n int) Proportion {
	i := calib.Wilson(k, n)
	p := Proportion{K: k, N: n, Lo: i.Lo, Hi: i.Hi}
	if n > 0 {
		p.Value = float64(k) / float64(n)
	}
	return p
}

// ClassAgreement holds what the model said of a class against what one reader
// said, a picture counting once.
type ClassAgreement struct {
	Class       string     `json:"class"`
	TP          int        `json:"tp"`
	FP          int        `json:"fp"`
	TN          int        `json:"tn"`
	FN          int        `json:"fn"`
	Unsure      int        `json:"unsure"`      // left out of the figures
	Sensitivity Proportion `json:"sensitivity"` // TP of TP+FN
	Specificity Proportion `json:"specificity"` // TN of TN+FP
	Kappa       Kappa      `json:"kappa"`

	pairs pairs
}

// Agreement is the model under its thresholds against one reader so far, in one way of
// reading. What was answered blinded is never counted together with what was answered in
// sight of the findings: whoever sees them leans towards them.
type Agreement struct {
	Reader  string           `json:"reader"`                // key
	Name    string           `json:"reader_name,omitempty"` // that was given; "" for none
	Blinded bool             `json:"blinded"`
	Model   ModelID          `json:"scored_by"` // empty: of these answers no model had said anything
	Answers int              `json:"answers"`
	Classes []ClassAgreement `json:"classes"` // by name; none without a model
}

// Of is the name by which the reader goes.
func (a *Agreement) Of() string { return cmp.Or(a.Name, a.Reader) }

// The notes that go with tables of agreement.
const (
	// AgreementNote goes with answers that were given in sight of the findings.
	AgreementNote = "The reader saw what the model said before answering: these figures flatter the model, and no blinded reading is replaced by them."
	// BlindedNote goes with answers that were given blinded.
	BlindedNote = "The reader answered before seeing what the model said."
)

// Note is the one that goes with the figures.
func (a *Agreement) Note() string {
	if a.Blinded {
		return BlindedNote
	}
	return AgreementNote
}

// said is one picture's class as one reader answered it last in one way of reading.
type said struct {
	reader, picture, class string
	blinded                bool
}

// apart gives the answers that count, those of each way of reading on their own: an answer
// that was given blinded counts as such even where the reader has changed it in sight of the
// findings since. history is what Store.Answers gives with History.
func apart(history []Answer) []Answer {
	at := map[said]int{}
	var out []Answer
	for i := range history {
		a := history[i]
		k := said{a.Reader, a.Picture.Key(), a.Class, a.Reading == Blinded}
		if i, there := at[k]; there {
			out[i] = a
			continue
		}
		at[k] = len(out)
		out = append(out, a)
	}
	return slices.DeleteFunc(out, func(a Answer) bool { return a.Verdict == Withdrawn })
}

// AgreeOn counts answers, those of Store.Answers with History, for each reader, each way of
// reading, and each model with its thresholds.
func AgreeOn(history []Answer) []Agreement {
	type key struct {
		reader  string
		blinded bool
		model   ModelID
	}
	groups := map[key]*Agreement{}
	classes := map[key]map[string]*ClassAgreement{}
	answers := apart(history)
	for i := range answers {
		a := &answers[i]
		k := key{a.Reader, a.Reading == Blinded, a.Model}
		if groups[k] == nil {
			groups[k] = &Agreement{Reader: a.Reader, Name: a.Name, Blinded: k.blinded, Model: a.Model}
			classes[k] = map[string]*ClassAgreement{}
		}
		groups[k].Answers++
		if !a.Scored() {
			continue
		}
		c := classes[k][a.Class]
		if c == nil {
			c = &ClassAgreement{Class: a.Class, pairs: pairs{}}
			classes[k][a.Class] = c
		}
		c.count(a)
	}
	var out []Agreement
	for k, g := range groups {
		for _, c := range classes[k] {
			c.Sensitivity, c.Specificity = proportion(c.TP, c.TP+c.FN), proportion(c.TN, c.TN+c.FP)
			c.Kappa = c.pairs.kappa()
			g.Classes = append(g.Classes, *c)
		}
		slices.SortFunc(g.Classes, func(a, b ClassAgreement) int { return cmp.Compare(a.Class, b.Class) })
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Agreement) int {
		return cmp.Or(cmp.Compare(a.Of(), b.Of()), cmp.Compare(a.Reader, b.Reader), boolFirst(a.Blinded, b.Blinded),
			cmp.Compare(a.Model.Name, b.Model.Name),
			cmp.Compare(a.Model.SHA256, b.Model.SHA256), cmp.Compare(a.Model.Thresholds, b.Model.Thresholds),
			cmp.Compare(a.Model.Prep, b.Model.Prep))
	})
	return out
}

// boolFirst sorts what is true before what is not.
func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (c *ClassAgreement) count(a *Answer) {
	present, known := a.Truth()
	switch {
	case !known:
		c.Unsure++
		return
	case present && a.Positive:
		c.TP++
	case present:
		c.FN++
	case a.Positive:
		c.FP++
	default:
		c.TN++
	}
	c.pairs.add(a.Picture, present, a.Positive)
}

// ClassKappa holds what two readers said of a class, pictures counting once.
type ClassKappa struct {
	Class      string `json:"class"`
	Both       int    `json:"both"`        // both say present
	OnlyFirst  int    `json:"only_first"`  // the first says present, the second absent
	OnlySecond int    `json:"only_second"` // the other way round
	Neither    int    `json:"neither"`     // both say absent
	Unsure     int    `json:"unsure"`      // one of them is, or both: left out of the figures
	Kappa      Kappa  `json:"kappa"`
}

// ReaderPair is two readers who answered the same pictures, in one way of reading: both
// blinded, or not.
type ReaderPair struct {
	First   string       `json:"first"` // keys
	Second  string       `json:"second"`
	Names   [2]string    `json:"names"` // that they go by
	Blinded bool         `json:"blinded"`
	Classes []ClassKappa `json:"classes"` // by name; those that both answered on some picture
}

// CompareReaders counts answers, those of Store.Answers with History, of each two readers. Each
// pair is counted twice, where there is something to count: what both answered blinded, and
// what each said last in sight of the findings.
func CompareReaders(history []Answer) []ReaderPair {
	type place struct {
		picture, class string
		blinded        bool
	}
	by := map[place][]*Answer{}
	answers := apart(history)
	for i := range answers {
		a := &answers[i]
		k := place{a.Picture.Key(), a.Class, a.Reading == Blinded}
		by[k] = append(by[k], a)
	}
	type key struct {
		first, second string
		blinded       bool
	}
	found := map[key]*readerPair{}
	for at, list := range by {
		slices.SortFunc(list, func(a, b *Answer) int { return cmp.Compare(a.Reader, b.Reader) })
		for i, a := range list {
			for _, b := range list[i+1:] {
				k := key{a.Reader, b.Reader, at.blinded}
				if found[k] == nil {
					found[k] = &readerPair{ReaderPair{First: a.Reader, Second: b.Reader, Blinded: at.blinded,
						Names: [2]string{a.Of(), b.Of()}}, map[string]*ClassKappa{}, map[string]pairs{}}
				}
				found[k].count(a, b)
			}
		}
	}
	var out []ReaderPair
	for _, p := range found {
		out = append(out, p.counted())
	}
	slices.SortFunc(out, func(a, b ReaderPair) int {
		return cmp.Or(cmp.Compare(a.Names[0], b.Names[0]), cmp.Compare(a.Names[1], b.Names[1]),
			cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second), boolFirst(a.Blinded, b.Blinded))
	})
	return out
}

// readerPair collects a ReaderPair.
type readerPair struct {
	ReaderPair
	classes map[string]*ClassKappa
	pairs   map[string]pairs
}

func (p *readerPair) count(a, b *Answer) {
	c := p.classes[a.Class]
	if c == nil {
		c = &ClassKappa{Class: a.Class}
		p.classes[a.Class], p.pairs[a.Class] = c, pairs{}
	}
	first, known := a.Truth()
	second, too := b.Truth()
	switch {
	case !known || !too:
		c.Unsure++
		return
	case first && second:
		c.Both++
	case first:
		c.OnlyFirst++
	case second:
		c.OnlySecond++
	default:
		c.Neither++
	}
	p.pairs[a.Class].add(a.Picture, first, second)
}

func (p *readerPair) counted() ReaderPair {
	for class, c := range p.classes {
		c.Kappa = p.pairs[class].kappa()
		p.Classes = append(p.Classes, *c)
	}
	slices.SortFunc(p.Classes, func(a, b ClassKappa) int { return cmp.Compare(a.Class, b.Class) })
	return p.ReaderPair
}
