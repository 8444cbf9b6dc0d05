package trainer

import (
	"context"
	"iter"
	"math/rand/v2"

	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training/dataset"
	"hilum/training/learner"
)

// buffers is how many batches are in memory at a time: one in the engine, one
// ready, one being filled.
const buffers = 3

// feed fills batches beside the engine.
type loader struct {
	ready  chan loaded
	cancel context.CancelFunc
	wait   parallel.Group
}

// fed is a batch that is ready, or why it is not.
type loaded struct {
	batch *learner.Batch
	err   error
}

// order gives the films of an epoch: the same for a seed and an epoch.
func (t *trainer) order(epoch int) []int {
	n := len(t.images.Train)
	if !t.c.Recipe.Shuffle {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	return rand.New(rand.NewPCG(t.c.Seed, uint64(epoch)+1)).Perm(n)
}

// batch gives the films of one batch of an epoch.
func (t *trainer) batch(order []int, n int) []int {
	from := n * t.c.Recipe.Batch
	return order[from:min(from+t.c.Recipe.Batch, len(order))]
}

// countBatches sets how many batches an epoch has.
func (t *trainer) countBatches() error {
	n, b := len(t.images.Train), t.c.Recipe.Batch
	t.batches = n / b
	if t.rest = n % b; t.c.Recipe.LastBatch == "drop" {
		t.rest = 0
	}
	if t.rest > 0 {
		t.batches++
	}
	if t.batches == 0 {
		return message.Errorf("%d films make no batch of %d, and the recipe drops what is left; set batch or last_batch", n, b)
	}
	t.steps = (t.batches + t.c.Recipe.Accumulate - 1) / t.c.Recipe.Accumulate
	return nil
}

// allocate makes the batches that the feed fills in turn.
func (t *trainer) allocate() error {
	t.free = make(map[int]chan *learner.Batch)
	sizes := map[int]int{t.rest: min(buffers, 2)}
	if t.batches > 1 || t.rest == 0 {
		sizes[t.c.Recipe.Batch] = buffers
	}
	delete(sizes, 0)
	for size, count := range sizes {
		t.free[size] = make(chan *learner.Batch, count)
		for range count {
			b, err := t.learner.NewBatch(size)
			if err != nil {
				return err
			}
			t.all = append(t.all, b)
			t.free[size] <- b
		}
	}
	return nil
}

// startLoader fills the batches of an epoch from one on.
func (t *trainer) startLoader(ctx context.Context, epoch, from int) *loader {
	ctx, cancel := context.WithCancel(ctx)
	f := &loader{ready: make(chan loaded, 1), cancel: cancel}
	order := t.order(epoch)
	f.wait.Go(func() {
		defer parallel.Recover(func(p *parallel.Panic) { f.send(ctx, loaded{err: p}) })
		for n := from; n < t.batches; n++ {
			images := t.batch(order, n)
			var b *learner.Batch
			select {
			case b = <-t.free[len(images)]:
			case <-ctx.Done():
				return
			}
			err := t.fill(ctx, b, images, batchAt{epoch, t.known(order, n), t.drawn(order, n)})
			if !f.send(ctx, loaded{b, err}) {
				t.giveBack(b)
				return
			}
		}
	})
	return f
}

// send is false where nobody wants what was filled.
func (f *loader) send(ctx context.Context, x loaded) bool {
	select {
	case f.ready <- x:
		return true
	case <-ctx.Done():
		return false
	}
}

// giveBack lets a batch be filled again; a feed that broke off gives none.
func (t *trainer) giveBack(b *learner.Batch) {
	if b != nil {
		t.free[b.N] <- b
	}
}

// stop ends the feed and takes back what nobody used.
func (f *loader) stop(t *trainer) {
	f.cancel()
	f.wait.Wait()
	close(f.ready)
	for x := range f.ready {
		t.giveBack(x.batch)
	}
}

// batchAt is what a batch needs to know of the run.
type batchAt struct {
	epoch int
	known int // labels of the whole step
	drawn int // findings of the whole step whose place is known
}

// known counts the labels of the step that a batch belongs to: the loss is their
// mean.
func (t *trainer) known(order []int, batch int) int {
	n := 0
	for f := range t.stepImages(order, batch) {
		for _, l := range f.Labels {
			if l != dataset.Unknown {
				n++
			}
		}
	}
	return n
}

// stepImages gives the films of the step that a batch belongs to.
func (t *trainer) stepImages(order []int, batch int) iter.Seq[*dataset.Selected] {
	a := t.c.Recipe.Accumulate
	first := batch / a * a
	return func(yield func(*dataset.Selected) bool) {
		for b := first; b < min(first+a, t.batches); b++ {
			for _, i := range t.batch(order, b) {
				if !yield(t.images.Train[i]) {
					return
				}
			}
		}
	}
}

// fill loads films, labels and weights of labels.
func (t *trainer) fill(ctx context.Context, b *learner.Batch, images []int, at batchAt) error {
	classes := len(t.net.spec.Classes)
	for row, i := range images {
		for k, class := range t.classes {
			y, w := float32(0), float32(0)
			switch t.images.Train[i].Labels[class] {
			case dataset.Positive:
				y, w = 1, t.positive[k]
			case dataset.Negative:
				w = t.negative[k]
			}
			b.Y[row*classes+k], b.W[row*classes+k] = y, w/float32(max(at.known, 1))
		}
	}
	size := len(b.X) / b.N
	return parallel.Loop{}.Run(ctx, len(images), func(row int) error {
		w := t.sampleOf(images[row], at.epoch)
		t.fillBoxes(b, row, w, at.drawn)
		return t.sampler.load(ctx, w, b.X[row*size:(row+1)*size])
	})
}

// look is the view of a film that an epoch trains on.
func (t *trainer) sampleOf(image, epoch int) sample {
	views := t.c.Recipe.Views
	w := sample{image: t.images.Train[image], fresh: views == 0, epoch: epoch}
	if views > 0 {
		w.view = (epoch + image) % views
	}
	return w
}
