package grad

import (
	"hilum/inference/graph/grad/internal/choose"
	"hilum/inference/graph/grad/internal/emit"
	"hilum/inference/graph/grad/internal/layout"
	"hilum/inference/graph/grad/internal/linear"
	"hilum/inference/graph/grad/internal/norm"
	"hilum/inference/graph/grad/internal/pointwise"
	"hilum/inference/graph/grad/internal/quantise"
	"hilum/inference/graph/grad/internal/window"
)

// rules are the rules of all operators that have one.
func rules() emit.Rules {
	return emit.Join(pointwise.Rules(), linear.Rules(), norm.Rules(), window.Rules(), layout.Rules(), choose.Rules(),
		quantise.Rules())
}
