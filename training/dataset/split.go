package dataset

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"hilum/internal/message"
)

// Fractions are the shares of a split; they need not add up to one.
type Fractions struct{ Train, Validate, Test float64 }

// DefaultFractions are 70, 15 and 15 percent.
func DefaultFractions() Fractions { return Fractions{0.70, 0.15, 0.15} }

// SplitUnit is what a split keeps together.
type SplitUnit string

// The units. By image, films of one patient fall into several parts, so that a
// network is judged on people it was trained on: it exists to repeat old results.
const (
	ByPatient SplitUnit = "patient"
	ByImage   SplitUnit = "image"
)

// ParseSplitUnit reads a unit as people write it; "" is ByPatient.
func ParseSplitUnit(s string) (SplitUnit, error) {
	switch u := SplitUnit(strings.ToLower(strings.TrimSpace(s))); u {
	case "":
		return ByPatient, nil
	case ByPatient, ByImage:
		return u, nil
	}
	return ByPatient, message.Errorf("a split by %q is not known; use patient or image", s)
}

// Split is SplitBy patient.
func (d *Dataset) Split(fr Fractions, seed uint64) error { return d.SplitBy(ByPatient, fr, seed) }

// SplitBy assigns the films that have no part yet, all of a patient to one part,
// the same for the same seed. Patients with the rarest labels are placed first,
// each where its labels are wanted most (greedy stratification after Sechidis,
// Tsoumakas and Vlahavas 2011, on patients). A patient with a film in a part
// already goes there. Where the table gave a test part, none is added to it.
//
// By image the same is done film by film, except for patients with a film in a
// part already: the table's own parts never leak. How many patients are then in
// more than one part is in Leaking, and Notes say so.
func (d *Dataset) SplitBy(unit SplitUnit, fr Fractions, seed uint64) error {
	if unit != ByPatient && unit != ByImage {
		return message.Errorf("split: by %q is not known", unit)
	}
	if err := d.CheckLeak(); err != nil { // of the table's own parts
		return err
	}
	if !(fr.Train >= 0 && fr.Validate >= 0 && fr.Test >= 0) || fr.Train+fr.Validate+fr.Test <= 0 {
		return message.Errorf("split: fractions %v, %v, %v are no shares", fr.Train, fr.Validate, fr.Test)
	}
	if slices.ContainsFunc(d.Images, func(f Image) bool { return f.Split == Test }) {
		fr.Test = 0
	}
	groups := d.groups(unit, seed)
	w := newWanted(fr, groups, len(d.Classes))
	for _, g := range groups {
		if g.fixed != Unassigned {
			w.take(g, g.fixed)
		}
	}
	for _, g := range groups {
		part := g.fixed
		if part == Unassigned {
			part = w.choose(g)
			w.take(g, part)
		}
		for _, i := range g.images {
			if d.Images[i].Split == Unassigned {
				d.Images[i].Split = part
			}
		}
	}
	if unit == ByPatient {
		return d.CheckLeak()
	}
	d.spread = map[string]bool{}
	for _, p := range d.inSeveralParts() {
		d.spread[p] = true
	}
	d.Leaking = len(d.spread)
	d.Notes = append(d.Notes, leakNote(d.Leaking))
	return nil
}

// Unit says how the films came to their parts.
func (d *Dataset) Unit() SplitUnit {
	if d.spread != nil {
		return ByImage
	}
	return ByPatient
}

// leakNote is the sentence that goes with every figure of a split by image.
func leakNote(patients int) string {
	return fmt.Sprintf(
		"The split is by image: %d patients are in more than one part, so figures on films held out flatter. It serves to repeat old results only.",
		patients)
}

// splitGroup is what goes to one part together: all of a patient, or one film.
type splitGroup struct {
	images []int
	counts []int // positive films a class
	fixed  Split // where the table put one of the films
	rarest int   // the class of its labels that fewest films have; -1 for none
	rarity int   // how many films have it
}

// groups joins the films, shuffled by the seed, the rarest labels first.
func (d *Dataset) groups(unit SplitUnit, seed uint64) []*splitGroup {
	placed := map[string]bool{} // patients with a film in a part
	for _, f := range d.Images {
		placed[f.Patient] = placed[f.Patient] || f.Split != Unassigned
	}
	total := make([]int, len(d.Classes))
	byName := map[string]*splitGroup{}
	var groups []*splitGroup
	for i, f := range d.Images {
		alone := unit == ByImage && !placed[f.Patient]
		g := byName[f.Patient]
		if g == nil || alone {
			g = &splitGroup{counts: make([]int, len(d.Classes))}
			byName[f.Patient] = g
			groups = append(groups, g)
		}
		g.images = append(g.images, i)
		if f.Split != Unassigned {
			g.fixed = f.Split
		}
		for c, l := range f.Labels {
			if l == Positive {
				g.counts[c]++
				total[c]++
			}
		}
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(groups), func(a, b int) { groups[a], groups[b] = groups[b], groups[a] })
	for _, g := range groups {
		g.rarest, g.rarity = -1, len(d.Images)+1
		for c, n := range g.counts {
			if n > 0 && total[c] < g.rarity {
				g.rarest, g.rarity = c, total[c]
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b *splitGroup) int { return cmp.Compare(a.rarity, b.rarity) })
	return groups
}

// wanted counts, for each part, the films still wanted in all and of a class.
type wanted struct {
	parts  []Split
	open   []bool // parts that have a share
	images []float64
	class  [][]float64 // a part, a class
}

func newWanted(fr Fractions, groups []*splitGroup, classes int) *wanted {
	shares := []float64{fr.Train, fr.Validate, fr.Test}
	sum := fr.Train + fr.Validate + fr.Test
	w := &wanted{parts: []Split{Train, Validate, Test}, open: make([]bool, 3), images: make([]float64, 3),
		class: make([][]float64, 3)}
	for p, share := range shares {
		w.open[p] = share > 0
		w.class[p] = make([]float64, classes)
		for _, g := range groups {
			if g.fixed == Test {
				continue // what the table keeps for testing is not shared out
			}
			w.images[p] += share / sum * float64(len(g.images))
			for c, n := range g.counts {
				w.class[p][c] += share / sum * float64(n)
			}
		}
	}
	return w
}

// choose finds the part that wants the group's rarest label most; ties go by
// films in all, then to the earlier part.
func (w *wanted) choose(g *splitGroup) Split {
	best := 0
	want := func(p int) (float64, float64) {
		if g.rarest < 0 {
			return w.images[p], 0
		}
		return w.class[p][g.rarest], w.images[p]
	}
	for p := 1; p < len(w.parts); p++ {
		if !w.open[p] {
			continue
		}
		if !w.open[best] {
			best = p
			continue
		}
		a1, a2 := want(p)
		b1, b2 := want(best)
		if a1 > b1 || a1 == b1 && a2 > b2 {
			best = p
		}
	}
	return w.parts[best]
}

func (w *wanted) take(g *splitGroup, part Split) {
	p := slices.Index(w.parts, part)
	if p < 0 {
		return
	}
	w.images[p] -= float64(len(g.images))
	for c, n := range g.counts {
		w.class[p][c] -= float64(n)
	}
}

// CheckLeak refuses a data set in which a patient is in two parts, unless a split
// by image put them there.
func (d *Dataset) CheckLeak() error {
	leaking := slices.DeleteFunc(d.inSeveralParts(), func(p string) bool { return d.spread[p] })
	if n := len(leaking); n > 0 {
		return message.Errorf("leak: %d patients are in more than one part of the split (%s); split by patient", n,
			strings.Join(leaking[:min(n, 5)], ", "))
	}
	return nil
}

// inSeveralParts names the patients with films in more than one part, in the
// order of the films.
func (d *Dataset) inSeveralParts() []string {
	part := map[string]Split{}
	seen := map[string]bool{}
	var out []string
	for _, f := range d.Images {
		if f.Split == Unassigned {
			continue
		}
		if p, ok := part[f.Patient]; ok && p != f.Split && !seen[f.Patient] {
			seen[f.Patient] = true
			out = append(out, f.Patient)
		}
		part[f.Patient] = f.Split
	}
	return out
}

// LeakingNote goes with every figure on films of a split by image.
const LeakingNote = "The films were split by image: patients are on both sides of the split, so every figure flatters. Split by patient."
