package export

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"hilum/internal/home"
	"hilum/internal/message"
)

// Printer gives files to the system's printer.
type Printer struct {
	// Run runs a program and returns what it printed; nil runs it. Tests put
	// their own in.
	Run func(ctx context.Context, name string, args ...string) (string, error)
}

// ErrNoPrinter is returned where the system has no way to print.
var ErrNoPrinter = message.New("this system has no printer for lp")

// Print gives a file to the default printer of CUPS by lp. It returns
// ErrNoPrinter, wrapped, where there is no lp or no default printer.
func (p Printer) Print(ctx context.Context, path, title string) error {
	run := p.Run
	if run == nil {
		run = runProgram
	}
	if out, err := run(ctx, "lpstat", "-d"); err != nil || !strings.Contains(out, ":") {
		return message.Errorf("%w: %s", ErrNoPrinter, firstLine(out, "lpstat names none"))
	}
	if out, err := run(ctx, "lp", "-t", title, "--", path); err != nil {
		return message.Errorf("lp did not print %s: %s", filepath.Base(path), firstLine(out, err.Error()))
	}
	return nil
}

func runProgram(ctx context.Context, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "LC_ALL=C")
	out, err := c.CombinedOutput()
	return string(out), err
}

// firstLine is what a program said, or something else when it said nothing.
func firstLine(out, otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if line == "" {
		return otherwise
	}
	return line
}

// documents is the folder for what the program makes for a person.
func documents() (string, error) {
	dir, err := home.Documents()
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// clipboardProgram is what copies a picture from its input, "" for nothing.
func clipboardProgram(wayland bool, look func(string) (string, error)) (name string, args []string) {
	tools := [][]string{{"xclip", "-selection", "clipboard", "-t", "image/png", "-i"},
		{"wl-copy", "--type", "image/png"}}
	if wayland {
		tools[0], tools[1] = tools[1], tools[0]
	}
	for _, t := range tools {
		if _, err := look(t[0]); err == nil {
			return t[0], t[1:]
		}
	}
	return "", nil
}
