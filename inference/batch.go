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

// File is one picture of a batch: what to call it, and how to read it.
type File struct {
	Path   string
	Decode func(ctx context.Context) (*dicomio.Image, error)
}

// ScoreFiles scores many pictures. Decoding and preprocessing run beside the
// engine; at most a few pictures are in memory at a time. It calls emit once a
// file, in order. A file that fails is emitted with its error and does not stop
// the rest; an error of emit does. It returns ctx.Err(), wrapped, when the
// context ends first.
func (m *Model) ScoreFiles(ctx context.Context, files []File, emit func(Scored) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	order := make(chan job, workers) // bounds the pictures in flight
	var wait sync.WaitGroup
	defer wait.Wait() // last of all: nobody decodes after Each
	defer cancel(nil)
	wait.Go(func() { feed(ctx, files, jobs, order) })
	for range workers {
		wait.Go(func() {
			for j := range jobs {
				j.done <- m.decode(ctx, j.File)
			}
		})
	}
	for j := range order {
		ready := <-j.done
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("scoring: %w", err)
		}
		if err := emit(m.finish(ctx, j, ready)); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("scoring: %w", err)
	}
	return nil
}

type job struct {
	File
	index int
	done  chan decoded
}

type decoded struct {
	prepared
	err error
}

// feed hands out the work and remembers its order.
func feed(ctx context.Context, files []File, jobs, order chan<- job) {
	defer close(order)
	defer close(jobs)
	for i, f := range files {
		j := job{f, i, make(chan decoded, 1)}
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
func (m *Model) decode(ctx context.Context, f File) (d decoded) {
	defer func() {
		if r := recover(); r != nil {
			d.err = fmt.Errorf("cannot read %s: %v", f.Path, r)
		}
	}()
	im, err := f.Decode(ctx)
	if err != nil {
		return decoded{err: err}
	}
	p, err := m.prepare(im)
	if err != nil {
		err = fmt.Errorf("cannot score %s: %w", f.Path, err)
	}
	return decoded{p, err}
}

// finish runs the network on a prepared file.
func (m *Model) finish(ctx context.Context, j job, d decoded) Scored {
	s := Scored{Index: j.index, Path: j.Path, Err: d.err}
	if d.err != nil {
		return s
	}
	r, err := m.score(ctx, d.prepared)
	if err != nil {
		s.Err = fmt.Errorf("cannot score %s: %w", j.Path, err)
		return s
	}
	s.Image, s.Result = d.image, r
	return s
}
