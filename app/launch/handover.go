package launch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hilum/internal/message"
)

// socketName is the local socket in the data folder on which a window that runs takes requests.
// It is reached by this user only: the folder is, and who calls is looked at besides.
const socketName = "window.sock"

// patience is how long either side waits for the other.
const patience = 5 * time.Second

// atOnce bounds the callers that are listened to at the same time.
const atOnce = 8

// taken is the answer to a request that was understood.
const taken = "taken\n"

// Listener takes requests until it is closed.
type Listener struct {
	listener net.Listener
	path     string
	work     sync.WaitGroup
	room     chan struct{}
	take     func(Request)
}

// Listen takes requests of later starts, in a folder of this user's: take is called for each,
// on another goroutine. Where another window listens there already, it is ErrBusy.
func Listen(dir string, take func(Request)) (*Listener, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, socketName)
	if conn, err := dial(context.Background(), dir); err == nil {
		_ = conn.Close()
		return nil, ErrBusy
	}
	if err := removeSocket(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, message.Errorf("later starts cannot reach this window: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	out := &Listener{listener: l, path: path, take: take, room: make(chan struct{}, atOnce)}
	out.work.Go(out.serve)
	return out, nil
}

// ErrBusy says that another window listens.
var ErrBusy = message.New("another window of Hilum takes what later starts ask for")

// removeSocket takes away what an earlier run left; anything but a socket stays.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return message.Errorf("%s is in the way: later starts cannot reach this window", path)
	}
	return os.Remove(path)
}

// Close stops listening and waits for what is being taken.
func (l *Listener) Close() error {
	err := l.listener.Close()
	l.work.Wait()
	return err
}

func (l *Listener) serve() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		select {
		case l.room <- struct{}{}:
			l.work.Go(func() {
				defer func() { <-l.room }()
				l.hear(conn)
			})
		default:
			_ = conn.Close()
		}
	}
}

// hear takes one line from a caller who is this user.
func (l *Listener) hear(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if conn.SetDeadline(time.Now().Add(patience)) != nil || !ours(conn) {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxLink+1)).ReadString('\n')
	if err != nil {
		return
	}
	r, err := Parse(strings.TrimSuffix(line, "\n"))
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, taken); err == nil {
		l.take(r)
	}
}

// HandOver gives a request to the window that runs; false where none takes it.
func HandOver(ctx context.Context, dir string, r Request) bool {
	conn, err := dial(ctx, dir)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if conn.SetDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	if _, err := io.WriteString(conn, r.Link()+"\n"); err != nil {
		return false
	}
	answer, err := io.ReadAll(io.LimitReader(conn, int64(len(taken))))
	return err == nil && string(answer) == taken
}

// dial reaches the window that listens in a folder, where folder and socket are this user's.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, socketName)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Type()&^fs.ModeIrregular != fs.ModeSocket || !owned(info) {
		return nil, message.Errorf("%s is no socket of yours", path)
	}
	d := net.Dialer{Timeout: patience}
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if !ours(conn) {
		return nil, errors.Join(message.Errorf("%s is another user's", path), conn.Close())
	}
	return conn, nil
}

// private makes a folder, where there is none, and refuses one that others may write in.
func private(dir string) error {
	if dir == "" {
		return message.New("there is no folder in which later starts could reach this window")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !owned(info) || writableByOthers(info) {
		return message.Errorf("others may write in the folder %s, so later starts do not reach this window", dir)
	}
	return nil
}
