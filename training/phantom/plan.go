package phantom

// Share of patients who are healthy, and how many films a patient has.
const (
	healthyShare = 0.38
	staysShare   = 0.85 // a finding is still there at the next visit
	drainShare   = 0.35 // of films with a pneumothorax
	strayDrains  = 0.01 // of the others
)

// frequency is how often a finding is drawn among the ill: flatter than in the
// NIH release, so that rare findings can be learnt from a few thousand films.
var frequency = map[Finding]float64{
	Atelectasis: 1.2, Cardiomegaly: 0.9, Effusion: 1.2, Infiltration: 1.4, Mass: 1.1, Nodule: 1.3, Pneumonia: 1,
	Pneumothorax: 1, Consolidation: 1, Edema: 0.8, Emphysema: 0.9, Fibrosis: 0.9, PleuralThickening: 1, Hernia: 0.6,
}

// visit is one film to draw and how it will be named.
type visit struct {
	patient, number int
	options         Options
}

// plan draws the patients of a data set: one to four films each, findings that
// come together and mostly stay.
func plan(d Dataset) []visit {
	var out []visit
	for patient := 1; len(out) < d.N; patient++ {
		r := newRng(d.Seed, uint64(streamPlan)<<32|uint64(patient))
		lesions := drawLesions(r)
		for k := range 1 + min(r.IntN(4), r.IntN(4)) {
			if len(out) == d.N {
				break
			}
			v := visit{patient: patient, number: k}
			v.options = Options{Seed: mix64(d.Seed) + uint64(patient), Visit: uint64(k), Size: d.Size, Devices: true, Drain: r.chance(strayDrains)}
			for _, l := range lesions {
				if k == 0 || r.chance(staysShare) {
					l.Severity = min(max(l.Severity+r.n(0, 0.1), 0.1), 1)
					v.options.Findings = append(v.options.Findings, l)
					v.options.Drain = v.options.Drain || l.Finding == Pneumothorax && r.chance(drainShare)
				}
			}
			out = append(out, v)
		}
	}
	return out
}

// drawLesions gives a patient none, one or up to three findings.
func drawLesions(r *rng) []Lesion {
	if r.chance(healthyShare) {
		return nil
	}
	n := 1
	for n < 3 && r.chance(0.35) {
		n++
	}
	var out []Lesion
	for len(out) < n {
		f := drawFinding(r)
		taken := false
		for _, l := range out {
			taken = taken || l.Finding == f
		}
		if !taken {
			out = append(out, Lesion{f, r.f(0.2, 1)})
		}
	}
	return out
}

func drawFinding(r *rng) Finding {
	var total float64
	for _, k := range recipes {
		total += frequency[k.name]
	}
	x := r.f(0, total)
	for _, k := range recipes {
		if x -= frequency[k.name]; x < 0 {
			return k.name
		}
	}
	return recipes[len(recipes)-1].name
}
