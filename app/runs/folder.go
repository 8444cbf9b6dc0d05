package runs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/runlock"
)

// copyFile copies a file whole or not at all.
func copyFile(ctx context.Context, from, to string) error {
	in, err := regular.Open(from)
	if err != nil {
		return message.Errorf("cannot copy %s: %w", filepath.Base(from), err)
	}
	defer in.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, contextReader{ctx, in})
		return err
	})
}

// contextReader stops when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// notExported are what a run leaves behind that can be made again or serves
// going on only.
func notExported() []string { return []string{"last", "cache", nextDir, runlock.File} }

// export copies a run into a new folder, which appears whole or not at all.
func export(ctx context.Context, r *Run, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return message.Errorf("%s is there already; choose another name", to)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(to), ".hilum-*")
	if err != nil {
		return message.Errorf("cannot export to %s: %w", to, err)
	}
	defer os.RemoveAll(tmp) // gone already when all went well
	if err := copyFolder(ctx, r.Dir, tmp); err != nil {
		return message.Errorf("cannot export to %s: %w", to, err)
	}
	if err := atomicfile.WriteBytes(filepath.Join(tmp, "README.txt"), []byte(exportNote(r))); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return message.Errorf("cannot export to %s: %w", to, err)
	}
	if err := os.Rename(tmp, to); err != nil {
		return message.Errorf("cannot export to %s: %w", to, err)
	}
	return nil
}

func copyFolder(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case name == ".":
			return nil
		case slices.Contains(notExported(), name) && d.IsDir():
			return fs.SkipDir
		case slices.Contains(notExported(), name):
			return nil
		case d.IsDir():
			return os.Mkdir(filepath.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		return copyFile(ctx, path, filepath.Join(to, name))
	})
}

func exportNote(r *Run) string {
	return fmt.Sprintf(`%s
%s

A run of Hilum: run.json what was chosen, data.json the data, config.json and
metrics.jsonl the training (with events for TensorBoard), model.onnx the
network, scores/ what it said of the films held out, report/report.html the
validation, calibrated/ the model with card.md and thresholds.json as a
viewer takes it. Files that are not here were not made.

scores/, films.csv and labels.csv hold patient identifiers as the table of the
data has them. Look at them before you pass this folder on.
`, r.Name, inference.NotForDiagnosis)
}
