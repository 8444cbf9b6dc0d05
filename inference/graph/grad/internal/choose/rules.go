// Package choose derives what takes a part of a value, or writes one: slices, padding, gathering, scattering.
//
// The core function is [Rules].
package choose

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"GatherElements":  gatherElementsRule,
		"ScatterElements": scatterElementsRule,
		"GatherND":        gatherNDRule,
		"ScatterND":       scatterNDRule,
		"CumSum":          cumSumRule,
		"Trilu":           triluRule,
		"Slice":           sliceRule,
		"Pad":             padRule,
		"Gather":          gatherRule,
		"TopK":            topKRule,
	}
}
