package zoo

import (
	"fmt"
)

// smallResNet is the small residual networks that this package draws.
func smallResNet() Family {
	return Family{
		Name: "ResNet (small)", Signature: []string{"stem.0.weight", "body.0.a.0.weight", "body.0.b.0.weight"},
		Stem: "stem.0.weight", Build: smallNet,
	}
}

// smallNet builds a small residual network: a stem that keeps a quarter of the
// edge, then blocks of two 3x3 convolutions. A 5x5 stem has stride 2 and a pooling
// of stride 2 behind it, a 7x7 stem has stride 4, which is quicker to train. The
// stride of a block is 2 where it doubles the channels, else 1: weights do not
// tell.
func smallNet(n *Net) string {
	const eps = 1e-5
	var x string
	coarse := n.shape("stem.0.weight", 4)[2] == 7
	if coarse {
		x = n.conv("image", "stem.0", window{stride: 4, pad: 3})
		x = n.relu(n.batchNorm(x, "stem.1", eps), "stem")
	} else {
		x = n.conv("image", "stem.0", window{kernel: 5, stride: 2, pad: 2})
		x = n.maxPool(n.relu(n.batchNorm(x, "stem.1", eps), "stem"), "pool", 3, window{stride: 2, pad: 1})
	}
	blocks := n.count("body.%d.", 0)
	for i := range blocks {
		p := fmt.Sprintf("body.%d", i)
		s := n.shape(p+".a.0.weight", 4)
		stride := int64(1)
		if s[0] == 2*s[1] {
			stride = 2
		}
		skip := x
		if n.has(p + ".short.0.weight") {
			skip = n.batchNorm(n.conv(x, p+".short.0", window{kernel: 1, stride: stride}), p+".short.1", eps)
		}
		y := n.relu(n.batchNorm(n.conv(x, p+".a.0", window{kernel: 3, stride: stride, pad: 1}), p+".a.1", eps),
			p+".relu")
		y = n.batchNorm(n.conv(y, p+".b.0", window{kernel: 3, stride: 1, pad: 1}), p+".b.1", eps)
		x = n.relu(n.add2(y, skip, p+".add"), p)
	}
	n.head(x, "head")
	switch {
	case blocks == 3:
		return "resnet_tiny"
	case coarse:
		return "resnet_small"
	}
	return "resnet_fine"
}
