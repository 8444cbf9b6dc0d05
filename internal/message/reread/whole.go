package reread

// Whole are the sentences without figures that stand in others.
func Whole() []string {
	return []string{
		"the data have no label of it", "every draw of patients gives the same", "only one outcome occurs",
		"the checkpoint has none for this class",
		"another network of the file", "bookkeeping of the training", "a number beside the network",
		"every film has the same score, so it cannot tell films with and without the finding apart",
	}
}
