package dcm

import (
	"io"
	"sync"
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
