// Package window derives what sums over windows and axes: convolutions, poolings, reductions.
//
// The core function is [Rules].
package window

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"Conv":              convRule,
		"ConvTranspose":     convTransposeRule,
		"MaxPool":           maxPoolRule,
		"AveragePool":       averagePoolRule,
		"GlobalAveragePool": globalAverageRule,
		"GlobalMaxPool":     globalMaxRule,
		"LpPool":            lpPoolRule,
		"GlobalLpPool":      globalLpRule,
		"ReduceSum":         reductionRule,
		"ReduceMean":        reductionRule,
		"ReduceMax":         reductionRule,
		"ReduceMin":         reductionRule,
		"ReduceL1":          reductionRule,
		"ReduceL2":          reductionRule,
		"ReduceSumSquare":   reductionRule,
		"ReduceProd":        reductionRule,
		"ReduceLogSum":      reductionRule,
		"ReduceLogSumExp":   reductionRule,
	}
}
