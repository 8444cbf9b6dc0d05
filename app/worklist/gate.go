package worklist

import (
	"context"
	"sync"
)

// gate holds background work between two pictures.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while the gate is open
	held bool
}

func (g *gate) hold(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case on && !g.held:
		g.open = make(chan struct{})
	case !on && g.held:
		close(g.open)
	}
	g.held = on
}

func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hold stops background scoring after the picture that is being scored, until
// it is called with false: the processors are the reader's while a picture is
// loaded or dragged.
func (l *List) Hold(on bool) { l.gate.hold(on) }

// Rested waits while scoring is held back: for other work in the background that is to be
// in nobody's way.
func (l *List) Rested(ctx context.Context) error { return l.gate.pass(ctx) }
