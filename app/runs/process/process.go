// Package process does jobs in processes of their own: the same program started again. Its
// core type is [Program]; what a job is and what it tells of itself are the caller's
// types. It imports internal/parallel.
package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"time"

	"hilum/internal/message"
	"hilum/internal/parallel"
)

// Work does a job of spec S and tells of it by events E. finish, when closed, ends it early
// and well; when ctx ends it stops. Both S and E are written as JSON.
type Work[S, E any] func(ctx context.Context, spec S, finish <-chan struct{}, emit func(E)) error

// A job runs in a process of its own, the same program started again: a crash
// or a lack of memory there takes no window down, its claim on the processor
// can be lowest without touching the window's threads, and a window that is
// killed closes the pipe by which the job sees it and writes its checkpoint.
//
// The parent writes the spec as one line to the job's standard input and keeps
// it open; "finish" on a line of its own ends training with the best weights so
// far. The job writes messages as lines of JSON to its standard output.

// workerEnv marks a process that does a job.
const workerEnv = "HILUM_JOB"

const finishLine = "finish"

// maxLine bounds a line in either direction.
const maxLine = 8 << 20

// IsChild tells whether this process was started to do a job.
func IsChild() bool { return os.Getenv(workerEnv) != "" }

// RunChild must be called early in main, before flags are read: in a process
// that was started to do a job it does it and never returns; otherwise it
// returns at once.
func RunChild[S, E any](w Work[S, E]) {
	if !IsChild() {
		return
	}
	yieldProcessor()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	if err := Serve(ctx, w, os.Stdin, os.Stdout); err != nil {
		stop()
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve does the job that comes in, and says how it goes.
func Serve[S, E any](ctx context.Context, w Work[S, E], in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() {
		return errors.Join(message.New("no job came in"), lines.Err())
	}
	var s S
	if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
		return message.Errorf("job: %w", err)
	}
	finish := make(chan struct{})
	go func() { // ends with the process: nothing else can wait for a pipe
		var once sync.Once
		for lines.Scan() {
			if lines.Text() == finishLine {
				once.Do(func() { close(finish) })
			}
		}
		cancel() // whoever wanted the job is gone
	}()
	var mu sync.Mutex
	send := func(m line[E]) {
		mu.Lock()
		defer mu.Unlock()
		if text, err := m.encode(); err != nil || write(out, text) != nil {
			cancel()
		}
	}
	err := w(ctx, s, finish, func(e E) { send(line[E]{Event: &e}) })
	if err != nil {
		send(line[E]{Error: err.Error()})
		return err
	}
	send(line[E]{Done: true})
	return nil
}

func write(out io.Writer, text []byte) error {
	_, err := out.Write(text)
	return err
}

// line is what a job writes, as a line of JSON.
type line[E any] struct {
	Event *E     `json:"event,omitempty"`
	Done  bool   `json:"done,omitempty"`  // the job ended well; the last line
	Error string `json:"error,omitempty"` // the job failed; the last line
}

func (l line[E]) encode() ([]byte, error) {
	data, err := json.Marshal(l)
	return append(data, '\n'), err
}

// Program is one whose main calls RunChild; jobs are done in processes of it.
type Program struct {
	Path string   // "" is this program
	Args []string // of the program, such as where its engine is
	Env  []string // added to this process's
}

// patience is how long a job may take to write its checkpoint after it was told
// to stop.
const patience = 2 * time.Minute

// In does jobs in processes of a program.
func In[S, E any](p Program) Work[S, E] {
	return func(ctx context.Context, spec S, finish <-chan struct{}, emit func(E)) error {
		c, err := p.start(spec)
		if err != nil {
			return err
		}
		over := make(chan struct{})
		var wait parallel.Group
		wait.Go(func() { c.steer(ctx, finish, over) })
		last, err := listen(c.out, emit)
		close(over)
		wait.Wait()
		ended := c.cmd.Wait()
		switch {
		case last.Done:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case last.Error != "":
			return errors.New(last.Error)
		}
		return message.Errorf("the job's process ended without a word (%w); if the machine ran out of memory, use smaller batches%s", errors.Join(ended, err), c.said)
	}
}

// child is a process at work.
type child struct {
	cmd  *exec.Cmd
	spec []byte // a line that it waits for
	in   io.WriteCloser
	out  io.Reader
	said *tail
}

// start starts a process; it is to be handed its job.
func (p Program) start(spec any) (*child, error) {
	path := p.Path
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil, message.Errorf("the program to start the job with: %w", err)
		}
	}
	c := &child{cmd: exec.Command(path, p.Args...), said: &tail{}}
	c.cmd.Env = append(append(os.Environ(), workerEnv+"=1"), p.Env...)
	c.cmd.Stderr = c.said
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, message.Errorf("job: %w", err)
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		return nil, message.Errorf("job: %w", err)
	}
	if c.spec, err = json.Marshal(spec); err != nil {
		return nil, message.Errorf("job: %w", err)
	}
	c.spec = append(c.spec, '\n')
	if err := c.cmd.Start(); err != nil {
		return nil, message.Errorf("the job cannot be started: %w", err)
	}
	return c, nil
}

// steer hands the job over, and passes on what the window wants of it until it
// is over.
func (c *child) steer(ctx context.Context, finish, over <-chan struct{}) {
	defer func() { _ = c.in.Close() }() // closing is the message
	if _, err := c.in.Write(c.spec); err != nil {
		return // it has ended, and says why itself
	}
	for {
		select {
		case <-over:
			return
		case <-finish:
			_, _ = io.WriteString(c.in, finishLine+"\n") // to one that has ended it does not matter
			finish = nil
		case <-ctx.Done():
			_ = c.in.Close()
			select {
			case <-over:
			case <-time.After(patience):
				_ = c.cmd.Process.Kill() // what it did since its last checkpoint is lost
			}
			return
		}
	}
}

// listen passes on events until the job's last word, or the end of its output.
func listen[E any](out io.Reader, emit func(E)) (last line[E], err error) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var m line[E]
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			continue // something else that a library printed
		}
		if m.Done || m.Error != "" {
			last = m
		} else if m.Event != nil {
			emit(*m.Event)
		}
	}
	return last, lines.Err()
}

// tail keeps the end of what a process printed.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 2000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if n := len(t.text) - maxTail; n > 0 {
		t.text = append(t.text[:0], t.text[n:]...)
	}
	return len(p), nil
}

// String is what was printed last, to follow a sentence.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(bytes.ToValidUTF8(t.text, nil)))
	if text == "" {
		return ""
	}
	if i := strings.LastIndex(text, "\n"); i >= 0 {
		text = text[i+1:]
	}
	return ": " + text
}
