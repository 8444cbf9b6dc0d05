// Package layout derives what lays values out anew: reshaping, joining, repeating, resizing, sampling.
//
// The core function is [Rules].
package layout

import (
	"hilum/inference/graph/grad/internal/emit"
)

// Rules are the rules of this room, by operator.
func Rules() emit.Rules {
	return emit.Rules{
		"DepthToSpace": depthToSpaceRule,
		"SpaceToDepth": spaceToDepthRule,
		"Reshape":      reshapeRule,
		"Flatten":      reshapeRule,
		"Squeeze":      reshapeRule,
		"Unsqueeze":    reshapeRule,
		"Transpose":    transposeRule,
		"Expand":       expandRule,
		"Concat":       concatRule,
		"Split":        splitRule,
		"Tile":         tileRule,
		"Resize":       resizeRule,
		"GridSample":   gridSampleRule,
	}
}
