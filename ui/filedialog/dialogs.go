// Package filedialog asks a person for files: by the desktop's own dialog where it has one,
// else by one of the program's in a window of its own, where several files are chosen at
// once, a path can be typed, and the folders of before are offered. Its core type is
// [Dialogs]. Folders are remembered for each [Purpose]. It imports ui/kit, app/command and
// app/settings.
package filedialog

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"

	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/ui/kit"
)

// Request asks for files. What it tells is told on the window's goroutine.
type Request struct {
	Parent  fyne.Window
	Purpose Purpose
	Name    string                // that is offered to be saved under
	Chosen  func(paths ...string) // told of one path or, where many can be chosen, of several
	Refused func(err error)       // told why there was no dialog
	Done    func()                // told last, also of one who thought better of it; nil for nobody
}

// Opener asks for files.
type Opener interface{ Ask(Request) }

// Memory keeps what dialogs remember.
type Memory interface {
	Preferences() settings.Preferences
	SetPreferences(change func(*settings.Preferences)) error
}

// Options say what dialogs work with.
type Options struct {
	Style    *kit.Style
	Memory   Memory
	Do       func(func())            // runs a function on the window's goroutine
	Held     func() fyne.KeyModifier // the modifier keys held now
	Open     func(title string) fyne.Window
	NoSystem bool // the program's own dialog even where the desktop has one
}

// Dialogs are the file dialogs of a program, one at a time: who asks while one is open gets
// that one to the front, and the first question stays.
type Dialogs struct {
	options Options
	open    bool
	own     *browser // the program's own dialog; nil for none
	ctx     context.Context
	cancel  context.CancelFunc
}

// New makes the dialogs of a program. Close takes an open one away.
func New(o Options) *Dialogs {
	d := &Dialogs{options: o}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// Close takes the open dialog away.
func (d *Dialogs) Close() {
	d.cancel()
	if d.own != nil {
		d.own.win.Close()
	}
}

// errNoDialog is returned by the desktop's dialogs where there are none.
var errNoDialog = message.New("no dialog of the system")

// Ask implements Opener. The call into the desktop waits for the person, so it has a
// goroutine of its own; it ends with the dialog or with Close.
func (d *Dialogs) Ask(r Request) {
	if d.open {
		if d.own != nil {
			d.own.win.RequestFocus()
		}
		return
	}
	d.open = true
	if d.options.NoSystem {
		d.askHere(r)
		return
	}
	ask := systemRequest{
		parent: nativeHandle(r.Parent), title: d.options.Style.T(r.Purpose.Title()), kind: r.Purpose.kind(),
		filter: d.options.Style.T(r.Purpose.Filter()), name: r.Name, folder: d.folder(r.Purpose),
	}
	go func() {
		var paths []string
		err := caught(func() (err error) { paths, err = ask.show(d.ctx); return err })
		d.options.Do(func() {
			switch {
			case d.ctx.Err() != nil: // the program ends
			case errors.Is(err, errNoDialog):
				d.askHere(r)
			default:
				d.answered(r, paths, err)
			}
		})
	}()
}

// caught turns a panic in a dialog of the desktop into an error: nobody else would meet it.
func caught(ask func() error) (err error) {
	defer parallel.Recover(func(p *parallel.Panic) { err = p })
	return ask()
}

// askHere opens the program's own dialog.
func (d *Dialogs) askHere(r Request) {
	d.own = newBrowser(d, r, func(paths []string) {
		d.own = nil
		d.answered(r, paths, nil)
	})
}

// answered tells who asked.
func (d *Dialogs) answered(r Request, paths []string, err error) {
	d.open = false
	switch {
	case err != nil:
		r.Refused(err)
	case len(paths) > 0:
		d.remember(r.Purpose, paths[0])
		r.Chosen(paths...)
	}
	if r.Done != nil {
		r.Done()
	}
}

// remember keeps the folder of what was chosen.
func (d *Dialogs) remember(p Purpose, path string) {
	folder := path
	if !p.kind().folder {
		folder = filepath.Dir(path)
	}
	d.keep(func(q *settings.Preferences) { q.RememberFolder(string(p), folder) })
}

// keep changes what is remembered. What cannot be kept is asked for again the next time.
func (d *Dialogs) keep(f func(q *settings.Preferences)) { _ = d.options.Memory.SetPreferences(f) }

// folders are those that are offered for a purpose, the one to begin in first, as far as
// they are there.
func (d *Dialogs) folders(p Purpose) (out []string) {
	q := d.options.Memory.Preferences()
	list := q.Folders[string(p)]
	if p == Model && q.ModelFolder != "" {
		list = append([]string{q.ModelFolder}, list...)
	}
	for _, dir := range list {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			out = append(out, dir)
		}
	}
	return out
}

// folder is the one that a dialog begins in: the last of the purpose, else the user's.
func (d *Dialogs) folder(p Purpose) string {
	if list := d.folders(p); len(list) > 0 {
		return list[0]
	}
	if home, err := os.UserHomeDir(); err == nil {
		return home
	}
	return string(filepath.Separator)
}
