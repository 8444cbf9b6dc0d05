package recipe

import _ "embed"

//go:embed recipes/head.json
var headJSON []byte

// Head trains the last linear layer on cached embeddings: seconds.
func Head() Entry {
	return Entry{Name: "head", Title: "Only the head", JSON: headJSON}
}
