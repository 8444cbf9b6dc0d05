// Package pointwise derives functions of single elements: activations, arithmetic, elementary functions.
//
// The core function is [Rules].
package pointwise

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules { return emit.Join(activations(), arithmetic(), functions()) }
