package layout

import (
	"hilum/inference/graph"
	"hilum/inference/graph/grad/internal/emit"
)

func spaceToDepthRule(b emit.Emitter, n *graph.Node, dy []string) error {
	b.Give(n.Input(0), b.Op("DepthToSpace", []string{dy[0]}, graph.IntAttr("blocksize", n.Int("blocksize", 1))))
	return nil
}

// depthToSpaceRule: SpaceToDepth undoes it, up to the order of the channels in mode CRD,
// where the place in the block counts before the channel.
func depthToSpaceRule(b emit.Emitter, n *graph.Node, dy []string) error {
	x, size := n.Input(0), n.Int("blocksize", 1)
	d := b.Op("SpaceToDepth", []string{dy[0]}, graph.IntAttr("blocksize", size))
	if n.Text("mode", "DCR") != "CRD" {
		b.Give(x, d)
		return nil
	}
	dims, err := emit.Static(b, x, 1)
	if err != nil {
		return err
	}
	c := dims[0] / (size * size)
	d = b.Op("Reshape", []string{d, b.Ints(0, size*size, c, dims[1], dims[2])})
	b.Give(x, b.LikeShape(b.Transpose(d, 0, 2, 1, 3, 4), x))
	return nil
}
