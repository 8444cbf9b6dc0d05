package trainer

import (
	"math"
	"slices"

	"hilum/inference/graph/classifier"
	"hilum/inference/graph/extract"
	"hilum/inference/graph/grad"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
	"hilum/training/recipe"
)

// cut resolves the place where the trained part begins.
func (n *network) cut(name string) (string, error) {
	switch name {
	case recipe.CutImage:
		return n.image(), nil
	case recipe.CutEmbedding:
		return n.head.embedding, nil
	case recipe.CutLastBlock:
		return n.lastBlock()
	}
	if !n.model.Graph.Names()[name] {
		return "", message.Errorf("the network has no value %q to cut at; list them with cxr graph", name)
	}
	return name, nil
}

// lastBlock finds where the map takes its last size: of the places where the
// network can be divided, the last one before that, and from there back as long
// as the values get fewer, to the beginning of the block that makes the step. A
// pooling that only makes the map smaller stays on the frozen side.
func (n *network) lastBlock() (string, error) {
	cuts, err := extract.Cuts(n.model, n.image(), n.head.logits)
	if err != nil {
		return "", err
	}
	if name := n.lastAttention(cuts); name != "" {
		return name, nil
	}
	shapes, err := shape.Infer(n.model)
	if err != nil {
		return "", err
	}
	type place struct {
		name         string
		pixels, size int64
	}
	var maps []place
	for _, c := range cuts {
		d, ok := shapes.Dims(c)
		if ok && len(d) == 4 && d[2].Value*d[3].Value > 1 {
			maps = append(maps, place{c, d[2].Value * d[3].Value, d[1].Value * d[2].Value * d[3].Value})
		}
	}
	if len(maps) == 0 {
		return "", message.New("it has no map to cut at; choose another cut in the recipe")
	}
	last := maps[len(maps)-1].pixels
	i := slices.IndexFunc(maps, func(p place) bool { return p.pixels == last })
	made := n.model.Graph.Producers()[maps[i].name]
	if i == 0 || made != nil && (made.Op == "AveragePool" || made.Op == "MaxPool") {
		return maps[i].name, nil
	}
	at := i - 1
	for k := at; k >= 0 && maps[k].pixels == maps[i-1].pixels && maps[k].size <= maps[at].size; k-- {
		if maps[k].size < maps[at].size {
			at = k
		}
	}
	return maps[at].name, nil
}

// lastAttention is, of a transformer, the place in front of its last block, "" for others:
// the last of the cuts before the normalisation with which that block begins.
func (n *network) lastAttention(cuts []string) string {
	h := classifier.HeadOf(n.model, n.head.logits)
	if h.Layout.Places <= 0 {
		return ""
	}
	name := ""
	for _, node := range n.model.Graph.Nodes {
		if slices.Contains(node.Outputs, h.Feature) {
			return name
		}
		for _, o := range node.Outputs {
			if slices.Contains(cuts, o) {
				name = o
			}
		}
	}
	return ""
}

// trainable lists what is trained behind a cut.
func (n *network) trainable(cut string) ([]string, error) {
	names, err := grad.Trainable(n.model, cut, n.head.logits)
	if err == nil && len(names) == 0 {
		err = message.Errorf("nothing can be trained behind %q", cut)
	}
	return names, err
}

// halvings counts for each weight how often the map is still halved between its
// layer and the network's end: 0 for the last maps and what follows them.
func (n *network) halvings() (map[string]int, error) {
	shapes, err := shape.Infer(n.model)
	if err != nil {
		return nil, err
	}
	edge := func(value string) float64 {
		d, ok := shapes.Dims(value)
		if !ok || len(d) != 4 || d[2].Value*d[3].Value < 2 {
			return 0
		}
		return math.Sqrt(float64(d[2].Value * d[3].Value))
	}
	last := 0.0
	for _, node := range n.model.Graph.Nodes {
		if e := edge(node.Output(0)); e > 0 {
			last = e
		}
	}
	out := make(map[string]int)
	for _, node := range n.model.Graph.Nodes {
		e := edge(node.Output(0))
		for _, in := range node.Inputs {
			if e > 0 && n.model.Graph.Initializer(in) != nil {
				out[in] = int(math.Round(math.Log2(e / last)))
			}
		}
	}
	return out, nil
}
