// Package linear derives products of matrices, and attention, which is written in them.
//
// The core function is [Rules].
package linear

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"Gemm":      gemmRule,
		"MatMul":    matMulRule,
		"Einsum":    einsumRule,
		"Attention": attentionRule,
	}
}
