// Package ccodec decodes JPEG 2000 (also high-throughput) and JPEG-LS with the
// system's C libraries, in a child process: the program starts itself again
// with time and memory limits, so that a library that crashes, hangs or eats
// memory on a hostile file is an error here and nothing more. Its core type is
// [Worker], the parent's end of such a child.
//
// The build tags openjpeg and charls say which libraries are linked; a build
// without them works and names what it cannot read.
package ccodec

import (
	"hilum/internal/message"
)

// Codec is a compression.
type Codec uint8

// The compressions decoded here.
const (
	JPEG2000 Codec = iota + 1 // also high-throughput
	JPEGLS
)

// ErrMissing is returned for a kind whose library was not built in.
var ErrMissing = message.New("this build lacks the library for it")

// Request asks for one frame.
type Request struct {
	Kind                      Codec
	Width, Height, Components int // as the DICOM header says
	Reduce                    int // halve the size so many times (JPEG 2000 only)
	Threads                   int
	Data                      []byte
}

// Frame is a decoded frame: interleaved little-endian samples.
type Frame struct {
	Width, Height, Components int
	Precision                 int
	Signed                    bool
	Size                      int // bytes of a sample, 1, 2 or 4
	Pix                       []byte
}

// Available says whether kind can be decoded in this build.
func Available(k Codec) bool {
	switch k {
	case JPEG2000:
		return haveOpenJPEG
	case JPEGLS:
		return haveCharLS
	}
	return false
}

// decode runs the library. Only the child calls it.
func decode(q *Request) (*Frame, error) {
	switch {
	case !Available(q.Kind):
		return nil, ErrMissing
	case len(q.Data) < 16:
		return nil, message.New("the compressed data is too short")
	case q.Kind == JPEG2000:
		return decodeJPEG2000(q)
	}
	return decodeJPEGLS(q)
}

// scaled is the size of a side after halving it reduce times, rounded up.
func scaled(n, reduce int) int { return (n + 1<<reduce - 1) >> reduce }

// sampleSize is the bytes that a sample of so many bits takes.
func sampleSize(precision int) int {
	switch {
	case precision <= 8:
		return 1
	case precision <= 16:
		return 2
	}
	return 4
}

func mismatch(what string, w, h, n int, q *Request) error {
	return message.Errorf("the %s data is %d x %d with %d components, the header says %d x %d with %d",
		what, w, h, n, q.Width, q.Height, q.Components)
}
