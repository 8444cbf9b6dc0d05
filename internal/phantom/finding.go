package phantom

import (
	"slices"

	"hilum/internal/message"
)

// Finding names what is wrong with a film, spelt as in the NIH release.
type Finding string

// The fourteen findings.
const (
	Atelectasis       Finding = "Atelectasis"
	Cardiomegaly      Finding = "Cardiomegaly"
	Effusion          Finding = "Effusion"
	Infiltration      Finding = "Infiltration"
	Mass              Finding = "Mass"
	Nodule            Finding = "Nodule"
	Pneumonia         Finding = "Pneumonia"
	Pneumothorax      Finding = "Pneumothorax"
	Consolidation     Finding = "Consolidation"
	Edema             Finding = "Edema"
	Emphysema         Finding = "Emphysema"
	Fibrosis          Finding = "Fibrosis"
	PleuralThickening Finding = "Pleural_Thickening"
	Hernia            Finding = "Hernia"
)

// recipe is how a finding is drawn: reform changes the person's anatomy, early
// takes lung away before vessels are drawn, draw adds the rest, in that order.
type recipe struct {
	name   Finding
	reform func(*lesion, *build)
	early  func(*lesion)
	draw   func(*lesion)
	both   bool // lies in both lungs: one box a side
	hidden bool // lies behind or is the heart, so its mask may be there
}

// recipes are in the usual class order, in which findings are also drawn.
var recipes = [...]recipe{
	{name: Atelectasis, reform: (*lesion).loseVolume, draw: (*lesion).drawPlates},
	{name: Cardiomegaly, reform: (*lesion).enlargeHeart, draw: (*lesion).outlineHeart, hidden: true},
	{name: Effusion, early: (*lesion).pourFluid},
	{name: Infiltration, draw: (*lesion).drawInfiltrate},
	{name: Mass, draw: (*lesion).drawMass},
	{name: Nodule, draw: (*lesion).drawNodule},
	{name: Pneumonia, draw: (*lesion).drawPneumonia},
	{name: Pneumothorax, reform: (*lesion).pushAway, early: (*lesion).letAirIn},
	{name: Consolidation, draw: (*lesion).drawConsolidation},
	{name: Edema, reform: (*lesion).congest, draw: (*lesion).drawEdema, both: true},
	{name: Emphysema, reform: (*lesion).inflate, draw: (*lesion).drawEmphysema, both: true},
	{name: Fibrosis, reform: (*lesion).stiffen, draw: (*lesion).drawFibrosis, both: true},
	{name: PleuralThickening, draw: (*lesion).drawPleura},
	{name: Hernia, draw: (*lesion).drawHernia, hidden: true},
}

// Findings lists all fourteen in the usual class order.
func Findings() []Finding {
	out := make([]Finding, len(recipes))
	for i, r := range recipes {
		out[i] = r.name
	}
	return out
}

// Lesion asks for one finding of a severity from 0 (just visible) to 1.
type Lesion struct {
	Finding  Finding
	Severity float64
}

// newLesions checks what was asked for and puts it into class order, so that
// the order of asking does not matter.
func newLesions(s seeds, want []Lesion) ([]*lesion, error) {
	var out []*lesion
	for _, w := range want {
		k := slices.IndexFunc(recipes[:], func(r recipe) bool { return r.name == w.Finding })
		if k < 0 {
			return nil, message.Errorf("unknown finding %q", w.Finding)
		}
		if !(w.Severity >= 0 && w.Severity <= 1) {
			return nil, message.Errorf("severity %v of %s is outside 0..1", w.Severity, w.Finding)
		}
		if slices.ContainsFunc(out, func(l *lesion) bool { return l.class == k }) {
			return nil, message.Errorf("finding %s is given twice", w.Finding)
		}
		r := s.person(streamLesion + stream(k))
		l := &lesion{recipe: recipes[k], class: k, sev: w.Severity, r: r, side: r.IntN(2)}
		l.sg = float64(2*l.side - 1)
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *lesion) int { return a.class - b.class })
	return out, nil
}
