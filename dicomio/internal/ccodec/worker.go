package ccodec

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"hilum/internal/message"
)

// ErrNoChild is wrapped where the program does not call RunChild, or cannot be
// started again.
var ErrNoChild = message.New("this program cannot start its codec process")

// Worker is the parent's end of a codec child. One goroutine at a time may
// use it; the zero value starts its child at the first Decode.
type Worker struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	memory int // MB, of the running child
}

// Decode has the child decode a frame. An error that is not about the data
// (crash, time, memory, ctx) ends the child; the next call starts another.
func (w *Worker) Decode(ctx context.Context, q Request) (*Frame, error) {
	if !Available(q.Kind) {
		return nil, ErrMissing
	}
	if !hooked.Load() {
		return nil, ErrNoChild
	}
	q.Threads = threads()
	if need := memoryFor(&q); w.cmd != nil && need > w.memory {
		w.Close()
	}
	if w.cmd == nil {
		if err := w.start(memoryFor(&q)); err != nil {
			return nil, message.Errorf("%w: %w", ErrNoChild, err)
		}
	}
	f, err := w.exchange(ctx, &q)
	var bad decodeError
	if err == nil || errors.As(err, &bad) {
		return f, err
	}
	w.kill()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, message.Errorf("its decoder gave up (%w)", err)
}

// exchange sends the request and reads the answer, within the time limit.
func (w *Worker) exchange(ctx context.Context, q *Request) (*Frame, error) {
	limit, cancel := context.WithTimeout(ctx, wallLimit(q))
	defer cancel()
	process := w.cmd.Process
	stop := context.AfterFunc(limit, func() { _ = process.Kill() })
	defer stop()
	err := writeRequest(w.in, q)
	if err != nil {
		return nil, err
	}
	f, err := readAnswer(w.out, q)
	if err != nil && limit.Err() != nil {
		return nil, message.New("it took too long")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, message.New("it crashed or ran out of time or memory")
	}
	return f, err
}

func (w *Worker) start(memory int) error {
	path, err := executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", childEnv, memory))
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	widen(in)
	widen(out)
	w.cmd, w.in, w.out, w.memory = cmd, in, bufio.NewReaderSize(out, 1<<16), memory
	return nil
}

// executable names this program. On Linux the kernel's name for it also works
// after the file was replaced by a newer one.
func executable() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	return os.Executable()
}

// Close lets the child end and waits for it.
func (w *Worker) Close() {
	if w.cmd == nil {
		return
	}
	_ = w.in.Close()
	process := w.cmd.Process
	stop := time.AfterFunc(time.Second, func() { _ = process.Kill() })
	_ = w.cmd.Wait()
	stop.Stop()
	w.cmd = nil
}

func (w *Worker) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.in.Close()
	_ = w.cmd.Wait()
	w.cmd = nil
}

// The limits of a child. Time is processor time, so that a busy machine does
// not fail good files; the wall clock only ends what sleeps for ever. A film
// of 5 megapixels takes OpenJPEG about 0.5 s and 60 MB.
const (
	baseMemory      = 160 // MB, of the Go runtime, thread stacks and small pictures
	bytesPerSample  = 20
	secondsBase     = 0.4
	secondsPerMega  = 1.5 // for a million samples
	wallFactor      = 6
	wallBase        = 8 * time.Second
	bytesInMegabyte = 1 << 20
)

func samples(q *Request) int { return q.Width * q.Height * q.Components }

func memoryFor(q *Request) int {
	return baseMemory + (samples(q)*bytesPerSample+3*len(q.Data))/bytesInMegabyte
}

func cpuSeconds(q *Request) float64 { return secondsBase + secondsPerMega*float64(samples(q))/1e6 }

func wallLimit(q *Request) time.Duration {
	return wallBase + time.Duration(wallFactor*cpuSeconds(q)*float64(time.Second))
}
