package graph

// isHead tells whether a node is the one nearest to the logits.
func isHead(n *Node, back []*Node) bool { return len(back) > 0 && back[0] == n }
