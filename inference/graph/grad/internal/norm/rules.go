// Package norm derives normalisations.
//
// The core function is [Rules].
package norm

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"BatchNormalization":           batchNormRule,
		"LayerNormalization":           layerNormRule,
		"RMSNormalization":             rmsNormRule,
		"SimplifiedLayerNormalization": rmsNormRule,
		"InstanceNormalization":        instanceNormRule,
		"GroupNormalization":           groupNormRule,
		"MeanVarianceNormalization":    meanVarianceRule,
		"LpNormalization":              lpNormRule,
		"LRN":                          responseRule,
	}
}
