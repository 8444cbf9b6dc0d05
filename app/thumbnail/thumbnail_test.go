package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hilum/app/apptest"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/internal/store"
)

// halves is a film whose left half has the lowest value and the right the highest.
func halves(w, h int) *dicomio.Image {
	im := &dicomio.Image{
		Format: dicomio.PNG, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 8, Photometric: "MONOCHROME2",
		Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h),
	}
	for i := range im.Stored {
		if i%w >= w/2 {
			im.Stored[i] = 255
		}
	}
	return im
}

func shelf(t *testing.T, rest func(context.Context) error) *Shelf {
	t.Helper()
	h := store.New(func(p store.Panic) { t.Errorf("%v", p) })
	t.Cleanup(h.Close)
	return New(h, rest)
}

func always(context.Context) error { return nil }

// made waits until so many pictures were made.
func (s *Shelf) made(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); s.state.Get().Thumbnails < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d pictures were made, want %d", s.state.Get().Thumbnails, n)
		}
	}
}

// TestSmallPicture keeps the film's shape and what is dark and bright in it: the mean of
// each half of a film of two values is the value.
func TestSmallPicture(t *testing.T) {
	s := shelf(t, always)
	i := apptest.Instance("wide.png", func(context.Context, string) (*dicomio.Image, error) {
		return halves(1024, 512),
			nil
	})
	if s.Of(i) != nil {
		t.Fatal("there before it was made")
	}
	s.made(t, 1)
	small := s.Of(i)
	if small == nil || small.Bounds().Dx() != side || small.Bounds().Dy() != side/2 {
		t.Fatalf("the small picture is %v, want %d by %d", small, side, side/2)
	}
	if l, r := small.NRGBAAt(10, 30).R, small.NRGBAAt(side-10, 30).R; l != 0 || r != 255 {
		t.Errorf("left %d, right %d, want 0 and 255", l, r)
	}
	if s.Of(i) != small {
		t.Error("made twice")
	}
}

// TestDamagedImageHasNone, and is tried once.
func TestDamagedImageHasNone(t *testing.T) {
	s := shelf(t, always)
	var tried atomic.Int32
	i := apptest.Instance("bad.png", func(context.Context, string) (*dicomio.Image, error) {
		tried.Add(1)
		return nil, errors.New("damaged")
	})
	s.Of(i)
	s.made(t, 1)
	if s.Of(i) != nil || tried.Load() != 1 {
		t.Errorf("a picture, or tried %d times", tried.Load())
	}
}

// TestShelfIsBounded: what was not used for longest goes, what was wanted first is forgotten.
func TestShelfIsBounded(t *testing.T) {
	hold := make(chan struct{})
	s := shelf(t, func(ctx context.Context) error {
		select {
		case <-hold:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	var decoded atomic.Int32
	image := func(n int) *scan.Instance {
		return apptest.Instance(fmt.Sprint(n), func(context.Context, string) (*dicomio.Image, error) {
			decoded.Add(1)
			return halves(4, 4), nil
		})
	}
	for n := range mostWanted * 3 {
		s.Of(image(n))
	}
	if decoded.Load() != 0 {
		t.Error("decoded while the reader is at work")
	}
	close(hold)
	s.made(t, mostWanted)
	time.Sleep(20 * time.Millisecond)
	if n := decoded.Load(); n > mostWanted+1 { // one had been taken
		t.Errorf("%d films were decoded for %d that can be wanted", n, mostWanted)
	}
	s.hub.Look(func(store.Tx) {
		first := image(-1)
		s.put(first, nil)
		for n := range mostKept - 1 {
			s.put(image(n), nil)
		}
		s.use(first)
		last := image(-2)
		s.put(last, nil)
		if _, ok := s.kept[first]; !ok || len(s.kept) != mostKept || len(s.order) != mostKept {
			t.Errorf("%d kept in an order of %d, the one used lately %v", len(s.kept), len(s.order), ok)
		}
	})
}
