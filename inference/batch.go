package inference

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"hilum/dicomio"
)

// Scored is what became of one file of a batch. Either Err is set, or Image and
// Result are.
type Scored struct {
	Index  int
	Path   string
	Image  *dicomio.Image
	Result *Result
	Err    error // names the file
}

// Batch scores many files. Decoding and preprocessing run beside the engine; at
// most a few pictures are in memory at a time.
type Batch struct {
	Model  *Model
	Decode func(ctx context.Context, path string) (*dicomio.Image, error) // nil is dicomio.Decode
}

// Each calls emit once a file, in the order of paths. A file that fails is
// emitted with its error and does not stop the rest; an error of emit does. It
// returns ctx.Err(), wrapped, when the context ends first.
func (b Batch) Each(ctx context.Context, paths []string, emit func(Scored) error) error {
	if b.Decode == nil {
		b.Decode = dicomio.Decode
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	order := make(chan job, workers) // bounds the pictures in flight
	var wait sync.WaitGroup
	defer wait.Wait() // last of all: nobody decodes after Each
	defer cancel(nil)
	wait.Go(func() { b.feed(ctx, paths, jobs, order) })
	for range workers {
		wait.Go(func() {
			for j := range jobs {
				j.done <- b.decode(ctx, j)
			}
		})
	}
	for j := range order {
		ready := <-j.done
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("scoring: %w", err)
		}
		if err := emit(b.score(ctx, j, ready)); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("scoring: %w", err)
	}
	return nil
}

type job struct {
	index int
	path  string
	done  chan decoded
}

type decoded struct {
	prepared
	err error
}

// feed hands out the work and remembers its order.
func (b Batch) feed(ctx context.Context, paths []string, jobs, order chan<- job) {
	defer close(order)
	defer close(jobs)
	for i, p := range paths {
		j := job{i, p, make(chan decoded, 1)}
		select {
		case order <- j:
		case <-ctx.Done():
			return
		}
		select {
		case jobs <- j:
		case <-ctx.Done():
			j.done <- decoded{err: ctx.Err()}
			return
		}
	}
}

// decode reads and prepares one file. A panic in a decoder is that file's error.
func (b Batch) decode(ctx context.Context, j job) (d decoded) {
	defer func() {
		if r := recover(); r != nil {
			d.err = fmt.Errorf("cannot read %s: %v", j.path, r)
		}
	}()
	im, err := b.Decode(ctx, j.path)
	if err != nil {
		return decoded{err: err}
	}
	p, err := b.Model.prepare(im)
	if err != nil {
		err = fmt.Errorf("cannot score %s: %w", j.path, err)
	}
	return decoded{p, err}
}

func (b Batch) score(ctx context.Context, j job, d decoded) Scored {
	s := Scored{Index: j.index, Path: j.path, Err: d.err}
	if d.err != nil {
		return s
	}
	r, err := b.Model.score(ctx, d.prepared)
	if err != nil {
		s.Err = fmt.Errorf("cannot score %s: %w", j.path, err)
		return s
	}
	s.Image, s.Result = d.image, r
	return s
}
