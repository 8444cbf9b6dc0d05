package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// withCores runs a test as on a machine with so many cores.
func withCores(t *testing.T, n int) {
	t.Helper()
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

const least = 1 << 16

func TestRangeCoversEverythingOnce(t *testing.T) {
	withCores(t, 4)
	for _, n := range []int{0, 1, least, 5*least + 3} {
		seen := make([]int32, n)
		Range(n, least, func(from, to int) {
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

func TestEachCallsForEverythingOnce(t *testing.T) {
	for _, cores := range []int{1, 4} {
		withCores(t, cores)
		for _, n := range []int{0, 1, 100} {
			seen := make([]int32, n)
			Each(n, func(i int) { atomic.AddInt32(&seen[i], 1) })
			if slices.ContainsFunc(seen, func(k int32) bool { return k != 1 }) {
				t.Errorf("%d cores, n %d: visited %v", cores, n, seen)
			}
		}
	}
}

// caught runs f and gives what it panicked with.
func caught(f func()) (p *Panic) {
	defer Recover(func(q *Panic) { p = q })
	f()
	return nil
}

func TestPanicsReachTheCaller(t *testing.T) {
	for name, f := range map[string]func(){
		"range, another's part": func() {
			Range(10*least, least, func(from, _ int) {
				if from > 0 {
					explode()
				}
			})
		},
		"range, the caller's part": func() {
			Range(10*least, least, func(from, _ int) {
				if from == 0 {
					explode()
				}
			})
		},
		"range of one part": func() { Range(1, least, func(int, int) { explode() }) },
		"each":              func() { Each(100, func(int) { explode() }) },
		"each of one":       func() { Each(1, func(int) { explode() }) },
		"group":             func() { var g Group; g.Go(explode); g.Wait() },
		"nested":            func() { Each(8, func(int) { Each(8, func(int) { explode() }) }) },
		"what lists": func() {
			_ = Feed(t.Context(), 2, func(func(int) bool) error { explode(); return nil }, nowhere)
		},
	} {
		t.Run(name, func(t *testing.T) {
			withCores(t, 4)
			p := caught(f)
			if p == nil {
				t.Fatal("nothing was raised")
			}
			if p.Value != "on purpose" || p.Error() != "internal error: on purpose" {
				t.Errorf("raised %v", p.Value)
			}
			if !strings.Contains(string(p.Stack), "explode") {
				t.Errorf("the stack does not name the place:\n%s", p.Stack)
			}
		})
	}
}

func explode() { panic("on purpose") }

func nowhere() func(int) error { return func(int) error { return nil } }

func TestPanicsOfALoopAreErrors(t *testing.T) {
	for name, run := range map[string]func(ctx context.Context) error{
		"call": func(ctx context.Context) error {
			return Loop{}.Run(ctx, 10,
				func(int) error { explode(); return nil })
		},
		"worker": func(ctx context.Context) error {
			return Loop{}.RunWith(ctx, 10, func() func(int) error { explode(); return nil })
		},
		"listener": func(ctx context.Context) error {
			return Loop{Done: func(int) { explode() }}.RunWith(ctx, 10,
				nowhere)
		},
		"feed": func(ctx context.Context) error {
			return Feed(ctx, 2, func(send func(int) bool) error {
				for send(1) { // until nobody works any more
				}
				return nil
			}, func() func(int) error { return func(int) error { explode(); return nil } })
		},
	} {
		var p *Panic
		if err := run(t.Context()); !errors.As(err, &p) || p.Value != "on purpose" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A panic whose value is an error is that error to whoever asks.
func TestPanicsUnwrap(t *testing.T) {
	err := Loop{}.Run(t.Context(), 1, func(int) error {
		var list []int
		_ = list[len(list)]
		return nil
	})
	var fault runtime.Error
	if !errors.As(err, &fault) {
		t.Errorf("%v is no runtime error", err)
	}
}

func TestLoopRunsEverythingAndCounts(t *testing.T) {
	for _, workers := range []int{0, 1, 3} {
		out := make([]int, 50)
		var told []int
		err := Loop{workers, func(n int) { told = append(told, n) }}.Run(t.Context(), len(out), func(i int) error {
			out[i] = i * i
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			if out[i] != i*i || told[i] != i+1 {
				t.Fatalf("%d workers: %d gave %d, told %d", workers, i, out[i], told[i])
			}
		}
	}
}

func TestTheFirstErrorEndsALoop(t *testing.T) {
	wrong := errors.New("wrong")
	var calls atomic.Int64
	err := Loop{Workers: 2}.Run(t.Context(), 1000, func(i int) error {
		calls.Add(1)
		if i == 3 {
			return wrong
		}
		runtime.Gosched()
		return nil
	})
	if !errors.Is(err, wrong) || calls.Load() == 1000 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

func TestLoopsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := (Loop{Done: func(int) { cancel() }}).Run(ctx, 1000, func(int) error { return nil }); !errors.Is(err,
		context.Canceled) {
		t.Error(err)
	}
	sent := 0
	err := Feed(ctx, 2, func(send func(int) bool) error {
		for send(0) {
			sent++
		}
		return nil
	}, nowhere)
	if !errors.Is(err, context.Canceled) || sent != 0 {
		t.Errorf("%v after %d", err, sent)
	}
}

func TestWorkersHaveMemoryOfTheirOwn(t *testing.T) {
	var made atomic.Int64
	err := Loop{Workers: 3}.RunWith(t.Context(), 100, func() func(int) error {
		made.Add(1)
		busy := false
		return func(int) error {
			if busy {
				return errors.New("two calls share memory")
			}
			busy = true
			runtime.Gosched()
			busy = false
			return nil
		}
	})
	if err != nil || made.Load() > 3 {
		t.Errorf("%v; %d workers", err, made.Load())
	}
}

func TestFeedWorksOnEverythingSent(t *testing.T) {
	var sum atomic.Int64
	lost := errors.New("the list broke off")
	err := Feed(t.Context(), 0, func(send func(int) bool) error {
		for i := range 1000 {
			if !send(i) {
				return fmt.Errorf("nobody took %d", i)
			}
		}
		return lost
	}, func() func(int) error {
		return func(i int) error {
			sum.Add(int64(i))
			return nil
		}
	})
	if !errors.Is(err, lost) || sum.Load() != 999*1000/2 {
		t.Errorf("%v, sum %d", err, sum.Load())
	}
}
