// Package quantise derives the two ends of quantised values.
//
// The core function is [Rules].
package quantise

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"QuantizeLinear":   quantizeRule,
		"DequantizeLinear": dequantizeRule,
	}
}
