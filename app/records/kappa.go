package records

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
)

// Kappa is how far two who say present or absent agree beyond what their own rates would
// bring about by chance (Cohen 1960): 1 is always, 0 as chance. It depends on how frequent the
// finding is, so it is compared between classes with care.
type Kappa struct {
	N        int     `json:"n"`        // pictures that both said something of
	Patients int     `json:"patients"` // that these are of
	Defined  bool    `json:"defined"`  // false where both always said the same one thing, or there is no picture
	Value    float64 `json:"value"`    // -1..1; 0 where it is not defined
	// Lo and Hi are the 95% interval, of patients drawn anew with all their pictures. There is
	// none, and Drawn is false, of one patient or without any difference: drawing anew tells
	// nothing there.
	Drawn bool    `json:"drawn"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// cells are how often two said present and absent, [first][second] with 1 for present.
type cells [2][2]float64

func (c *cells) add(o cells) {
	for i := range c {
		for j := range c[i] {
			c[i][j] += o[i][j]
		}
	}
}

// kappa is Cohen's; false where chance alone would agree always.
func (c cells) kappa() (float64, bool) {
	n := c[0][0] + c[0][1] + c[1][0] + c[1][1]
	first, second := c[1][0]+c[1][1], c[0][1]+c[1][1] // said present
	chance := (first*second + (n-first)*(n-second)) / (n * n)
	if n == 0 || chance == 1 {
		return 0, false
	}
	return ((c[0][0]+c[1][1])/n - chance) / (1 - chance), true
}

// pairs are cells by patient.
type pairs map[string]*cells

// add counts a picture. One without a patient is taken for a person of its own.
func (p pairs) add(of Picture, first, second bool) {
	patient := cmp.Or(of.Patient, "of "+of.Key())
	if p[patient] == nil {
		p[patient] = &cells{}
	}
	at := map[bool]int{true: 1}
	p[patient][at[first]][at[second]]++
}

// The drawing of the interval: how often, and from which seed, so that equal answers give
// equal figures.
const kappaDraws, kappaSeed = 2000, 1960

// kappa is the figure with its interval.
func (p pairs) kappa() Kappa {
	list := make([]cells, 0, len(p))
	var all cells
	for _, patient := range slices.Sorted(maps.Keys(p)) {
		list = append(list, *p[patient])
		all.add(*p[patient])
	}
	k := Kappa{N: int(all[0][0] + all[0][1] + all[1][0] + all[1][1]), Patients: len(list)}
	if k.Value, k.Defined = all.kappa(); !k.Defined || len(list) < 2 || all[0][1]+all[1][0] == 0 {
		return k
	}
	random := rand.New(rand.NewPCG(kappaSeed, uint64(len(list))))
	var drawn []float64
	for range kappaDraws {
		var again cells
		for range list {
			again.add(list[random.IntN(len(list))])
		}
		if v, ok := again.kappa(); ok {
			drawn = append(drawn, v)
		}
	}
	slices.Sort(drawn)
	at := func(share float64) float64 { return drawn[min(int(share*float64(len(drawn))), len(drawn)-1)] }
	if k.Drawn = len(drawn) > 0; k.Drawn {
		k.Lo, k.Hi = at(0.025), at(0.975)
	}
	return k
}
