package extract

import (
	"hilum/inference/graph"
	"hilum/internal/message"
)

// Cuts lists the values that every way from one value to another leads through,
// both included, in topological order: where a network can be divided in two.
func Cuts(m *graph.Model, from, to string) ([]string, error) {
	part, err := Between(m, []string{from}, []string{to})
	if err != nil {
		return nil, message.Errorf("cuts: %w", err)
	}
	// Values that depend on from, each with the number of nodes that still read it.
	readers := map[string]int{from: 0}
	for _, n := range part.Graph.Nodes {
		on := false
		for in := range n.Uses() {
			if _, ok := readers[in]; ok {
				readers[in]++
				on = true
			}
		}
		for _, o := range n.Outputs {
			if o != "" && on {
				readers[o] = 0
			}
		}
	}
	if _, ok := readers[to]; !ok {
		return nil, message.Errorf("cuts: %q does not depend on %q", to, from)
	}
	cuts := []string{from}
	open := 1
	for _, n := range part.Graph.Nodes {
		for in := range n.Uses() {
			if _, ok := readers[in]; ok {
				if readers[in]--; readers[in] == 0 {
					open--
				}
			}
		}
		for _, o := range n.Outputs {
			if k, ok := readers[o]; ok && (k > 0 || o == to) {
				if open++; open == 1 {
					cuts = append(cuts, o)
				}
			}
		}
	}
	return cuts, nil
}
