// Package watch tells whoever asked that something changed. Its core type is
// [Listeners]; it imports only the standard library.
package watch

import (
	"maps"
	"slices"
	"sync"
)

// Listeners are functions to be called after a change. The zero value has none.
// All methods may be called from any goroutine.
type Listeners struct {
	mu   sync.Mutex
	f    map[int]func()
	next int
}

// Subscribe has f called at every Tell, on its goroutine. f must be quick. cancel
// ends it; it may be called again.
func (l *Listeners) Subscribe(f func()) (cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		l.f = map[int]func(){}
	}
	id := l.next
	l.next++
	l.f[id] = f
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.f, id)
	}
}

// Tell calls all of them, with no lock held, so that they may subscribe and
// cancel.
func (l *Listeners) Tell() {
	l.mu.Lock()
	all := slices.Collect(maps.Values(l.f))
	l.mu.Unlock()
	for _, f := range all {
		f()
	}
}
