// Package budget bounds the memory that decoders hold at the same time. Its core
// type is [Lease]: what one picture takes, from before it is decoded until nobody
// needs it. All decoders of the process, and the children that it starts, draw on
// one budget, [Shared], so a folder, an archive or a window that decodes ahead
// takes no more than the largest picture and the budget together.
//
// Those who decode many pictures beside each other open a lease for each, in the
// order in which they need them, and put it into the context ([Batch]). Such a
// lease waits while others hold the budget. The oldest never waits, so that work
// always goes on. What is decoded without a lease is counted and never waits: who
// asks for it may itself hold what another waits for.
//
// The package imports only the standard library.
package budget

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
)

// total is what pictures that are decoded at the same time may take together,
// apart from the oldest of them.
const total = 160 << 20

// large is how many bytes are worth collecting garbage before they are taken: a
// heap that may double before it is collected is no bounded one.
const large = 32 << 20

// tightPercent is how far the heap may grow over what is in use while leases hold
// a large amount, in percent (GOGC).
const tightPercent = 15

// Budget is memory shared by leases. The zero value has none to give.
type Budget struct {
	mu     sync.Mutex
	freed  *sync.Cond
	total  int64
	used   int64
	next   int64
	open   map[int64]bool // batch leases by age
	relax  int            // GC percent to go back to
	strict bool           // GC percent is tightPercent
}

// newBudget makes a budget of so many bytes.
func newBudget(total int64) *Budget {
	b := &Budget{total: total, open: map[int64]bool{}}
	b.freed = sync.NewCond(&b.mu)
	return b
}

// Shared is the budget of the process. Memory is the process's, so is this.
var Shared = newBudget(total)

// Lease is what one picture takes of a budget. What grows after it was closed is
// not counted: nobody waits for that picture any more.
type Lease struct {
	b      *Budget
	age    int64
	batch  bool
	used   int64
	closed bool
}

// Open makes a lease that never waits.
func (b *Budget) Open() *Lease { return &Lease{b: b} }

// Batch makes a lease that waits for older ones to be closed, where memory is
// short. Leases are as old as the call is.
func (b *Budget) Batch() *Lease {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	b.open[b.next] = true
	return &Lease{b: b, age: b.next, batch: true}
}

// Grow takes n more bytes, and waits for them in a batch. The error is ctx's.
func (l *Lease) Grow(ctx context.Context, n int64) error {
	if n <= 0 {
		return ctx.Err()
	}
	b := l.b
	stop := context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.freed.Broadcast()
	})
	defer stop()
	b.mu.Lock()
	for l.batch && b.used+n > b.total && !b.oldest(l.age) && ctx.Err() == nil {
		b.freed.Wait()
	}
	if err := ctx.Err(); err != nil {
		b.mu.Unlock()
		return err
	}
	if !l.closed { // closed meanwhile: nobody waits for what is made
		b.used += n
		l.used += n
		b.tighten()
	}
	b.mu.Unlock()
	if n >= large {
		runtime.GC()
	}
	return nil
}

// oldest says whether no batch lease is older. mu is held.
func (b *Budget) oldest(age int64) bool {
	for other := range b.open {
		if other < age {
			return false
		}
	}
	return true
}

// Shrink gives n bytes back.
func (l *Lease) Shrink(n int64) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	l.give(min(n, l.used))
}

// Close gives everything back. It may be called again.
func (l *Lease) Close() {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	delete(l.b.open, l.age)
	l.closed = true
	l.give(l.used)
}

func (l *Lease) give(n int64) {
	l.used -= n
	l.b.used -= n
	l.b.tighten()
	l.b.freed.Broadcast()
}

// tighten keeps garbage small while much is in use. mu is held.
func (b *Budget) tighten() {
	switch strict := b.used >= 2*large; {
	case strict && !b.strict:
		b.relax = debug.SetGCPercent(tightPercent)
		b.strict = true
	case !strict && b.strict:
		debug.SetGCPercent(b.relax)
		b.strict = false
	}
}

// Used is what leases hold at the moment, in bytes.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

type key struct{}

// With puts a lease into a context: what is decoded under it is counted there,
// and stays counted until the lease is closed.
func With(ctx context.Context, l *Lease) context.Context { return context.WithValue(ctx, key{}, l) }

// From finds the lease of a context. Without one it opens one that close ends.
func From(ctx context.Context) (l *Lease, done func()) {
	if l, ok := ctx.Value(key{}).(*Lease); ok {
		return l, func() {}
	}
	l = Shared.Open()
	return l, l.Close
}
