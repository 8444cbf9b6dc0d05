package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/internal/message"
)

// count is a job of the tests: it counts up to a number.
type count struct{ To int }

func counting(ctx context.Context, c count, finish <-chan struct{}, emit func(int)) error {
	for n := range c.To {
		emit(n)
	}
	switch c.To {
	case 1:
		return message.New("one is not enough")
	case 2:
		<-ctx.Done()
		return ctx.Err()
	case 3:
		<-finish
	}
	return nil
}

// TestMain lets the test's program do jobs.
func TestMain(m *testing.M) {
	RunChild(counting)
	os.Exit(m.Run())
}

// TestJobsCrossTheProcess: spec and events arrive whole and in order, an error is the
// job's own sentence, and both ways to end a job reach it.
func TestJobsCrossTheProcess(t *testing.T) {
	work := In[count, int](Program{})
	var got []int
	emit := func(n int) { got = append(got, n) }
	if err := work(t.Context(), count{To: 5}, nil, emit); err != nil || !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
		t.Errorf("%v, %v", got, err)
	}
	if err := work(t.Context(), count{To: 1}, nil, emit); err == nil || err.Error() != "one is not enough" {
		t.Errorf("%v", err)
	}
	finish := make(chan struct{})
	if err := work(t.Context(), count{To: 3}, finish, func(n int) {
		if n == 2 {
			close(finish)
		}
	}); err != nil {
		t.Errorf("finished: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := work(ctx, count{To: 2}, nil, func(int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestProcessThatDies: one that ends without a word is told of, and a pause waits for its
// end.
func TestProcessThatDies(t *testing.T) {
	shell := func(script string) Work[count, int] {
		return In[count, int](Program{Path: "/bin/sh", Args: []string{"-c", script}})
	}
	for _, c := range []struct{ script, want string }{
		{"exit 3", "without a word"}, {"echo out of memory >&2; kill -9 $$", "out of memory"},
		{`echo '{"error": "no such film"}'; exit 1`, "no such film"},
	} {
		err := shell(c.script)(t.Context(), count{}, nil, func(int) {})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.script, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := shell("while read line; do :; done")(ctx, count{}, nil, func(int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("paused: %v", err)
	}
	absent := In[count, int](Program{Path: filepath.Join(t.TempDir(), "nothing")})
	if absent(t.Context(), count{}, nil, func(int) {}) == nil {
		t.Error("a program that is not there was started")
	}
}
