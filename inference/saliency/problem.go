package saliency

import "context"

// Problem is what a method works on: a picture, the classes asked for, and the
// network, which it may run.
type Problem struct {
	Image  Tensor    // [1, C, H, W]
	Logits []float32 // of the picture as it is
	Query  Query     // with its defaults filled in

	features planes // of methods that ask for them
	e        *Explainer
}

// size is the picture's.
func (p *Problem) size() size { return size{int(p.Image.Shape[2]), int(p.Image.Shape[3])} }

// Scores gives the logits [N, classes] of pictures [N, C, H, W].
func (p *Problem) Scores(ctx context.Context, pictures Tensor) (Tensor, error) {
	return p.e.run(ctx, netScores, map[string]Tensor{p.e.input: pictures})
}

// Gradients gives d logit / d picture for pictures [N, C, H, W] and one class each.
func (p *Problem) Gradients(ctx context.Context, pictures Tensor, classes []int) (Tensor, error) {
	n, err := p.e.classCount()
	if err != nil {
		return Tensor{}, err
	}
	return p.e.run(ctx, netImageGrad, map[string]Tensor{p.e.input: pictures, seedName: seeds(classes, n)})
}

// Each calls f for ranges of n things, each as large as the network may be given at
// once.
func (p *Problem) Each(n int, f func(from, to int) error) error { return p.e.each(n, f) }
