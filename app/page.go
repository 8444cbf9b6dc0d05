package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"hilum/app/export"
	"hilum/app/render"
	"hilum/internal/regular"
)

// Page writes the one-page report of the current picture into a folder, without
// the patient's identity, and returns its path.
func (s *Session) Page(ctx context.Context, dir string) (string, error) {
	st := s.State()
	if st.Picture == nil {
		return "", export.ErrNoPicture
	}
	s.mu.Lock()
	model := s.model
	s.mu.Unlock()
	sub := export.Subject{
		Image: st.Picture.Image, Result: st.Result, Model: model, Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Map: st.Map, Maps: st.ClassMaps(),
		Marks: st.Measure.Sheet.Marks, Scale: st.Measure.Scale,
	}
	files, err := (&export.Exporter{Words: s.words(), Files: s.own}).Export(ctx, sub, dir, export.PDF)
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// PrintPage prints the one-page report of the current picture, or says where it
// lies when there is no printer. The text is for the reader.
func (s *Session) PrintPage(ctx context.Context, p export.Printer) (string, error) {
	dir, err := export.Documents()
	if err != nil {
		return "", err
	}
	path, err := s.Page(ctx, dir)
	if err != nil {
		return "", err
	}
	switch err := p.Print(ctx, path, "Hilum"); {
	case errors.Is(err, export.ErrNoPrinter):
		return fmt.Sprintf("No printer was found. The page was saved as %s; print it from there.", path), nil
	case err != nil:
		return "", fmt.Errorf("%w; the page was saved as %s", err, path)
	}
	return fmt.Sprintf("The page was sent to the printer. It also lies at %s.", path), nil
}

// CopyPicture puts the current picture, as it is exported, on the system's
// clipboard through wl-copy or xclip: the toolkit's own clipboard holds text
// only. Where neither program is there the picture is saved, and what to tell
// the reader is returned with its path.
func (s *Session) CopyPicture(ctx context.Context) (message, path string, err error) {
	dir, err := export.Documents()
	if err != nil {
		return "", "", err
	}
	img, err := s.seen()
	if err == nil {
		path, err = render.WritePNG(s.own, filepath.Join(dir, "copied.png"), img)
	}
	if err != nil {
		return "", "", err
	}
	name, args := export.ClipboardProgram(os.Getenv("WAYLAND_DISPLAY") != "", exec.LookPath)
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
