package optim

import "math"

// Schedule gives the rate of a group at a point of a run.
type Schedule struct {
	Form   Form
	Total  float64 // length of the run in the units of At
	Warmup float64 // share of Total in which the rate rises
	Start  float64 // factor at the beginning of the warm-up
	Floor  float64 // Cosine and Restarts: the lowest rate; OneCycle: the last factor, of Start
	Period float64 // Restarts: length of the first period
	Factor float64 // Restarts: by which periods grow
}

// Form is how a schedule moves the rates.
type Form string

// The forms. Restarts is PyTorch's CosineAnnealingWarmRestarts, OneCycle its
// OneCycleLR with Start = 1/div_factor and Floor = 1/final_div_factor. Constant
// and Cosine begin with a linear warm-up.
const (
	Constant Form = "constant"
	Cosine   Form = "cosine"
	Restarts Form = "restarts"
	OneCycle Form = "one-cycle"
)

// At is the rate after t units of a run for a group whose own rate is base.
func (s Schedule) At(t, base float64) float64 {
	switch s.Form {
	case Restarts:
		return s.restarts(t, base)
	case OneCycle:
		return s.oneCycle(t, base)
	}
	rise := s.Warmup * s.Total
	if t < rise {
		return base * (s.Start + (1-s.Start)*t/rise)
	}
	if s.Form == Cosine && s.Total > rise {
		return anneal(base, min(s.Floor, base), (t-rise)/(s.Total-rise))
	}
	return base
}

// anneal goes from a to b along half a cosine; share is 0 to 1.
func anneal(a, b, share float64) float64 {
	return b + (a-b)*(1+math.Cos(math.Pi*min(share, 1)))/2
}

func (s Schedule) restarts(t, base float64) float64 {
	period := s.Period
	for t >= period {
		t -= period
		period *= s.Factor
	}
	return anneal(base, s.Floor, t/period)
}

// oneCycle counts as OneCycleLR does: the last unit is Total - 1.
func (s Schedule) oneCycle(t, base float64) float64 {
	first := base * s.Start
	top, end := s.Warmup*s.Total-1, s.Total-1
	if top > 0 && t <= top {
		return anneal(first, base, t/top)
	}
	if top = max(top, 0); end <= top {
		return base
	}
	return anneal(base, first*s.Floor, (t-top)/(end-top))
}
