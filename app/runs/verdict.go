package runs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"hilum/internal/message"
	"hilum/training/runlock"
)

// nextDir is where a verdict is made beside the one that is in force. It holds what the run's
// folder will: scores, report, calibrated and, written last, the file that says it is whole.
// Only then the old verdict goes, see publish.
const nextDir = "next"

// next is where a file of the verdict that is being made stands.
func (t *task) next(name string) string { return t.run.Path(nextDir + "/" + name) }

// newest is a table of scores: that of the verdict that is being made, or the one in force
// where only thresholds are set anew.
func (t *task) newest(name string) string {
	if _, err := os.Stat(t.next(name)); err == nil {
		return t.next(name)
	}
	return t.run.Path(name)
}

// begin makes room for a new verdict; what an earlier one left that was not finished goes.
func (t *task) begin() error {
	if err := os.RemoveAll(t.run.Path(nextDir)); err != nil {
		return message.Errorf("what is left of an unfinished validation cannot be removed: %w", err)
	}
	for _, dir := range []string{scoresDir, reportDir, calibratedDir} {
		if err := os.MkdirAll(t.next(dir), 0o755); err != nil {
			return message.Errorf("the run's folder: %w", err)
		}
	}
	return nil
}

// publish puts a whole new verdict in the place of the one before. It can be broken off
// anywhere and called again: what it has not moved yet is still in nextDir, whose
// judgedFile goes last. A run without a whole new verdict stays as it is.
func publish(dir string) error {
	next := filepath.Join(dir, nextDir)
	if _, err := os.Stat(filepath.Join(next, judgedFile)); err != nil {
		return nil // none, or not whole
	}
	failed := func(err error) error {
		return message.Errorf("the new validation is whole, in %s, but cannot take the place of the last one: %w", next, err)
	}
	_, err := os.Stat(filepath.Join(next, filepath.FromSlash(fitScores)))
	rescored := err == nil // otherwise the tables of scores stay, and the files beside them are new
	for _, name := range []string{scoresDir, reportDir, calibratedDir} {
		if name == scoresDir && !rescored {
			err = moveFiles(filepath.Join(next, name), filepath.Join(dir, name))
		} else {
			err = moveFolder(filepath.Join(next, name), filepath.Join(dir, name))
		}
		if err != nil {
			return failed(err)
		}
	}
	if err := os.Rename(filepath.Join(next, judgedFile), filepath.Join(dir, judgedFile)); err != nil {
		return failed(err)
	}
	if err := os.RemoveAll(next); err != nil {
		return failed(err)
	}
	return nil
}

// moveFolder moves a folder over another; one that is not there was moved already.
func moveFolder(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// moveFiles moves the files of a folder over those of another.
func moveFiles(from, to string) error {
	list, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range list {
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// recoverVerdict finishes what an earlier end of the program broke off, unless a job is at work on
// the run.
func recoverVerdict(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, nextDir, judgedFile)); err != nil {
		return nil
	}
	lock, err := runlock.Take(dir, 0)
	if err != nil {
		return nil // whoever holds it finishes its own
	}
	defer lock.Release()
	return publish(dir)
}
