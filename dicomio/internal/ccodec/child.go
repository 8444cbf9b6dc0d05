package ccodec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"hilum/internal/message"
)

// childEnv marks a child; its value is the limit of its memory in MB.
const childEnv = "HILUM_CODEC_CHILD"

// hooked says that this program calls RunChild first thing, so that starting
// it again gives a codec and not a second window. It is a fact about the
// program, set once and never taken back.
var hooked atomic.Bool

// RunChild turns the process into a codec when it was started as one, and
// never returns then. Programs call it first thing in main, tests in TestMain.
func RunChild() {
	hooked.Store(true)
	limit := os.Getenv(childEnv)
	if limit == "" {
		return
	}
	var mb int
	if _, err := fmt.Sscanf(limit, "%d", &mb); err != nil || mb <= 0 {
		os.Exit(2)
	}
	limitProcess(mb)
	debug.SetGCPercent(400)
	if err := serve(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// The wire format, little endian. Request: kind, reduce, threads, then width,
// height, components, length of the data as 32-bit words, data. Answer: size
// of a sample (0 for an error), precision, signed, then width, height,
// components, length; pixels, or the error's text.
type wire struct {
	A, B, C       uint8
	_             uint8
	Width, Height uint32
	Components    uint32
	Length        uint32
}

// maxData bounds a message; frames are far smaller.
const maxData = 1 << 30

// serve answers requests until the parent closes the pipe.
func serve(in io.Reader, out io.Writer) error {
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriterSize(out, 1<<16)
	for {
		q, err := readRequest(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		limitTime(q)
		f, err := decode(q)
		if err := writeAnswer(w, f, err); err != nil {
			return err
		}
	}
}

func readRequest(r io.Reader) (*Request, error) {
	var h wire
	if err := binary.Read(r, binary.LittleEndian, &h); err != nil {
		return nil, err
	}
	if h.Length > maxData {
		return nil, message.New("request too long")
	}
	q := &Request{Kind: Codec(h.A), Reduce: int(h.B), Threads: int(h.C),
		Width: int(h.Width), Height: int(h.Height), Components: int(h.Components), Data: make([]byte, h.Length)}
	if _, err := io.ReadFull(r, q.Data); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return q, nil
}

func writeRequest(w io.Writer, q *Request) error {
	h := wire{A: uint8(q.Kind), B: uint8(q.Reduce), C: uint8(q.Threads), Width: uint32(q.Width),
		Height: uint32(q.Height), Components: uint32(q.Components), Length: uint32(len(q.Data))}
	if err := binary.Write(w, binary.LittleEndian, h); err != nil {
		return err
	}
	_, err := w.Write(q.Data)
	return err
}

func writeAnswer(w *bufio.Writer, f *Frame, failed error) error {
	h, body := wire{}, []byte(nil)
	if failed != nil {
		body = []byte(failed.Error())
	} else {
		h = wire{A: uint8(f.Size), B: uint8(f.Precision), Width: uint32(f.Width), Height: uint32(f.Height),
			Components: uint32(f.Components)}
		if f.Signed {
			h.C = 1
		}
		body = f.Pix
	}
	h.Length = uint32(len(body))
	if err := binary.Write(w, binary.LittleEndian, h); err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	return w.Flush()
}

func readAnswer(r io.Reader, q *Request) (*Frame, error) {
	var h wire
	if err := binary.Read(r, binary.LittleEndian, &h); err != nil {
		return nil, err
	}
	f := &Frame{Size: int(h.A), Precision: int(h.B), Signed: h.C == 1,
		Width: int(h.Width), Height: int(h.Height), Components: int(h.Components)}
	want := scaled(q.Width, q.Reduce) * scaled(q.Height, q.Reduce) * q.Components * f.Size
	if f.Size == 0 {
		want = min(int(h.Length), 1<<12)
	}
	if int(h.Length) != want {
		return nil, message.New("the codec process gave a wrong answer")
	}
	body := make([]byte, want)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if f.Size == 0 {
		return nil, decodeError(body)
	}
	f.Pix = body
	return f, nil
}

// decodeError is what the library said of the data, as against a child that
// went wrong.
type decodeError string

func (e decodeError) Error() string { return string(e) }

// threads is how many the library may use.
func threads() int { return min(4, runtime.GOMAXPROCS(0)) }
