package recipe

import _ "embed"

//go:embed recipes/full.json
var fullJSON []byte

// Full trains every layer, earlier ones more slowly.
func Full() Entry {
	return Entry{Name: "full", Title: "Every layer", JSON: fullJSON}
}
