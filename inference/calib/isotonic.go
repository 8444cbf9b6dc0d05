package calib

import (
	"cmp"
	"slices"
)

// fitIsotonic is least squares under a rising order by pooling adjacent
// violators (Barlow et al. 1972). Equal logits are averaged first; the knots are
// the two ends of every pooled block, as scikit-learn keeps them.
func fitIsotonic(logits []float64, positive []bool) Isotonic {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(logits[a], logits[b]) })
	var blocks []block
	for k := 0; k < len(order); {
		b := block{lo: logits[order[k]], hi: logits[order[k]]}
		for ; k < len(order) && logits[order[k]] == b.lo; k++ {
			b.n++
			if positive[order[k]] {
				b.pos++
			}
		}
		blocks = append(blocks, b)
		for n := len(blocks); n > 1 && blocks[n-2].mean() >= blocks[n-1].mean(); n-- {
			blocks[n-2] = blocks[n-2].join(blocks[n-1])
			blocks = blocks[:n-1]
		}
	}
	var c Isotonic
	for _, b := range blocks {
		c.X, c.Y = append(c.X, b.lo), append(c.Y, b.mean())
		if b.hi > b.lo {
			c.X, c.Y = append(c.X, b.hi), append(c.Y, b.mean())
		}
	}
	return c
}

// block is a run of logits that share one probability.
type block struct{ lo, hi, pos, n float64 }

func (b block) mean() float64 { return b.pos / b.n }

func (b block) join(c block) block { return block{b.lo, c.hi, b.pos + c.pos, b.n + c.n} }
