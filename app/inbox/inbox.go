// Package inbox is a folder that fills by itself, a node's or one that a modality writes into,
// as a part of the worklist: what comes into it comes into the list. Its core type is [Inbox].
// It imports app/command, dicomio/scan and internal/store.
package inbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/app/command"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct{ Inbox Followed }

// Followed is the folder that is followed.
type Followed struct {
	Folder string // as it was named; "" for none
	Films  int    // that came into the list from it
	Gone   bool   // the folder cannot be read any more; it is looked at again
}

// Reading is what the inbox asks of the rest of the program.
type Reading interface {
	// Current is the study that is selected, within a transaction.
	Current(store.Tx) (id int, ok bool)
	// Find gives the pictures in a file; objects that are none go to those who take them.
	Find(ctx context.Context, path string) []*scan.Instance
	// Join adds pictures to the list; with show the first comes on the screen.
	Join(show bool, found ...*scan.Instance)
	// Keep remembers the folder for the next start, "" for none.
	Keep(folder string)
	// Notify shows the reader one sentence of what needs care, Tell of what was done.
	Notify(m message.Message)
	Tell(m message.Message)
}

// Inbox follows one folder at a time.
type Inbox struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	pause   time.Duration // between two looks
	stop    func()
}

// usualPause is the time between two looks: a film is in the list within two of them.
const usualPause = time.Second

// mostFiles bounds what is followed; a folder with more is an archive.
const mostFiles = 100_000

// Incoming is the folder of a node's folder that films come into (see package node).
const Incoming = "incoming"

// New follows nothing.
func New(h *store.Hub, r Reading) *Inbox {
	return &Inbox{hub: h, state: store.NewValue(h, State{}), reading: r, pause: usualPause, stop: func() {}}
}

// In is the state within a transaction.
func (b *Inbox) In(tx store.Tx) *State { return b.state.In(tx) }

// Follow follows a folder from now on, and the next start; what lies there comes into the list
// first. Of a node's folder it is what comes in. Nothing on the screen changes, unless nothing
// is there.
func (b *Inbox) Follow(folder string) {
	at := folder
	if info, err := os.Stat(filepath.Join(folder, Incoming)); err == nil && info.IsDir() {
		at = filepath.Join(folder, Incoming)
	}
	if info, err := os.Stat(at); err != nil || !info.IsDir() {
		b.reading.Notify(message.Of("The inbox %s cannot be followed: there is no such folder.", folder))
		return
	}
	b.hub.Change(func(tx store.Tx) {
		b.stop()
		ctx, stop := context.WithCancel(b.hub.Context())
		b.stop = stop
		b.state.In(tx).Inbox = Followed{Folder: folder}
		b.hub.GoIn(tx, "following the inbox", func() { b.follow(ctx, at) })
	})
	b.reading.Keep(folder)
}

// End follows nothing any more.
func (b *Inbox) End() {
	b.hub.Change(func(tx store.Tx) {
		b.stop()
		b.state.In(tx).Inbox = Followed{}
	})
	b.reading.Keep("")
	b.reading.Tell(message.Of("The inbox is not followed any more; its films stay in the list."))
}

// seen is a file as it was at the last look.
type seen struct {
	size  int64
	at    time.Time
	taken bool
}

// follow looks into a folder until ctx is done.
func (b *Inbox) follow(ctx context.Context, dir string) {
	known := map[string]seen{}
	for first := true; ; first = false {
		whole, err := look(dir, known, first)
		b.took(ctx, whole)
		b.gone(ctx, dir, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(b.pause):
		}
	}
}

// look gives the files that came since the last look and are whole: their size and time are
// what they were. At the first look what is older than a few seconds counts as whole.
func look(dir string, known map[string]seen, first bool) (whole []string, err error) {
	const settled = 3 * time.Second
	n := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return err
		case err != nil, strings.HasPrefix(d.Name(), ".") && path != dir:
			if err == nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if n++; n > mostFiles {
			return errFull
		}
		info, err := d.Info()
		if err != nil {
			return nil // it has gone
		}
		was, here := known[path]
		now := seen{size: info.Size(), at: info.ModTime(), taken: was.taken}
		same := here && was.size == now.size && was.at.Equal(now.at)
		if !now.taken && (same || first && time.Since(now.at) > settled) {
			now.taken = true
			whole = append(whole, path)
		}
		known[path] = now
		return nil
	})
	slices.Sort(whole)
	return whole, err
}

var errFull = message.Errorf("the inbox has more than %d files; later ones are not followed", mostFiles)

// took puts files into the list.
func (b *Inbox) took(ctx context.Context, files []string) {
	var found []*scan.Instance
	for _, path := range files {
		found = append(found, b.reading.Find(ctx, path)...)
	}
	if len(found) == 0 || ctx.Err() != nil {
		return
	}
	show := false
	b.hub.Change(func(tx store.Tx) {
		_, open := b.reading.Current(tx)
		show = !open
		b.state.In(tx).Inbox.Films += len(found)
	})
	b.reading.Join(show, found...)
}

// gone notes whether the folder can be read; what is wrong is said once.
func (b *Inbox) gone(ctx context.Context, dir string, err error) {
	was := b.state.Get().Inbox.Gone
	if ctx.Err() != nil || was == (err != nil) {
		return
	}
	b.state.Change(func(s *State) { s.Inbox.Gone = err != nil })
	switch {
	case errors.Is(err, errFull):
		b.reading.Notify(message.Sentence(err))
	case err != nil:
		b.reading.Notify(message.Of("The inbox %s cannot be read; it is looked for again.", dir))
	}
}

// Commands are those of the inbox.
func (b *Inbox) Commands() []command.Command {
	return []command.Command{{ID: "inbox.end", Title: "Stop following the inbox", Menu: "File", Shortcut: "Ctrl+Alt+I",
		Do: b.End, Enabled: func() bool { return b.state.Get().Inbox.Folder != "" }}}
}
