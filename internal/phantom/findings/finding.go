// Package findings lays findings into a chest, each with the changes of anatomy that
// it brings, and measures where it shows. Its core type is [Drawing]. It imports
// internal/phantom/canvas and internal/phantom/chest.
package findings

import (
	"slices"

	"hilum/internal/message"
	"hilum/internal/phantom/canvas"
	"hilum/internal/phantom/chest"
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
	Name   Finding
	Reform func(*Drawing, *chest.Build)
	Early  func(*Drawing)
	Draw   func(*Drawing)
	both   bool // lies in both lungs: one box a side
	hidden bool // lies behind or is the heart, so its mask may be there
}

// recipes are in the usual class order, in which findings are also drawn.
var recipes = [...]recipe{
	{Name: Atelectasis, Reform: (*Drawing).loseVolume, Draw: (*Drawing).drawPlates},
	{Name: Cardiomegaly, Reform: (*Drawing).enlargeHeart, Draw: (*Drawing).outlineHeart, hidden: true},
	{Name: Effusion, Early: (*Drawing).pourFluid},
	{Name: Infiltration, Draw: (*Drawing).drawInfiltrate},
	{Name: Mass, Draw: (*Drawing).drawMass},
	{Name: Nodule, Draw: (*Drawing).drawNodule},
	{Name: Pneumonia, Draw: (*Drawing).drawPneumonia},
	{Name: Pneumothorax, Reform: (*Drawing).pushAway, Early: (*Drawing).letAirIn},
	{Name: Consolidation, Draw: (*Drawing).drawConsolidation},
	{Name: Edema, Reform: (*Drawing).congest, Draw: (*Drawing).drawEdema, both: true},
	{Name: Emphysema, Reform: (*Drawing).inflate, Draw: (*Drawing).drawEmphysema, both: true},
	{Name: Fibrosis, Reform: (*Drawing).stiffen, Draw: (*Drawing).drawFibrosis, both: true},
	{Name: PleuralThickening, Draw: (*Drawing).drawPleura},
	{Name: Hernia, Draw: (*Drawing).drawHernia, hidden: true},
}

// Findings lists all fourteen in the usual class order.
func Findings() []Finding {
	out := make([]Finding, len(recipes))
	for i, r := range recipes {
		out[i] = r.Name
	}
	return out
}

// Lesion asks for one finding of a severity from 0 (just visible) to 1.
type Lesion struct {
	Finding  Finding
	Severity float64
}

// NewLesions checks what was asked for and puts it into class order, so that
// the order of asking does not matter.
func NewLesions(s canvas.Seeds, want []Lesion) ([]*Drawing, error) {
	var out []*Drawing
	for _, w := range want {
		k := slices.IndexFunc(recipes[:], func(r recipe) bool { return r.Name == w.Finding })
		if k < 0 {
			return nil, message.Errorf("unknown finding %q", w.Finding)
		}
		if !(w.Severity >= 0 && w.Severity <= 1) {
			return nil, message.Errorf("severity %v of %s is outside 0..1", w.Severity, w.Finding)
		}
		if slices.ContainsFunc(out, func(l *Drawing) bool { return l.class == k }) {
			return nil, message.Errorf("finding %s is given twice", w.Finding)
		}
		r := s.Person(canvas.StreamLesion + canvas.Stream(k))
		l := &Drawing{recipe: recipes[k], class: k, sev: w.Severity, r: r, side: r.IntN(2)}
		l.Sg = float64(2*l.side - 1)
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *Drawing) int { return a.class - b.class })
	return out, nil
}

// Mark is where one finding lies.
type Mark struct {
	Finding  Finding
	Severity float64          // as asked for
	Mask     []bool           // row-major, of the film's size: where the finding shows
	Boxes    []chest.PixelBox // tight around the mask; one a side for findings of both lungs
}
