package site

import (
	"testing"
	"time"

	"hilum/internal/message"
	"hilum/training/history"
)

// stepLine is what a terminal shows.
func TestStepLine(t *testing.T) {
	s := &history.Step{Epoch: 2, Step: 30, Of: 60, Loss: .25, Speed: 12.34, Left: 90 * time.Second, Memory: 300 << 20}
	if got, want := stepLine(message.Words{}, s, 3),
		"[============            ] epoch 2 of 3  loss 0.2500  12.3 images/s  300 MB  1m30s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
