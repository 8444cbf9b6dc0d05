package kit

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"hilum/internal/message"
	"hilum/internal/parallel"
)

// Kind is what a person is asked to choose.
type Kind int

// What can be asked for.
const (
	Images  Kind = iota // any number of picture files
	Folder              // one folder
	Network             // one .onnx file
	Table               // one .csv file
	Lesson              // one .json file
)

// Opener asks for files. done is called on the window's goroutine, with no
// paths when the person thought better of it.
type Opener interface {
	Open(parent fyne.Window, kind Kind, done func(paths []string, err error))
	Save(parent fyne.Window, name string, done func(path string, err error))
}

// errNoDialog is returned by the system's dialogs where there are none; the
// toolkit's own are used instead.
var errNoDialog = message.New("no dialog of the system")

// system asks the desktop's own dialogs, which choose several files, remember
// folders and are quick in large ones, and the toolkit's where there are none.
type system struct {
	do    func(func()) // runs a function on the window's goroutine
	style *Style
}

// NewOpener gives the dialogs of the desktop, or Fyne's where it has none.
func NewOpener(style *Style) Opener { return system{style: style, do: fyne.Do} }

// Open implements Opener. The call into the desktop waits for the person, so it
// has a goroutine of its own; it ends when the dialog is closed, or with the
// program.
func (s system) Open(parent fyne.Window, kind Kind, done func([]string, error)) {
	handle := nativeHandle(parent)
	go func() {
		var paths []string
		err := caught(func() (err error) { paths, err = systemOpen(s.style, handle, kind); return err })
		s.do(func() {
			if errors.Is(err, errNoDialog) {
				fyneOpen(parent, kind, done)
				return
			}
			done(paths, err)
		})
	}()
}

// Save implements Opener.
func (s system) Save(parent fyne.Window, name string, done func(string, error)) {
	handle := nativeHandle(parent)
	go func() {
		var path string
		err := caught(func() (err error) { path, err = systemSave(s.style, handle, name); return err })
		s.do(func() {
			if errors.Is(err, errNoDialog) {
				fyneSave(parent, name, done)
				return
			}
			done(path, err)
		})
	}()
}

// caught turns a panic in a dialog of the desktop into an error: nobody else
// would meet it.
func caught(ask func() error) (err error) {
	defer parallel.Recover(func(p *parallel.Panic) { err = p })
	return ask()
}

// fyneOpen is Fyne's own dialog: one file at a time.
func fyneOpen(parent fyne.Window, kind Kind, done func([]string, error)) {
	if kind == Folder {
		d := dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
			if u == nil {
				done(nil, err)
				return
			}
			done([]string{u.Path()}, err)
		}, parent)
		showLarge(d, parent, func() { done(nil, nil) })
		return
	}
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if f == nil {
			done(nil, err)
			return
		}
		path := f.URI().Path()
		done([]string{path}, f.Close())
	}, parent)
	switch kind {
	case Network:
		d.SetFilter(storage.NewExtensionFileFilter([]string{".onnx"}))
	case Table:
		d.SetFilter(storage.NewExtensionFileFilter([]string{".csv", ".tsv", ".tab", ".txt"}))
	case Lesson:
		d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
	}
	showLarge(d, parent, func() { done(nil, nil) })
}

func fyneSave(parent fyne.Window, name string, done func(string, error)) {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		if f == nil {
			done("", err)
			return
		}
		path := f.URI().Path()
		done(path, f.Close())
	}, parent)
	d.SetFileName(name)
	showLarge(d, parent, func() { done("", nil) })
}

// showLarge shows a dialog first and resizes it then: the other way round Fyne
// 2.8.1 panics (issue 6495 there).
func showLarge(d dialog.Dialog, parent fyne.Window, givenUp func()) {
	ShowDialog(d, parent, givenUp)
	s := parent.Canvas().Size()
	d.Resize(fyne.NewSize(s.Width*0.7, s.Height*0.8))
}
