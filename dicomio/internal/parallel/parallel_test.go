package parallel

import (
	"sync/atomic"
	"testing"
)

func TestRangeCoversEverythingOnce(t *testing.T) {
	for _, n := range []int{0, 1, minChunk, 5*minChunk + 3} {
		seen := make([]int32, n)
		Range(n, func(from, to int) {
			for i := from; i < to; i++ {
				atomic.AddInt32(&seen[i], 1)
			}
		})
		for i, k := range seen {
			if k != 1 {
				t.Fatalf("n %d: %d was visited %d times", n, i, k)
			}
		}
	}
}

func TestPanicsReachTheCaller(t *testing.T) {
	defer func() {
		if r := recover(); r != "on purpose" {
			t.Errorf("recovered %v", r)
		}
	}()
	Range(10*minChunk, func(from, _ int) {
		if from > 0 {
			panic("on purpose")
		}
	})
	Range(1, func(int, int) { panic("on purpose") }) // where there is one core
}
