package inference

import (
	"context"
	"runtime"

	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/parallel"
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

// ScoreFiles scores many pictures. Every processor decodes, preprocesses and
// runs; an engine of several threads runs one picture at a time beside the
// decoding of the next, one of a single thread runs as many as there are
// processors, which is faster over many pictures. At most a few are in memory at
// a time. It calls emit once a file, in order. A file that fails is emitted with
// its error and does not stop the rest; an error of emit does. It returns
// ctx.Err(), wrapped, when the context ends first.
func (m *Model) ScoreFiles(ctx context.Context, files []File, emit func(Scored) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := runtime.GOMAXPROCS(0)
	running := make(chan struct{}, max(1, workers/max(1, m.engine.Threads)))
	jobs := make(chan job)
	order := make(chan job, workers) // bounds the pictures in flight
	var wait parallel.Group
	defer wait.Wait() // last of all: nobody works after ScoreFiles
	defer cancel(nil)
	wait.Go(func() { feed(ctx, files, jobs, order) })
	for range workers {
		wait.Go(func() {
			for j := range jobs {
				j.done <- m.scoreFile(ctx, j, running)
			}
		})
	}
	defer func() { // what was not emitted
		cancel(nil)
		for j := range order {
			j.release()
		}
	}()
	for j := range order {
		s := <-j.done
		if err := ctx.Err(); err != nil {
			j.release()
			return message.Errorf("scoring: %w", err)
		}
		err := emit(s)
		j.release()
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return message.Errorf("scoring: %w", err)
	}
	return nil
}

type job struct {
	File
	index int
	done  chan Scored
	held  context.Context // counts the picture until release
	// release gives the picture's memory back: it is emitted by then, or failed.
	release func()
}

// feed hands out the work and remembers its order.
func feed(ctx context.Context, files []File, jobs, order chan<- job) {
	defer close(order)
	defer close(jobs)
	for i, f := range files {
		held, release := dicomio.Hold(ctx)
		j := job{f, i, make(chan Scored, 1), held, release}
		select {
		case order <- j:
		case <-ctx.Done():
			release()
			return
		}
		select {
		case jobs <- j:
		case <-ctx.Done():
			j.done <- Scored{Err: ctx.Err()}
			return
		}
	}
}

// scoreFile takes one file from disk to findings; the run itself waits for a
// place in running. A panic in a decoder is that file's error.
func (m *Model) scoreFile(ctx context.Context, j job, running chan struct{}) (s Scored) {
	s = Scored{Index: j.index, Path: j.Path}
	defer parallel.Recover(func(p *parallel.Panic) { s.Err = message.Errorf("cannot read %s: %v", j.Path, p.Value) })
	im, err := j.Decode(j.held)
	if err != nil {
		s.Err = err
		return s
	}
	p, err := m.prepare(im)
	if err == nil {
		running <- struct{}{}
		s.Result, err = m.score(ctx, p)
		<-running
	}
	if err != nil {
		s.Err = message.Errorf("cannot score %s: %w", j.Path, err)
		return s
	}
	s.Image = im
	return s
}
