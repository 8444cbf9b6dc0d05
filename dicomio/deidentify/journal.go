package deidentify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hilum/internal/message"
)

// journal is the file that tells, line by line, what became of what.
type journal struct {
	file  *os.File
	lines int
}

// journalLine is a film: what it was made of and what it became, or why it did not.
type journalLine struct {
	In    string `json:"in"`
	Out   string `json:"out,omitempty"`
	Error string `json:"error,omitempty"`
}

// errJournal is wrapped by errors of the journal: without it the job must not go on.
var errJournal = message.New("the journal cannot be written")

// openJournal makes the journal of a job: beside the output's folder and not in it,
// because it tells what the films do not, and readable by its owner alone. One that
// is there stays.
func openJournal(j Job) (*journal, error) {
	path := j.Journal
	if path == "" {
		path = resolved(j.Out) + "-journal.jsonl"
	}
	if inside(j.Out, path) {
		return nil, message.Errorf("the journal tells whose films these are and must not lie among them; name another with --journal")
	}
	ending := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ending)
	for n := 2; ; n++ {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		switch {
		case err == nil:
			return &journal{file: f}, nil
		case !errors.Is(err, fs.ErrExist) || j.Journal != "":
			return nil, message.Errorf("%w: %w; name another file with --journal", errJournal, err)
		}
		path = fmt.Sprintf("%s-%d%s", stem, n, ending)
	}
}

// syncEvery is after how many lines the disk is waited for: a killed program loses
// none, a power cut so many at most.
const syncEvery = 32

// line writes one line at once. A nil journal takes none.
func (j *journal) line(l journalLine) error {
	if j == nil {
		return nil
	}
	data, err := json.Marshal(l)
	if err == nil {
		_, err = j.file.Write(append(data, '\n'))
	}
	if j.lines++; err == nil && j.lines%syncEvery == 0 {
		err = j.file.Sync()
	}
	if err != nil {
		return message.Errorf("%w: %w", errJournal, err)
	}
	return nil
}

func (j *journal) close() error { return errors.Join(j.file.Sync(), j.file.Close()) }
