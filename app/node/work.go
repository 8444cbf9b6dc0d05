package node

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilum/app/export"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/database"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// mostTries is how often a film is scored that fails, before it is given up.
const mostTries = 3

// scoreAll does jobs, several at a time. An error is about the journal; what is wrong with a
// film is noted with it.
func (n *Node) scoreAll(ctx context.Context, jobs []Job) error {
	next := make(chan Job)
	go func() {
		defer close(next)
		for _, job := range jobs {
			select {
			case next <- job:
			case <-ctx.Done():
				return
			}
		}
	}()
	errs := make([]error, n.c.Workers)
	parallel.Each(n.c.Workers, func(i int) {
		for job := range next {
			if err := n.do(ctx, job); err != nil {
				errs[i] = errors.Join(errs[i], err)
			}
		}
	})
	return errors.Join(errs...)
}

// skipError says why a film is not scored.
type skipError struct{ why message.Message }

// Error implements error.
func (e *skipError) Error() string { return e.why.String() }

// do does one job and notes what became of it.
func (n *Node) do(ctx context.Context, job Job) error {
	out, err := n.make(ctx, job)
	var skip *skipError
	switch {
	case ctx.Err() != nil:
		return nil // it waits for the next run
	case err == nil:
		n.counters.scored.Add(1)
		if err := n.insist(ctx, func() error { return n.journal.End(ctx, job, Done, "", out.send) }); err != nil {
			return ignoreCancelled(ctx, err)
		}
		n.log(LogEntry{Event: message.Of("scored"), Instance: job.Instance, Files: out.files})
		wake(n.results)
		return nil
	case errors.As(err, &skip):
		n.counters.skipped.Add(1)
		n.log(LogEntry{Event: message.Of("skipped"), Instance: job.Instance, Reason: skip.why})
		return ignoreCancelled(ctx, n.insist(ctx, func() error {
			return n.journal.End(ctx, job, Skipped, skip.why.String(), nil)
		}))
	case noRoom(err):
		n.tellFull(err)
		n.wait(ctx, nil, n.c.Poll)
		return nil // it is no fault of the film's: it waits, untold
	}
	state := Waiting
	if job.Tries+1 >= mostTries {
		state = Failed
		n.counters.failed.Add(1)
	}
	n.log(LogEntry{Event: message.Of("failed"), Instance: job.Instance, Reason: message.Sentence(err)})
	return ignoreCancelled(ctx, n.insist(ctx, func() error { return n.journal.End(ctx, job, state, err.Error(), nil) }))
}

// insist writes into the journal, and where the disk is full does so again until it is not:
// what was done must be noted, or it is done twice.
func (n *Node) insist(ctx context.Context, write func() error) error {
	for {
		err := write()
		if err == nil {
			n.full.Store(false)
		}
		if !database.Full(err) && !noRoom(err) {
			return err
		}
		n.tellFull(err)
		if !n.wait(ctx, nil, n.c.Poll) {
			return err
		}
	}
}

// tellFull says once that the disk is full.
func (n *Node) tellFull(err error) {
	if !n.full.Swap(true) {
		n.log(LogEntry{Event: message.Of("the disk is full; what waits goes on when there is room"), Reason: message.Sentence(err)})
	}
}

// ignoreCancelled drops what ends with the run: the journal has the job still.
func ignoreCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// made is what was made of a film.
type made struct {
	files []string   // with the patient's identity
	send  []Outgoing // where they go, and others without it
}

// make scores a film and writes what is wanted of it; a *skipError says that it is none of
// ours.
func (n *Node) make(ctx context.Context, job Job) (out made, err error) {
	path, err := n.incoming.Path(job.Instance)
	if err != nil {
		return out, err
	}
	origin := scan.File(path)
	if err := origin.File(ctx, func(file io.ReaderAt, size int64) error { return n.wanted(job, path, file, size) }); err != nil {
		return out, err
	}
	im, err := origin.Decode(ctx)
	var unsupported *dicomio.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return out, &skipError{message.Sentence(err)}
	case err != nil:
		return out, err
	}
	if len(im.Unsuited) > 0 {
		return out, &skipError{im.Unsuited[0]}
	}
	defer im.Hold()()
	result, err := n.model.Score(ctx, im)
	if err != nil {
		return out, err
	}
	subject, err := export.Scored(ctx, n.model, inference.Scored{Path: path, Image: im, Result: result}, origin.File)
	if err != nil {
		return out, err
	}
	return n.export(ctx, job, subject)
}

// wanted asks the rules for a film whose pixels are not read; a *skipError says which refuses.
func (n *Node) wanted(job Job, path string, file io.ReaderAt, size int64) error {
	source, err := derived.SourceOfFile(path, file, size)
	if err != nil {
		return nil //nolint:nilerr // decoding says what is wrong with it
	}
	if rule := n.c.Rules.Refusal(Subject{Header: source.Header, Calling: job.Calling}); rule != nil {
		return &skipError{message.Of("Rule %d refuses it.", rule.Line)}
	}
	return nil
}

// export writes the objects of a film, as they are and for each destination that wants them
// so without the patient's identity. All are made at the time at which the job was noted,
// which their UIDs are derived from: done again after the program was killed, they are the
// same.
func (n *Node) export(ctx context.Context, job Job, s export.Subject) (out made, err error) {
	s.KeyImage = keyImage(s.Result)
	if out.files, err = n.write(ctx, job, s, Destination{}); err != nil {
		return out, err
	}
	for _, to := range n.c.Send {
		files := out.files
		switch {
		case to.Deidentified && s.Image.Assurance.BurnedIn == "YES":
			n.log(LogEntry{Event: message.Of("not sent"), Instance: job.Instance, Destination: to.Address(),
				Reason: message.Of("text is burnt into the film, and may name the patient")})
			continue
		case to.Deidentified:
			if files, err = n.write(ctx, job, s, to); err != nil {
				return out, err
			}
		}
		out.send = append(out.send, Outgoing{To: to, Files: files})
	}
	return out, nil
}

// write writes the objects of a film as a destination gets them.
func (n *Node) write(ctx context.Context, job Job, s export.Subject, to Destination) ([]string, error) {
	dir := filepath.Join(n.c.Dir, resultsFolder, job.Instance, short(n.id.SHA256)+"-"+short(n.id.Thresholds), to.folder())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("cannot make the folder %s: %w", dir, err)
	}
	e := export.Exporter{Identified: !to.Deidentified, Forms: n.c.Forms, Now: func() time.Time { return job.Made },
		Files: &atomicfile.Outputs{Existing: atomicfile.Replace}}
	if to.Deidentified {
		e.Key = keyFor(n.key, to)
	}
	return e.Export(ctx, s, dir, n.c.Objects...)
}

// short names something by the beginning of its hash.
func short(hash string) string { return hash[:min(len(hash), 12)] }

// keyImage marks a film as one that the model has something to say of, for a key object
// selection.
func keyImage(r *inference.Result) records.Remark {
	var positive []string
	for _, f := range r.Findings {
		if f.Positive {
			positive = append(positive, f.Class)
		}
	}
	note := "Scored by a model; no finding is positive. "
	if len(positive) > 0 {
		note = "Positive by a model: " + strings.Join(positive, ", ") + ". "
	}
	return records.Remark{Kind: records.KeyImage, Held: true, Text: note + inference.NotForDiagnosis}
}
