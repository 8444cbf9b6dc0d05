package watch

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestTell(t *testing.T) {
	var l Listeners
	l.Tell()
	var a, b int
	cancelA := l.Subscribe(func() { a++ })
	var cancelB func()
	cancelB = l.Subscribe(func() { b++; cancelB() }) // no lock is held
	l.Tell()
	l.Tell()
	cancelA()
	cancelA()
	l.Tell()
	if a != 2 || b != 1 {
		t.Errorf("called %d and %d times, want 2 and 1", a, b)
	}
}

func TestManyAtOnce(t *testing.T) {
	var l Listeners
	var n atomic.Int64
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				cancel := l.Subscribe(func() { n.Add(1) })
				l.Tell()
				cancel()
			}
		})
	}
	wait.Wait()
	before := n.Load()
	if l.Tell(); before < 800 || n.Load() != before {
		t.Errorf("called %d times, and %d after all were cancelled", before, n.Load()-before)
	}
}
