package dcm

import (
	"io"
	"sync"

	"hilum/internal/parallel"
)

// Stream makes an io.ReaderAt of something that can only be read from its start:
// reading forward goes on, going back starts over. open starts it.
func Stream(open func() (io.ReadCloser, error)) io.ReaderAt { return &stream{open: open} }

type stream struct {
	mu   sync.Mutex
	open func() (io.ReadCloser, error)
	r    io.ReadCloser
	at   int64
}

// ReadAt reads at a place; several goroutines may, one after the other.
func (s *stream) ReadAt(b []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r == nil || off < s.at {
		if err := s.restart(); err != nil {
			return 0, err
		}
	}
	n, err := io.CopyN(io.Discard, s.r, off-s.at)
	s.at += n
	if err != nil {
		return 0, err
	}
	k, err := io.ReadFull(s.r, b)
	s.at += int64(k)
	return k, err
}

func (s *stream) restart() error {
	if s.r != nil {
		_ = s.r.Close() // it was only read
	}
	s.r, s.at = nil, 0
	r, err := s.open()
	if err == nil {
		s.r = r
	}
	return err
}

// Rewritten is what write writes, as often as it is read.
func Rewritten(write func(io.Writer) error) (file io.ReaderAt, size int64, err error) {
	var n counter
	if err := write(&n); err != nil {
		return nil, 0, err
	}
	return Stream(func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(caught(write, w)) }() // a reader that is closed ends it
		return r, nil
	}), int64(n), nil
}

// caught is write, whose panic is an error to the reader of the pipe: nobody
// else would meet it.
func caught(write func(io.Writer) error, w io.Writer) (err error) {
	defer parallel.Recover(func(p *parallel.Panic) { err = p })
	return write(w)
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
