package main

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestMayRestart(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	broken := errors.Join(windowFailed{"index out of range"}, errors.New("and more"))
	for _, c := range []struct {
		err       error
		restarted string
		want      bool
	}{
		{nil, "", false}, {errors.New("no display"), "", false}, {broken, "", true},
		{fmt.Errorf("run: %w", broken), "", true},
		{broken, "999990", false}, {broken, "999000", true}, {broken, "rubbish", false},
	} {
		if got := mayRestart(c.err, c.restarted, now); got != c.want {
			t.Errorf("%v after a restart at %q: %v", c.err, c.restarted, got)
		}
	}
}
