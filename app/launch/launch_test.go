package launch

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestLinks(t *testing.T) {
	for link, want := range map[string]Request{
		"hilum:?server=archive&study=1.2.3":                {"archive", "1.2.3"},
		"hilum:?study=1.2.3&server=Haus%20A":               {"Haus A", "1.2.3"},
		"hilum:/?server=a&study=1":                         {"a", "1"},
		"hilum://?server=a&study=1":                        {"a", "1"},
		"HILUM:?server=a&study=1":                          {"a", "1"},
		"hilum:?server=dicomweb%2Bhttps%3A%2F%2Fh&study=1": {"dicomweb+https://h", "1"},
	} {
		got, err := Parse(link)
		if err != nil || got != want {
			t.Errorf("%s became %+v, %v", link, got, err)
		}
		if again, err := Parse(got.Link()); err != nil || again != want {
			t.Errorf("%s became %+v, %v", got.Link(), again, err)
		}
		if !IsLink(link) {
			t.Errorf("%s is taken for a file", link)
		}
	}
	for _, link := range []string{"", "hilum", "hilum:", "http:?server=a&study=1", "hilum:?server=a", "hilum:?study=1",
		"hilum:?server=a&study=1&x=2", "hilum:?server=a&server=b&study=1", "hilum:?server=a&study=1&study=2",
		"hilum://host/?server=a&study=1", "hilum:/etc/passwd?server=a&study=1", "hilum:x?server=a&study=1",
		"hilum:?server=a&study=1#x", "hilum:?server=a&study=1#", "hilum://u@/?server=a&study=1", "hilum:?server=a&study=1.",
		"hilum:?server=a&study=..", "hilum:?server=a&study=1%2F2", "hilum:?server=a%0Ab&study=1", "hilum:?server=&study=1",
		"hilum:?server=a;study=1", "hilum:?server=%ff&study=1", "hilum:?server=a&study=" + strings.Repeat("1", 65),
		"hilum:?server=" + strings.Repeat("a", 3000) + "&study=1"} {
		if r, err := Parse(link); err == nil {
			t.Errorf("%s became %+v", link, r)
		}
	}
	if IsLink("hilum.dcm") || IsLink("/tmp/hilum:x") {
		t.Error("a file is taken for a link")
	}
}

// FuzzParse: whatever a link holds, what is let through is a server and a UID, and is read
// again as the same.
func FuzzParse(f *testing.F) {
	for _, link := range []string{"hilum:?server=archive&study=1.2.3", "hilum://?study=1&server=a%20b", "hilum:?server=a&study=1#",
		"hilum:?server=%ff&study=1", "hilum:?server=a&study=1&study=2", "hilum:/x?server=a&study=1"} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		r, err := Parse(link)
		if err != nil {
			return
		}
		if strings.Trim(r.Study, "0123456789.") != "" || len(r.Study) > maxUID || r.Server == "" || len(r.Server) > maxServer ||
			strings.ContainsAny(r.Server, "\n\r\x00\x1b") {
			t.Errorf("%q became %+v", link, r)
		}
		if again, err := Parse(r.Link()); err != nil || again != r {
			t.Errorf("%q became %+v, then %+v: %v", link, r, again, err)
		}
	})
}

// TestAWindowTakesWhatALaterStartAsks, and is the only one that does; when it is gone nobody
// takes it, and what is left of its socket is in nobody's way.
func TestAWindowTakesWhatALaterStartAsks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	want := Request{"archive", "1.2.3"}
	if HandOver(context.Background(), dir, want) {
		t.Fatal("nobody took it")
	}
	got := make(chan Request, 9)
	for range 2 {
		l, err := Listen(dir, func(r Request) { got <- r })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Listen(dir, func(Request) {}); !errors.Is(err, ErrBusy) {
			t.Errorf("two windows listen: %v", err)
		}
		if !HandOver(context.Background(), dir, want) || <-got != want {
			t.Error("it was not taken")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if HandOver(context.Background(), dir, want) {
			t.Error("a window that is closed took it")
		}
		// a window that was killed leaves its socket
		left, err := net.Listen("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		left.(*net.UnixListener).SetUnlinkOnClose(false)
		_ = left.Close()
	}
}

// TestHostileLines are answered by nothing, end, and stop nobody else from being heard.
func TestHostileLines(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	got := make(chan Request, 9)
	l, err := Listen(dir, func(r Request) { got <- r })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, line := range []string{"\n", "quit\n", "hilum:?server=a\n", strings.Repeat("a", 1<<20),
		"hilum:?server=a&study=1", "hilum:?server=" + strings.Repeat("a", 1000) + "%0A&study=1\n"} {
		conn, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		_, _ = conn.Write([]byte(line))
		_ = conn.(*net.UnixConn).CloseWrite()
		answer := make([]byte, 16)
		if n, _ := conn.Read(answer); n > 0 {
			t.Errorf("%.40q was answered with %q", line, answer[:n])
		}
		_ = conn.Close()
	}
	if !HandOver(context.Background(), dir, Request{"a", "1"}) || <-got != (Request{"a", "1"}) || len(got) > 0 {
		t.Error("after hostile lines nobody is heard, or they were taken")
	}
}

// TestOnlyThisUser: a folder in which others may write, or a file in the socket's place, is
// refused.
func TestOnlyThisUser(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system keeps the profile")
	}
	open := t.TempDir()
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(open, func(Request) {}); err == nil || HandOver(context.Background(), open, Request{"a", "1"}) {
		_ = l.Close()
		t.Error("a folder of everybody's is used")
	}
	if _, err := Listen("", func(Request) {}); err == nil {
		t.Error("no folder is used")
	}
	taken := t.TempDir()
	path := filepath.Join(taken, socketName)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(taken, func(Request) {}); err == nil {
		t.Error("a file in the way was replaced")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("%q %v", data, err)
	}
}
