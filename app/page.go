package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"hilum/internal/home"
	"hilum/internal/regular"
)

// Page writes the one-page report of the current picture into a folder, without
// the patient's identity, and returns its path.
func (s *Session) Page(ctx context.Context, dir string) (string, error) {
	st := s.State()
	if st.Picture == nil {
		return "", ErrNoPicture
	}
	s.mu.Lock()
	model := s.model
	s.mu.Unlock()
	sub := Subject{
		Image: st.Picture.Image, Result: st.Result, Model: model, Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Map: st.Map, Maps: st.ClassMaps(),
		Marks: st.Measure.Sheet.Marks, Scale: st.Measure.Scale,
	}
	files, err := (&Exporter{Words: s.words(), Files: s.own}).Export(ctx, sub, dir, ExportPDF)
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// Printer gives files to the system's printer.
type Printer struct {
	// Run runs a program and returns what it printed; nil runs it. Tests put
	// their own in.
	Run func(ctx context.Context, name string, args ...string) (string, error)
}

// ErrNoPrinter is returned where the system has no way to print.
var ErrNoPrinter = errors.New("this system has no printer for lp")

// Print gives a file to the default printer of CUPS by lp. It returns
// ErrNoPrinter, wrapped, where there is no lp or no default printer.
func (p Printer) Print(ctx context.Context, path, title string) error {
	run := p.Run
	if run == nil {
		run = runProgram
	}
	if out, err := run(ctx, "lpstat", "-d"); err != nil || !strings.Contains(out, ":") {
		return fmt.Errorf("%w: %s", ErrNoPrinter, firstLine(out, "lpstat names none"))
	}
	if out, err := run(ctx, "lp", "-t", title, "--", path); err != nil {
		return fmt.Errorf("lp did not print %s: %s", filepath.Base(path), firstLine(out, err.Error()))
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

// PrintPage prints the one-page report of the current picture, or says where it
// lies when there is no printer. The text is for the reader.
func (s *Session) PrintPage(ctx context.Context, p Printer) (string, error) {
	dir, err := documents()
	if err != nil {
		return "", err
	}
	path, err := s.Page(ctx, dir)
	if err != nil {
		return "", err
	}
	switch err := p.Print(ctx, path, "Hilum"); {
	case errors.Is(err, ErrNoPrinter):
		return fmt.Sprintf("No printer was found. The page was saved as %s; print it from there.", path), nil
	case err != nil:
		return "", fmt.Errorf("%w; the page was saved as %s", err, path)
	}
	return fmt.Sprintf("The page was sent to the printer. It also lies at %s.", path), nil
}

// documents is the folder for what the program makes for a person.
func documents() (string, error) {
	dir, err := home.Documents()
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// CopyPicture puts the current picture, as it is exported, on the system's
// clipboard through wl-copy or xclip: the toolkit's own clipboard holds text
// only. Where neither program is there the picture is saved, and what to tell
// the reader is returned with its path.
func (s *Session) CopyPicture(ctx context.Context) (message, path string, err error) {
	dir, err := documents()
	if err != nil {
		return "", "", err
	}
	img, err := s.seen()
	if err == nil {
		path, err = WritePNG(s.own, filepath.Join(dir, "copied.png"), img)
	}
	if err != nil {
		return "", "", err
	}
	name, args := clipboardProgram(os.Getenv("WAYLAND_DISPLAY") != "", exec.LookPath)
	if name == "" {
		return fmt.Sprintf("No program for copying pictures is here (xclip or wl-clipboard). The picture was saved as %s, and that name was copied.", path), path, nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	c := exec.CommandContext(ctx, name, args...) // it goes on in the background to serve who pastes
	c.Stdin = f
	if err := c.Run(); err != nil {
		return "", "", fmt.Errorf("%s could not copy the picture: %w", name, err)
	}
	return "The picture was copied.", "", nil
}

// clipboardProgram is what copies a picture from its input, "" for nothing.
func clipboardProgram(wayland bool, look func(string) (string, error)) (name string, args []string) {
	tools := [][]string{{"xclip", "-selection", "clipboard", "-t", "image/png", "-i"}, {"wl-copy", "--type", "image/png"}}
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
