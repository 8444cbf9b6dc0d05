// Package parallel splits loops over the processor's cores. Its only function
// is [Range].
package parallel

import (
	"runtime"
	"sync"
)

// minChunk is how much work is worth a goroutine.
const minChunk = 1 << 16

// Range calls f for the parts of 0 to n, at the same time where n is large. A
// panic in f is raised in the caller's goroutine, where it can be recovered.
func Range(n int, f func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), (n+minChunk-1)/minChunk)
	if parts <= 1 {
		f(0, n)
		return
	}
	var wait sync.WaitGroup
	failed := make([]any, parts)
	for i := range parts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { failed[i] = recover() }()
			f(i*n/parts, (i+1)*n/parts)
		}()
	}
	wait.Wait()
	for _, r := range failed {
		if r != nil {
			panic(r)
		}
	}
}
