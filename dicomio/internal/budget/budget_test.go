package budget

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// The oldest lease goes on whatever others hold; younger ones wait for it.
func TestTheOldestNeverWaits(t *testing.T) {
	b := newBudget(100)
	ctx := context.Background()
	first, second := b.Batch(), b.Batch()
	if err := second.Grow(ctx, 90); err != nil {
		t.Fatal(err)
	}
	if err := first.Grow(ctx, 500); err != nil {
		t.Fatal(err)
	}
	third, got := b.Batch(), make(chan error, 1)
	go func() { got <- third.Grow(ctx, 50) }()
	select {
	case <-got:
		t.Fatal("a younger lease took what was not there")
	case <-time.After(20 * time.Millisecond):
	}
	first.Close()
	second.Close()
	if err := <-got; err != nil || b.Used() != 50 {
		t.Errorf("%v, %d in use", err, b.Used())
	}
	third.Close()
	third.Close()
	if b.Used() != 0 {
		t.Errorf("%d in use after all were closed", b.Used())
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	b := newBudget(10)
	old, young := b.Batch(), b.Batch()
	if err := old.Grow(context.Background(), 10); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := young.Grow(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Many at a time never hold more than the budget and the oldest together.
func TestNoMoreThanTheBudgetAndTheOldest(t *testing.T) {
	b := newBudget(100)
	var wait sync.WaitGroup
	for range 50 {
		l := b.Batch()
		wait.Go(func() {
			defer l.Close()
			if err := l.Grow(context.Background(), 40); err != nil {
				t.Error(err)
			}
			if u := b.Used(); u > 140 {
				t.Errorf("%d in use", u)
			}
			time.Sleep(time.Millisecond)
		})
	}
	wait.Wait()
}

// What is decoded without a lease never waits: it may be wanted by who holds one.
func TestPlainLeasesDoNotWait(t *testing.T) {
	l, done := From(context.Background())
	defer done()
	if err := l.Grow(context.Background(), 2*total); err != nil {
		t.Fatal(err)
	}
	held := Shared.Batch()
	defer held.Close()
	in, nothing := From(With(context.Background(), held))
	nothing()
	if in != held {
		t.Error("the lease of the context was not found")
	}
}
