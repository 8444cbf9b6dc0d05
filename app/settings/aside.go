package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hilum/internal/message"
)

// Open is Load for the program that will write the preferences: a file that cannot be
// read, in whole or in part, is kept aside first, and said is one sentence about it. It is
// the zero value where all could be read.
func Open(dir string, today time.Time) (p Preferences, said message.Message) {
	p, whole := load(dir)
	if whole {
		return p, said
	}
	kept, err := setAside(filepath.Join(dir, PreferencesFile), today)
	if err == nil {
		err = p.save(dir)
	}
	if err != nil {
		return p, message.Of("The preferences %s cannot be read, and not be kept aside either: %v.",
			filepath.Join(dir, PreferencesFile), err)
	}
	return p, message.Of("The preferences could not be read in full. What could is in force; the file is kept as %s.",
		kept)
}

// setAside renames a file to a name that says when, and that nothing has yet.
func setAside(path string, today time.Time) (kept string, err error) {
	kept = path + ".unreadable-" + today.Format(time.DateOnly)
	for n := 2; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			return kept, os.Rename(path, kept)
		} else if err != nil {
			return "", err
		}
		kept = fmt.Sprintf("%s.unreadable-%s-%d", path, today.Format(time.DateOnly), n)
	}
}
