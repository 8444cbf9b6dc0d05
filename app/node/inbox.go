package node

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hilum/dicomio/dimse"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// store keeps an object that a peer sends. It answers with success when object and journal
// are on the disk.
func (n *Node) store(ctx context.Context, in *dimse.Incoming) dimse.Status {
	if err := n.room(); err != nil {
		n.refuse(in, err)
		return dimse.OutOfResources
	}
	if !n.incoming.Has(in.Instance) { // otherwise it came before: what lies there stays
		if _, status, err := n.incoming.Take(in); err != nil {
			n.refuse(in, err)
			return status
		}
	}
	if err := n.note(ctx, in.Instance, in.Calling); err != nil {
		n.refuse(in, err)
		return dimse.OutOfResources
	}
	return dimse.Success
}

func (n *Node) refuse(in *dimse.Incoming, err error) {
	n.counters.refused.Add(1)
	n.log(
		LogEntry{
			Event:    message.Of("refused"),
			Instance: in.Instance,
			Calling:  in.Calling,
			Reason:   message.Sentence(err),
		},
	)
}

// room says that the disk has room.
func (n *Node) room() error {
	free, err := freeBytes(n.c.Dir)
	if err != nil {
		return message.Errorf("cannot tell how much room is on the disk of %s: %w", n.c.Dir, err)
	}
	if free < n.c.MinFree {
		return message.Errorf("the disk has %d MB left, less than the %d MB that stay free", free>>20, n.c.MinFree>>20)
	}
	return nil
}

// note takes an object that lies on the disk into the journal.
func (n *Node) note(ctx context.Context, instance, calling string) error {
	fresh, err := n.journal.Receive(ctx, instance, calling, n.id)
	if err != nil {
		return err
	}
	if !fresh {
		n.counters.duplicates.Add(1)
		return nil
	}
	n.counters.received.Add(1)
	n.log(LogEntry{Event: message.Of("received"), Instance: instance, Calling: calling})
	wake(n.work)
	return nil
}

// recover takes up what was written and not noted when an earlier run ended, and takes away
// what it was writing.
func (n *Node) recover(ctx context.Context) error {
	files, err := os.ReadDir(n.incoming.Dir)
	if err != nil {
		return message.Errorf("cannot read %s: %w", n.incoming.Dir, err)
	}
	for _, f := range files {
		name := f.Name()
		if strings.HasPrefix(name, ".hilum-") {
			_ = os.Remove(filepath.Join(n.incoming.Dir, name)) // it is in nobody's way
			continue
		}
		instance := strings.TrimSuffix(name, ".dcm")
		known, err := n.journal.Knows(ctx, instance)
		if err != nil {
			return err
		}
		if !known && n.incoming.Has(instance) {
			if err := n.note(ctx, instance, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// seenFile tells whether a file of the watched folder is as it was.
type seenFile struct {
	size int64
	at   time.Time
}

// watch takes in the DICOM files of a folder. One that is still being written is left until
// it has stayed the same from one look to the next.
func (n *Node) watch(ctx context.Context) error {
	seen, taken := map[string]seenFile{}, map[string]seenFile{}
	for {
		now := map[string]seenFile{}
		// A folder that is away may come back.
		_ = filepath.WalkDir(n.c.Watch, func(path string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return nil
			}
			now[path] = seenFile{info.Size(), info.ModTime()}
			if now[path] == seen[path] && taken[path] != now[path] && n.takeFile(ctx, path) {
				taken[path] = now[path]
			}
			return nil
		})
		seen = now
		if !n.wait(ctx, nil, n.c.Poll) {
			return nil
		}
	}
}

// takeFile takes a file in; false where that is to be tried again.
func (n *Node) takeFile(ctx context.Context, path string) bool {
	o, err := dimse.OpenObject(path)
	if err != nil {
		return true // it is no object, until it changes
	}
	_ = o.Close()
	err = n.room()
	if err == nil && !n.incoming.Has(o.Instance) {
		err = keepCopy(n.incoming, o.Instance, path)
	}
	if err == nil {
		err = n.note(ctx, o.Instance, "")
	}
	if err != nil {
		n.counters.refused.Add(1)
		n.log(LogEntry{Event: message.Of("refused"), Instance: o.Instance, Reason: message.Sentence(err)})
		return false
	}
	return true
}

func keepCopy(into pacs.Folder, instance, path string) error {
	_, err := into.Keep(instance, func(w io.Writer) error {
		f, err := regular.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		_, err = io.Copy(w, f)
		return err
	})
	return err
}
