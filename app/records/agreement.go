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
}

// Agreement is the model under its thresholds against one reader so far.
// Readers see what the model says before they answer, so the figures are
// kinder to the model than a blinded reading would be.
type Agreement struct {
	Reader  string           `json:"reader"`
	Model   ModelID          `json:"scored_by"`
	Answers int              `json:"answers"`
	Classes []ClassAgreement `json:"classes"` // by name
}

// AgreementNote goes with every table of agreement.
const AgreementNote = "The reader saw what the model said before answering: these figures flatter the model, and no blinded reading is replaced by them."

// AgreeOn counts answers, those of Store.Answers without History, for each reader
// and each model with its thresholds.
func AgreeOn(answers []Answer) []Agreement {
	type key struct {
		reader string
		model  ModelID
	}
	groups := map[key]map[string]*ClassAgreement{}
	counts := map[key]int{}
	for i := range answers {
		a := &answers[i]
		k := key{a.Reader, a.Model}
		if groups[k] == nil {
			groups[k] = map[string]*ClassAgreement{}
		}
		c := groups[k][a.Class]
		if c == nil {
			c = &ClassAgreement{Class: a.Class}
			groups[k][a.Class] = c
		}
		c.count(a)
		counts[k]++
	}
	var out []Agreement
	for k, classes := range groups {
		g := Agreement{Reader: k.reader, Model: k.model, Answers: counts[k]}
		for _, c := range classes {
			c.Sensitivity, c.Specificity = proportion(c.TP, c.TP+c.FN), proportion(c.TN, c.TN+c.FP)
			g.Classes = append(g.Classes, *c)
		}
		slices.SortFunc(g.Classes, func(a, b ClassAgreement) int { return cmp.Compare(a.Class, b.Class) })
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Agreement) int {
		return cmp.Or(cmp.Compare(a.Reader, b.Reader), cmp.Compare(a.Model.Name, b.Model.Name),
			cmp.Compare(a.Model.SHA256, b.Model.SHA256), cmp.Compare(a.Model.Thresholds, b.Model.Thresholds),
			cmp.Compare(a.Model.Prep, b.Model.Prep))
	})
	return out
}

func (c *ClassAgreement) count(a *Answer) {
	present, known := a.Truth()
	switch {
	case !known:
		c.Unsure++
	case present && a.Positive:
		c.TP++
	case present:
		c.FN++
	case a.Positive:
		c.FP++
	default:
		c.TN++
	}
}
