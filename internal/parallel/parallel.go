// Package parallel spreads work over the processor's cores so that a panic in it
// never ends the process from a goroutine that nobody guards: it is raised again
// in the goroutine that waits, or is returned as an error. Workers are bounded by
// the number of cores, and nothing here outlives the call that began it, a
// [Group] apart.
//
// [Each] and [Range] are loops of arithmetic, [Loop] is one that can fail, be
// stopped and be watched, [Feed] works on what is found meanwhile. Its core type
// is [Panic]. It imports the standard library only.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f for 0 to n-1, at the same time where there are cores for it, and
// returns when all are done. A panic in f is raised in the caller's goroutine as
// a *[Panic], when the calls that had begun have ended.
func Each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var g Group
	worker := func() {
		for !g.failed() {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			f(i)
		}
	}
	for range workers - 1 {
		g.Go(worker)
	}
	g.run(worker)
	g.Wait()
}

// Grain is how many simple operations, as of a pixel, are worth a goroutine.
const Grain = 1 << 16

// Range calls f for parts of 0 to n that follow each other, at the same time
// where n is so large that every part has at least so many. Panics are raised as
// by [Each].
func Range(n, least int, f func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n/least)
	if parts < 2 {
		f(0, n)
		return
	}
	var g Group
	for i := 1; i < parts; i++ {
		g.Go(func() { f(n*i/parts, n*(i+1)/parts) })
	}
	g.run(func() { f(0, n/parts) })
	g.Wait()
}

// Group is goroutines that somebody waits for. The zero value is ready.
type Group struct {
	wait  sync.WaitGroup
	first atomic.Pointer[Panic]
}

// Go runs f beside the caller.
func (g *Group) Go(f func()) { g.wait.Go(func() { g.run(f) }) }

// run is f, whose panic waits for [Group.Wait].
func (g *Group) run(f func()) {
	defer Recover(func(p *Panic) { g.first.CompareAndSwap(nil, p) })
	f()
}

func (g *Group) failed() bool { return g.first.Load() != nil }

// Wait returns when all that [Group.Go] began has ended. The first panic of it,
// if any, is raised here, as a *[Panic].
func (g *Group) Wait() {
	g.wait.Wait()
	if p := g.first.Load(); p != nil {
		panic(p)
	}
}
