package deidentify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hilum/dicomio/internal/fileio"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
)

// Job de-identifies the DICOM file at In to the file Out, or every DICOM
// file in the folder In, also below, to files in the folder Out. Files of a folder
// are named by their new instance UID, since names often tell patients; those that
// cannot be read are reported and left out. The originals are not touched.
type Job struct {
	In, Out   string
	Options   Options
	Overwrite bool         // files that are there may be replaced, never those that are read
	Journal   string       // of a folder; "" is beside Out, see Summary
	OnFile    func(Report) // called after each file; may be nil
}

// Summary says what became of what.
type Summary struct {
	Reports []Report
	// Journal is a file with a line of JSON for each film of a folder, written before
	// the film gets its new name, so that it is there however the job ends. It tells
	// whose films these are, and never lies among them. "" for a single file.
	Journal string
}

// Run does the job. When ctx ends it stops between two files and returns what was
// done, with ctx's error.
func (j Job) Run(ctx context.Context) (Summary, error) {
	var s Summary
	a, err := New(j.Options)
	if err != nil {
		return s, err
	}
	info, err := os.Stat(j.In)
	if err != nil {
		return s, fileio.OpenError(j.In, err)
	}
	run := run{job: j, a: a, files: atomicfile.Overwriting(j.Overwrite), summary: &s}
	if info.IsDir() {
		return s, run.folder(ctx)
	}
	run.files.Protect(j.In)
	r, err := run.file(ctx, j.In)
	if err != nil {
		return s, err
	}
	run.report(*r)
	return s, nil
}

// run is a job at work.
type run struct {
	job     Job
	a       *Anonymiser
	files   *atomicfile.Outputs
	journal *journal // nil for a single file
	summary *Summary
}

func (r *run) report(x Report) {
	r.summary.Reports = append(r.summary.Reports, x)
	if r.job.OnFile != nil {
		r.job.OnFile(x)
	}
}

func (r *run) folder(ctx context.Context) (err error) {
	in, out := r.job.In, r.job.Out
	if inside(in, out) {
		return message.Errorf("anonymising %s: the output folder lies inside it; choose another", in)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return message.Errorf("anonymising %s: %w", in, err)
	}
	if r.journal, err = openJournal(r.job); err != nil {
		return message.Errorf("anonymising %s: %w", in, err)
	}
	r.summary.Journal = r.journal.file.Name()
	err = filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if path == in {
				return err
			}
			r.failed(path, fileio.OpenError(path, err))
			return nil
		}
		return r.entry(ctx, path, d)
	})
	if err = errors.Join(err, r.journal.close()); err != nil {
		return message.Errorf("anonymising %s: %w", in, err)
	}
	return nil
}

// entry does one file of a folder; links to files count as files.
func (r *run) entry(ctx context.Context, path string, d fs.DirEntry) error {
	info, err := os.Stat(path)
	if d.IsDir() || err != nil || !info.Mode().IsRegular() || !fileio.IsDICOM(path) {
		return nil
	}
	r.files.Protect(path)
	report, err := r.file(ctx, path)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errJournal):
		return err // nothing is written that nothing tells of
	case err != nil:
		r.failed(path, err)
	default:
		r.report(*report)
	}
	return nil
}

// failed reports a file that was left out.
func (r *run) failed(path string, err error) {
	_ = r.journal.line(journalLine{In: path, Error: err.Error()}) // the file before shows whether there is room
	r.report(Report{In: path, Err: err})
}

func inside(folder, path string) bool {
	rel, err := filepath.Rel(resolved(folder), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolved is a path without links, as far as it exists.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolved(parent), filepath.Base(path))
	}
	return path
}

// file de-identifies one file to Out, a file or an existing folder.
func (r *run) file(ctx context.Context, in string) (*Report, error) {
	f, size, err := fileio.Open(in)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x, err := r.a.Open(ctx, in, f, size)
	if err != nil {
		return nil, err
	}
	draft, err := r.files.Draft(r.job.Out)
	if err != nil {
		return nil, message.Errorf("anonymising %s: %w", fileio.ShortName(in), err)
	}
	defer draft.Discard()
	if err := x.Write(ctx, draft); err != nil {
		return nil, err
	}
	return r.place(draft, in, x.Report)
}

// place gives a file that was written its name, once the journal tells of it.
func (r *run) place(draft *atomicfile.Draft, in string, report *Report) (*Report, error) {
	out := r.job.Out
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		out = filepath.Join(out, report.Out+".dcm")
	}
	out, err := r.files.Claim(out)
	if err != nil {
		return nil, message.Errorf("anonymising %s: %w", fileio.ShortName(in), err)
	}
	if err := r.journal.line(journalLine{In: in, Out: out}); err != nil {
		return nil, err
	}
	report.In, report.Out = in, out
	if err := draft.Place(out); err != nil {
		return nil, message.Errorf("anonymising %s: %w", fileio.ShortName(in), err)
	}
	return report, nil
}
