package store

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTransactionsAreWhole: values of one hub change together for whoever looks.
func TestTransactionsAreWhole(t *testing.T) {
	h := New(func(p Panic) { t.Error(p.What) })
	a, b := NewValue(h, 0), NewValue(h, 0)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 1000 {
				h.Change(func(tx Tx) {
					*a.In(tx)++
					*b.In(tx)++
				})
				h.Look(func(tx Tx) {
					if *a.In(tx) != *b.In(tx) {
						t.Error("half a transaction")
					}
				})
			}
		})
	}
	wait.Wait()
	if a.Get() != 4000 {
		t.Errorf("%d changes of 4000", a.Get())
	}
}

// TestListenersComeAfterTheLock: they may look and change, and what lies around a change
// sees it before and after.
func TestListenersComeAfterTheLock(t *testing.T) {
	h := New(nil)
	v := NewValue(h, 1)
	var steps [][2]int
	h.Around(func(tx Tx) func() {
		before := *v.In(tx)
		return func() { steps = append(steps, [2]int{before, *v.In(tx)}) }
	})
	told := 0
	cancel := h.Subscribe(func() {
		if told++; v.Get() == 2 {
			v.Change(func(s *int) { *s = 3 })
		}
	})
	v.Change(func(s *int) { *s = 2 })
	cancel()
	v.Change(func(s *int) { *s = 9 })
	if told != 2 || len(steps) != 3 || steps[0] != [2]int{1, 2} || steps[1] != [2]int{2, 3} ||
		steps[2] != [2]int{3, 9} {
		t.Errorf("told %d times, steps %v", told, steps)
	}
}

// TestWorkIsWaitedFor: Close ends the context and waits; no work begins after it; a
// panic is told and ends nothing.
func TestWorkIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed []Panic
		h := New(func(p Panic) { failed = append(failed, p) })
		ended := false
		h.Go("waiting", func() {
			<-h.Context().Done()
			time.Sleep(time.Second)
			ended = true
		})
		h.Go("failing", func() { panic("badly") })
		synctest.Wait()
		h.Close()
		if !ended || h.Go("late", func() { t.Error("work began after Close") }) {
			t.Error("Close did not wait, or let work begin")
		}
		if len(failed) != 1 || failed[0].What != "failing" || failed[0].Value != "badly" || len(failed[0].Stack) == 0 {
			t.Errorf("%+v", failed)
		}
	})
}

// TestAPanicInAChangeLeavesTheLock: whoever guards it can go on.
func TestAPanicInAChangeLeavesTheLock(t *testing.T) {
	failed := 0
	h := New(func(Panic) { failed++ })
	v := NewValue(h, 0)
	h.Guard("changing", func() { h.Change(func(Tx) { panic("within") }) })
	v.Change(func(s *int) { *s = 1 })
	defer func() {
		if recover() == nil {
			t.Error("a transaction of another hub was taken")
		}
	}()
	New(nil).Change(func(tx Tx) { v.In(tx) })
	if failed != 1 {
		t.Error("the panic was not told")
	}
}
