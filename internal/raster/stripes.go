package raster

import (
	"runtime"
	"sync"
)

// shortest is the number of rows under which a second goroutine costs more
// than it saves.
const shortest = 64

// stripes calls f for parts of 0..n on all cores and waits for them.
func stripes(n int, f func(from, to int)) {
	k := min(runtime.GOMAXPROCS(0), n/shortest)
	if k <= 1 {
		f(0, n)
		return
	}
	var wait sync.WaitGroup
	for i := 1; i < k; i++ {
		wait.Go(func() { f(n*i/k, n*(i+1)/k) })
	}
	f(0, n/k)
	wait.Wait()
}
