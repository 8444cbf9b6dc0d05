package recipe

import _ "embed"

//go:embed recipes/full.json
var fullJSON []byte

// full trains every layer, earlier ones more slowly.
func full() Entry {
	return Entry{Name: "full", Title: "Every layer", JSON: fullJSON}
}
