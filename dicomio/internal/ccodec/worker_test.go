package ccodec

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// modeEnv makes the child of a test misbehave.
const modeEnv = "HILUM_CODEC_TEST_MODE"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" && os.Getenv(modeEnv) != "" {
		misbehave(os.Getenv(modeEnv))
	}
	RunChild()
	os.Exit(m.Run())
}

func misbehave(mode string) {
	limitProcess(200)
	q, err := readRequest(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	limitTime(q)
	switch mode {
	case "spin":
		for n := 0; n >= 0; n++ { // burns time until the limit, for years
			n &= 1<<20 - 1
		}
	case "eat":
		var kept [][]byte
		for {
			kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
			if len(kept) > 4<<10 { // the limit did not hold
				_, _ = io.WriteString(os.Stdout, strings.Repeat("x", 100))
			}
		}
	case "garbage":
		_, _ = io.WriteString(os.Stdout, strings.Repeat("x", 1<<10))
	case "sleep":
		time.Sleep(time.Minute)
	}
	os.Exit(1)
}

func request() Request {
	return Request{Kind: JPEG2000, Width: 8, Height: 8, Components: 1, Data: make([]byte, 100)}
}

func needLibrary(t *testing.T, k Codec) {
	t.Helper()
	if !Available(k) {
		t.Skip("the library is not built in (tags openjpeg, charls)")
	}
}

func TestChildrenThatGoWrongAreErrors(t *testing.T) {
	needLibrary(t, JPEG2000)
	for _, mode := range []string{"exit", "garbage", "eat", "spin"} {
		t.Run(mode, func(t *testing.T) {
			if mode == "eat" && underRace {
				t.Skip("the race detector lifts the memory limit")
			}
			t.Setenv(modeEnv, mode)
			w := &Worker{}
			defer w.Close()
			start := time.Now()
			if _, err := w.Decode(context.Background(), request()); err == nil || !strings.Contains(err.Error(), "gave up") {
				t.Errorf("error is %v", err)
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}

func TestCancellingEndsTheChild(t *testing.T) {
	needLibrary(t, JPEG2000)
	t.Setenv(modeEnv, "sleep")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	w := &Worker{}
	defer w.Close()
	start := time.Now()
	if _, err := w.Decode(ctx, request()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

// A bad frame does not cost the next one its child.
func TestBadDataLeavesTheChildAlive(t *testing.T) {
	for _, kind := range []Codec{JPEG2000, JPEGLS} {
		if !Available(kind) {
			continue
		}
		w := &Worker{}
		defer w.Close()
		q := request()
		q.Kind = kind
		for range 3 {
			_, err := w.Decode(context.Background(), q)
			var bad decodeError
			if !errors.As(err, &bad) || w.cmd == nil {
				t.Errorf("kind %d: error is %v", kind, err)
			}
		}
	}
}

func TestMissingLibrariesAreNamed(t *testing.T) {
	w := &Worker{}
	if _, err := w.Decode(context.Background(), Request{Kind: 99}); !errors.Is(err, ErrMissing) {
		t.Errorf("error is %v", err)
	}
}

func TestWireRoundTrip(t *testing.T) {
	var b bytes.Buffer
	q := &Request{Kind: JPEGLS, Width: 3, Height: 2, Components: 1, Reduce: 1, Threads: 2, Data: []byte{1, 2, 3}}
	if err := writeRequest(&b, q); err != nil {
		t.Fatal(err)
	}
	got, err := readRequest(&b)
	if err != nil || got.Kind != JPEGLS || got.Width != 3 || got.Reduce != 1 || !bytes.Equal(got.Data, q.Data) {
		t.Errorf("%+v, %v", got, err)
	}
	w := bufio.NewWriter(&b)
	q.Reduce = 0
	f := &Frame{Width: 3, Height: 2, Components: 1, Precision: 12, Signed: true, Size: 2, Pix: make([]byte, 12)}
	if err := writeAnswer(w, f, nil); err != nil {
		t.Fatal(err)
	}
	if g, err := readAnswer(&b, q); err != nil || g.Precision != 12 || !g.Signed || len(g.Pix) != 12 {
		t.Errorf("%+v, %v", g, err)
	}
	f.Pix = f.Pix[:10]
	if err := writeAnswer(w, f, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := readAnswer(&b, q); err == nil {
		t.Error("an answer of the wrong length was accepted")
	}
}
