package runs

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

// Starter does a job, as Worker.Do does.
type Starter func(ctx context.Context, s Spec, finish <-chan struct{}, emit func(Event)) error

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

// RunChild must be called early in main, before flags are read: in a process
// that was started to do a job it does it and never returns; otherwise it
// returns at once.
func RunChild(w Worker) {
	if os.Getenv(workerEnv) == "" {
		return
	}
	yieldProcessor()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	if err := serve(ctx, w, os.Stdin, os.Stdout); err != nil {
		stop()
		os.Exit(1)
	}
	os.Exit(0)
}

// serve does the job that comes in, and says how it goes.
func serve(ctx context.Context, w Worker, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() {
		return errors.Join(message.New("no job came in"), lines.Err())
	}
	var s Spec
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
	send := func(m jobLine) {
		mu.Lock()
		defer mu.Unlock()
		if line, err := m.line(); err != nil || write(out, line) != nil {
			cancel()
		}
	}
	err := w.Do(ctx, s, finish, func(e Event) { send(jobLine{Event: e}) })
	if err != nil {
		send(jobLine{Error: err.Error()})
		return err
	}
	send(jobLine{Done: true})
	return nil
}

func write(out io.Writer, line []byte) error {
	_, err := out.Write(line)
	return err
}

// Process starts jobs in processes of a program whose main calls RunChild.
type Process struct {
	Program string   // path; "" is this program
	Args    []string // of the program, such as where its engine is
	Env     []string // added to this process's
}

// patience is how long a job may take to write its checkpoint after it was told
// to stop.
const patience = 2 * time.Minute

// Do is a Starter.
func (p Process) Do(ctx context.Context, s Spec, finish <-chan struct{}, emit func(Event)) error {
	program := p.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return message.Errorf("the program to start the job with: %w", err)
		}
	}
	cmd := exec.Command(program, p.Args...)
	cmd.Env = append(append(os.Environ(), workerEnv+"=1"), p.Env...)
	said := &tail{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		return message.Errorf("job: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return message.Errorf("job: %w", err)
	}
	spec, err := json.Marshal(s)
	if err != nil {
		return message.Errorf("job: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return message.Errorf("the job cannot be started: %w", err)
	}
	over := make(chan struct{})
	var wait parallel.Group
	wait.Go(func() { steer(ctx, in, append(spec, '\n'), finish, over, cmd.Process) })
	last, err := listen(out, emit)
	close(over)
	wait.Wait()
	ended := cmd.Wait()
	switch {
	case last.Done:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case last.Error != "":
		return errors.New(last.Error)
	}
	return message.Errorf("the job's process ended without a word (%w); if the machine ran out of memory, use smaller batches%s", errors.Join(ended, err), said)
}

// steer hands the job over, and passes on what the window wants of it until it
// is over.
func steer(ctx context.Context, in io.WriteCloser, spec []byte, finish, over <-chan struct{}, p *os.Process) {
	defer func() { _ = in.Close() }() // closing is the message
	if _, err := in.Write(spec); err != nil {
		return // it has ended, and says why itself
	}
	for {
		select {
		case <-over:
			return
		case <-finish:
			_, _ = io.WriteString(in, finishLine+"\n") // to one that has ended it does not matter
			finish = nil
		case <-ctx.Done():
			_ = in.Close()
			select {
			case <-over:
			case <-time.After(patience):
				_ = p.Kill() // what it did since its last checkpoint is lost
			}
			return
		}
	}
}

// listen passes on events until the job's last word, or the end of its output.
func listen(out io.Reader, emit func(Event)) (last jobLine, err error) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var m jobLine
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			continue // something else that a library printed
		}
		if m.Done || m.Error != "" {
			last = m
		} else {
			emit(m.Event)
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
