package tensorboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var start = time.Unix(1_700_000_000, 0)

// written are the events of testdata/peers/tensorboard_events.py.
func written(w *Writer) error {
	return errors.Join(
		w.Scalar("train/loss", 0, start.Add(250*time.Millisecond), 0.75),
		w.Scalar("val/auroc", 1, start.Add(1500*time.Millisecond), 0.8125),
		w.Scalar("rate", 300, start.Add(2*time.Second), 1e-4),
		w.Scalar("loss ö", 1<<40, start.Add(3*time.Second), math.NaN()),
		w.Scalar("x", -1, start.Add(4*time.Second), math.Inf(1)),
	)
}

func create(t *testing.T, dir string) *Writer {
	t.Helper()
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The stored bytes are from tensorboard's own writer.
func TestBytesEqualTensorBoards(t *testing.T) {
	want, err := os.ReadFile("testdata/events.bin")
	if err != nil {
		t.Fatal(err)
	}
	w := create(t, filepath.Join(t.TempDir(), "run"))
	header := w.file.Name()
	if err := errors.Join(w.file.Truncate(0), seekStart(w), w.begin(start), written(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes\n%x\ntensorboard writes %d\n%x", len(got), got, len(want), want)
	}
}

func seekStart(w *Writer) error {
	_, err := w.file.Seek(0, 0)
	return err
}

// Files of one second do not overwrite each other, and what is flushed is there
// while the writer is still open.
func TestEveryWriterHasItsFile(t *testing.T) {
	dir := t.TempDir()
	a, b := create(t, dir), create(t, dir)
	before, _ := os.Stat(a.file.Name())
	if err := errors.Join(written(a), a.Flush()); err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(a.file.Name())
	if after.Size() <= before.Size() || before.Size() == 0 {
		t.Errorf("the file has %d bytes after %d", after.Size(), before.Size())
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if len(files) != 2 {
		t.Errorf("files %v", files)
	}
	if err := a.Close(); err == nil {
		t.Error("closing twice went well")
	}
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(file, "run")); err == nil {
		t.Error("a folder inside of a file was made")
	}
}

// HILUM_PEER_PYTHON names a Python with the tensorboard package: what it reads is what
// was written.
func TestTensorBoardReadsIt(t *testing.T) {
	python := os.Getenv("HILUM_PEER_PYTHON")
	if python == "" {
		t.Skip("HILUM_PEER_PYTHON names no Python with tensorboard")
	}
	dir := t.TempDir()
	w := create(t, dir)
	if err := errors.Join(w.Scalar("a", 1, start, 0.5), w.Scalar("a", 2, start.Add(time.Second), 0.25),
		w.Scalar("b/c", 7, start, -3), w.Close()); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "../../testdata/peers/tensorboard_events.py", "read", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var curves map[string][][3]float64
	if err := json.Unmarshal(out, &curves); err != nil {
		t.Fatal(err)
	}
	if a := curves["a"]; len(a) != 2 || a[1] != [3]float64{2, 1_700_000_001, 0.25} || len(curves) != 2 ||
		curves["b/c"][0][2] != -3 {
		t.Errorf("tensorboard reads %v", curves)
	}
}
