// Package store holds what a part of the program knows: values behind one lock, that
// are changed in transactions, watched by whoever shows them, and worked on by
// goroutines that are waited for. Its core types are [Hub], which is the lock, the
// listeners and the goroutines, and [Value], which is one owner's slice of the state
// behind it. The workstation, the lab and the run manager are each one hub. It imports
// internal/watch.
package store

import (
	"context"
	"runtime/debug"
	"sync"

	"hilum/internal/watch"
)

// Hub is one lock with everything that belongs to it. All methods may be called from
// any goroutine, but for those that say otherwise.
type Hub struct {
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	failed func(Panic)

	mu        sync.Mutex
	closed    bool
	around    func(Tx) func()
	listeners watch.Listeners
}

// Panic is what became of work that failed badly.
type Panic struct {
	What  string // names the work, as "opening a study"
	Value any    // what it panicked with
	Stack []byte
}

// Tx is a transaction: whoever has one holds the lock. It is not kept beyond the call
// that it was given to.
type Tx struct{ hub *Hub }

// New makes a hub. failed is told of work that panicked, with no lock held.
func New(failed func(Panic)) *Hub {
	h := &Hub{failed: failed}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// Around has begin called at the beginning of every change, and what it returns at the
// change's end, both within the transaction. Call it before the hub is used.
func (h *Hub) Around(begin func(Tx) (end func())) { h.around = begin }

// Change runs f as one transaction and tells the listeners.
func (h *Hub) Change(f func(tx Tx)) {
	h.within(f)
	h.listeners.Tell()
}

func (h *Hub) within(f func(tx Tx)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	tx := Tx{h}
	if h.around != nil {
		defer h.around(tx)()
	}
	f(tx)
}

// Look runs f under the lock and tells nobody: f changes nothing that is shown.
func (h *Hub) Look(f func(tx Tx)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(Tx{h})
}

// Subscribe has f called after every change, on any goroutine and with no lock held. f
// must be quick. cancel ends it.
func (h *Hub) Subscribe(f func()) (cancel func()) { return h.listeners.Subscribe(f) }

// Context ends when the hub closes.
func (h *Hub) Context() context.Context { return h.ctx }

// Closed tells whether the hub has been closed.
func (h *Hub) Closed(Tx) bool { return h.closed }

// Go starts work in a goroutine that Close waits for; a panic in it goes to failed
// instead of ending the program. what names the work. It is false, and f is not run,
// once the hub is closed.
func (h *Hub) Go(what string, f func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.GoIn(Tx{h}, what, f)
}

// GoIn is Go within a transaction.
func (h *Hub) GoIn(_ Tx, what string, f func()) bool {
	if h.closed {
		return false
	}
	h.work.Go(func() { h.Guard(what, f) })
	return true
}

// Guard runs f; a panic in it goes to failed.
func (h *Hub) Guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			h.failed(Panic{What: what, Value: r, Stack: debug.Stack()})
		}
	}()
	f()
}

// Close lets no more work begin, ends the context and waits for the work that runs.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.cancel()
	h.work.Wait()
}

// Value is one owner's slice of the state behind a hub. What it holds is handed out as
// a value: slices and pointers in it are replaced and never written to.
type Value[S any] struct {
	hub *Hub
	s   S
}

// NewValue puts a value behind a hub.
func NewValue[S any](h *Hub, first S) *Value[S] { return &Value[S]{h, first} }

// In is the value within a transaction of its hub.
func (v *Value[S]) In(tx Tx) *S {
	if tx.hub != v.hub {
		panic("store: a transaction of another hub")
	}
	return &v.s
}

// Get is the value now.
func (v *Value[S]) Get() S {
	v.hub.mu.Lock()
	defer v.hub.mu.Unlock()
	return v.s
}

// Change changes the value alone, as one transaction.
func (v *Value[S]) Change(f func(s *S)) { v.hub.Change(func(Tx) { f(&v.s) }) }
