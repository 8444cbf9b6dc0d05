package phantom

import (
	"time"

	"hilum/internal/message"
)

// Trend is what becomes of a finding from one film of a patient to the next.
type Trend string

// The trends.
const (
	New       Trend = "new"
	Larger    Trend = "larger"
	Unchanged Trend = "unchanged"
	Smaller   Trend = "smaller"
	Resolved  Trend = "resolved"
)

// steady is the change of severity below which a finding counts as unchanged.
const steady = 0.08

// Change compares severities of a finding on a film and on the one before;
// below zero stands for absent. It is "" for a finding absent on both.
func Change(before, now float64) Trend {
	switch {
	case before < 0 && now < 0:
		return ""
	case before < 0:
		return New
	case now < 0:
		return Resolved
	case now > before+steady:
		return Larger
	case now < before-steady:
		return Smaller
	}
	return Unchanged
}

// Patient is one person who never lived and the days on which a film was taken:
// the same anatomy each time, another breath, position and exposure, and
// findings that appear, grow, shrink and resolve in the same place.
type Patient struct {
	Seed   uint64
	Visits []Visit // by date
}

// Visit is one film of a patient.
type Visit struct {
	Date     time.Time // day, UTC
	Findings []Lesion
	Drain    bool // a chest drain
}

// Options say how to draw visit k at a size: pass them to [Generate], with other
// fields changed if wanted.
func (p *Patient) Options(k, size int) Options {
	v := p.Visits[k]
	o := Options{Seed: p.Seed, Visit: uint64(k), Days: int(v.Date.Sub(p.Visits[0].Date).Hours() / 24), Size: size,
		Findings: v.Findings, Devices: true}
	if v.Drain {
		o.Confounders = append(o.Confounders, ChestDrain)
	}
	return o
}

// Image draws visit k, counted from 0.
func (p *Patient) Image(k, size int) (*Image, error) {
	if k < 0 || k >= len(p.Visits) {
		return nil, message.Errorf("phantom: visit %d of a patient with %d", k, len(p.Visits))
	}
	return Generate(p.Options(k, size))
}
