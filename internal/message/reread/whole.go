package reread

import "sync"

// whole are the sentences without figures that stand in others.
var whole = sync.OnceValue(func() []string {
	return []string{
		"the data have no label of it", "every draw of patients gives the same",
		"every film has the same score, so it cannot tell films with and without the finding apart",
		"only one outcome occurs", "the checkpoint has none for this class",
	}
})
