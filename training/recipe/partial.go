package recipe

import _ "embed"

//go:embed recipes/partial.json
var partialJSON []byte

// partial trains the last block and the head; what lies before is computed once.
//
// Its runs are recorded under the older name, last-block.
func partial() Entry {
	return Entry{Name: "partial", Aliases: []string{"last-block"}, Title: "Last block and head", JSON: partialJSON}
}
