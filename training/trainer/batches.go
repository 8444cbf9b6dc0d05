package trainer

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"

	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training/dataset"
	"hilum/training/learner"
	"hilum/training/recipe"
)

// buffers is how many batches are in memory at a time: one in the engine, one
// ready, one being filled.
const buffers = 3

// batches are the pictures, labels and boxes to train on, cut into what the engine
// takes at a time, in an order that seed and epoch alone decide.
type batches struct {
	recipe  *recipe.Recipe
	seed    uint64
	images  *dataset.Selection
	classes []int    // place of each class of the network in the data set
	names   []string // of the network's classes
	learner *learner.Learner
	sampler *sampler
	weights labelWeights
	// of the films to train on, by class of the network; nil where boxes do not count
	boxes map[*dataset.Selected][][]dataset.Box

	count, rest, steps int // an epoch: batches, films in a smaller last one, steps
	free               map[int]chan *learner.Batch
	all                []*learner.Batch
}

// labelWeights are the weights of labels in the loss, one a class.
type labelWeights struct{ positive, negative []float32 }

// newBatches prepares the batches of a run; what is known only once its pictures are read comes later.
func (t *trainer) newBatches() (*batches, error) {
	b := &batches{recipe: &t.c.Recipe, seed: t.c.Seed, images: t.images, classes: t.classes,
		names: t.net.spec.Classes}
	return b, b.sortBoxes()
}

// close frees the batches.
func (bs *batches) close() error {
	var errs []error
	for _, b := range bs.all {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}

// loader fills batches beside the engine.
type loader struct {
	ready  chan loaded
	of     *batches
	cancel context.CancelFunc
	wait   parallel.Group
}

// loaded is a batch that is ready, or why it is not.
type loaded struct {
	batch *learner.Batch
	err   error
}

// order gives the films of an epoch: the same for a seed and an epoch.
func (bs *batches) order(epoch int) []int {
	n := len(bs.images.Train)
	if !bs.recipe.Shuffle {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	return rand.New(rand.NewPCG(bs.seed, uint64(epoch)+1)).Perm(n)
}

// batch gives the films of one batch of an epoch.
func (bs *batches) batch(order []int, n int) []int {
	from := n * bs.recipe.Batch
	return order[from:min(from+bs.recipe.Batch, len(order))]
}

// divide sets how many batches an epoch has.
func (bs *batches) divide() error {
	n, b := len(bs.images.Train), bs.recipe.Batch
	bs.count = n / b
	if bs.rest = n % b; bs.recipe.LastBatch == "drop" {
		bs.rest = 0
	}
	if bs.rest > 0 {
		bs.count++
	}
	if bs.count == 0 {
		return message.Errorf("%d films make no batch of %d, and the recipe drops what is left; set batch or last_batch", n, b)
	}
	bs.steps = (bs.count + bs.recipe.Accumulate - 1) / bs.recipe.Accumulate
	return nil
}

// allocate makes the batches that the loader fills in turn.
func (bs *batches) allocate() error {
	bs.free = make(map[int]chan *learner.Batch)
	sizes := map[int]int{bs.rest: min(buffers, 2)}
	if bs.count > 1 || bs.rest == 0 {
		sizes[bs.recipe.Batch] = buffers
	}
	delete(sizes, 0)
	for size, count := range sizes {
		bs.free[size] = make(chan *learner.Batch, count)
		for range count {
			b, err := bs.learner.NewBatch(size)
			if err != nil {
				return err
			}
			bs.all = append(bs.all, b)
			bs.free[size] <- b
		}
	}
	return nil
}

// load fills the batches of an epoch from one on.
func (bs *batches) load(ctx context.Context, epoch, from int) *loader {
	ctx, cancel := context.WithCancel(ctx)
	f := &loader{ready: make(chan loaded, 1), of: bs, cancel: cancel}
	order := bs.order(epoch)
	f.wait.Go(func() {
		defer parallel.Recover(func(p *parallel.Panic) { f.send(ctx, loaded{err: p}) })
		for n := from; n < bs.count; n++ {
			images := bs.batch(order, n)
			var b *learner.Batch
			select {
			case b = <-bs.free[len(images)]:
			case <-ctx.Done():
				return
			}
			err := bs.fill(ctx, b, images, batchAt{epoch, bs.known(order, n), bs.drawn(order, n)})
			if !f.send(ctx, loaded{b, err}) {
				bs.giveBack(b)
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

// giveBack lets a batch be filled again; a loader that broke off gives none.
func (bs *batches) giveBack(b *learner.Batch) {
	if b != nil {
		bs.free[b.N] <- b
	}
}

// stop ends the loading and takes back what nobody used.
func (f *loader) stop() {
	f.cancel()
	f.wait.Wait()
	close(f.ready)
	for x := range f.ready {
		f.of.giveBack(x.batch)
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
func (bs *batches) known(order []int, batch int) int {
	n := 0
	for f := range bs.stepImages(order, batch) {
		for _, l := range f.Labels {
			if l != dataset.Unknown {
				n++
			}
		}
	}
	return n
}

// stepImages gives the films of the step that a batch belongs to.
func (bs *batches) stepImages(order []int, batch int) iter.Seq[*dataset.Selected] {
	a := bs.recipe.Accumulate
	first := batch / a * a
	return func(yield func(*dataset.Selected) bool) {
		for b := first; b < min(first+a, bs.count); b++ {
			for _, i := range bs.batch(order, b) {
				if !yield(bs.images.Train[i]) {
					return
				}
			}
		}
	}
}

// fill loads films, labels and weights of labels.
func (bs *batches) fill(ctx context.Context, b *learner.Batch, images []int, at batchAt) error {
	classes := len(bs.names)
	for row, i := range images {
		for k, class := range bs.classes {
			y, w := float32(0), float32(0)
			switch bs.images.Train[i].Labels[class] {
			case dataset.Positive:
				y, w = 1, bs.weights.positive[k]
			case dataset.Negative:
				w = bs.weights.negative[k]
			}
			b.Y[row*classes+k], b.W[row*classes+k] = y, w/float32(max(at.known, 1))
		}
	}
	size := len(b.X) / b.N
	return parallel.Loop{}.Run(ctx, len(images), func(row int) error {
		w := bs.sampleOf(images[row], at.epoch)
		bs.fillBoxes(b, row, w, at.drawn)
		return bs.sampler.load(ctx, w, b.X[row*size:(row+1)*size])
	})
}

// sampleOf is the view of a film that an epoch trains on.
func (bs *batches) sampleOf(image, epoch int) sample {
	views := bs.recipe.Views
	w := sample{image: bs.images.Train[image], fresh: views == 0, epoch: epoch}
	if views > 0 {
		w.view = (epoch + image) % views
	}
	return w
}
