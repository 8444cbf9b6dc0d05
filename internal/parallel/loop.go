package parallel

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// Loop is how a loop that can fail is run. The zero value uses every core.
type Loop struct {
	Workers int            // at most so many calls at a time; 0 is one a core
	Done    func(done int) // told after each call how many have ended well, in order and never twice at once; may be nil
}

// Run calls f for 0 to n-1, which begin in this order. The first error ends it,
// and so does ctx; calls that have begun are waited for. A panic in f is an
// error: a *[Panic].
func (l Loop) Run(ctx context.Context, n int, f func(i int) error) error {
	return l.RunWith(ctx, n, func() func(int) error { return f })
}

// RunWith is Run for calls that need memory to work in: worker gives each worker
// a function with its own.
func (l Loop) RunWith(ctx context.Context, n int, worker func() func(i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	count := l.counter()
	work := func() error {
		f := worker()
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return nil
			}
			if err := f(i); err != nil {
				return err
			}
			count()
		}
		return nil
	}
	var g Group
	for range min(n, workers(l.Workers)) {
		g.Go(func() { stopOn(work, stop) })
	}
	g.Wait()
	return context.Cause(ctx)
}

// stopOn calls f and stops everybody when it fails or panics.
func stopOn(f func() error, stop context.CancelCauseFunc) {
	defer Recover(func(p *Panic) { stop(p) })
	if err := f(); err != nil {
		stop(err)
	}
}

// counter tells Done of one call more.
func (l Loop) counter() func() {
	if l.Done == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		l.Done(done)
	}
}

func workers(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// Feed works on what list sends while it goes on listing, on so many workers (0
// is one a core); worker gives each a function with memory of its own. The first
// error ends it, and so does ctx: send is false then, and list should return. A
// panic in a worker is an error, a *[Panic]; one in list is the caller's.
func Feed[T any](ctx context.Context, n int, list func(send func(T) bool) error, worker func() func(T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	items := make(chan T, feedAhead)
	work := func() error {
		f := worker()
		for item := range items {
			if ctx.Err() != nil {
				return nil
			}
			if err := f(item); err != nil {
				return err
			}
		}
		return nil
	}
	var g Group
	for range workers(n) {
		g.Go(func() { stopOn(work, stop) })
	}
	err := send(ctx, items, list, g.Wait)
	return errors.Join(err, context.Cause(ctx))
}

// feedAhead is how many items may wait for a worker.
const feedAhead = 64

// send closes the channel and waits, whatever becomes of list.
func send[T any](ctx context.Context, items chan<- T, list func(func(T) bool) error, wait func()) error {
	defer wait()
	defer close(items)
	return list(func(item T) bool {
		select {
		case items <- item:
			return ctx.Err() == nil
		case <-ctx.Done():
			return false
		}
	})
}
