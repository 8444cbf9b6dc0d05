package filedialog

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/godbus/dbus/v5"

	"hilum/internal/message"
)

// nativeHandle names the window to the desktop's portal, so that its dialog
// lies over it; "" where that is not known.
func nativeHandle(w fyne.Window) string {
	n, ok := w.(driver.NativeWindow)
	if !ok {
		return ""
	}
	handle := ""
	n.RunNative(func(ctx any) {
		if x, ok := ctx.(driver.X11WindowContext); ok {
			handle = fmt.Sprintf("x11:%x", x.WindowHandle)
		}
	})
	return handle
}

// systemRequest is what the desktop's dialog is asked.
type systemRequest struct {
	parent, title string
	kind          kind
	filter        string // what the patterns are called, in the reader's language
	name          string // offered to be saved under
	folder        string // to begin in
}

// The desktop's portal for file dialogs, org.freedesktop.portal.FileChooser version 3.
const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = "/org/freedesktop/portal/desktop"
	chooserOpen   = "org.freedesktop.portal.FileChooser.OpenFile"
	chooserSave   = "org.freedesktop.portal.FileChooser.SaveFile"
	requestName   = "org.freedesktop.portal.Request"
	requestAnswer = "Response"
)

// show asks the portal and waits for the person; no paths for one who thought better of it.
// Without a bus or a portal that has file dialogs it returns errNoDialog. When ctx ends the
// dialog is taken away.
func (r systemRequest) show(ctx context.Context) ([]string, error) {
	if !hasBus() {
		return nil, errNoDialog
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, message.Errorf("%w: %w", errNoDialog, err)
	}
	defer func() { _ = conn.Close() }() // nothing of ours is left on it
	token := "hilum_" + rand.Text()
	sender := strings.NewReplacer(":", "", ".", "_").Replace(conn.Names()[0])
	request := dbus.ObjectPath(portalPath + "/request/" + sender + "/" + token)
	// The answer is listened for before the question: a portal may be quick.
	answers := make(chan *dbus.Signal, signalRoom)
	conn.Signal(answers)
	err = conn.AddMatchSignal(dbus.WithMatchObjectPath(request), dbus.WithMatchInterface(requestName),
		dbus.WithMatchMember(requestAnswer))
	if err != nil {
		return nil, message.Errorf("%w: %w", errNoDialog, err)
	}
	defer func() {
		if ctx.Err() != nil {
			_ = conn.Object(portalName, request).Call(requestName+".Close", 0).Err // it goes with the connection too
		}
	}()
	call := conn.Object(portalName, portalPath).CallWithContext(ctx, r.method(), 0, r.parent, r.title,
		r.options(token))
	if call.Err != nil && ctx.Err() == nil {
		return nil, message.Errorf("%w: %w", errNoDialog, call.Err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case answer, open := <-answers:
			switch {
			case !open:
				return nil, message.New("the desktop closed the file dialog without an answer")
			case answer.Path == request: // others are of the bus itself
				return chosen(answer)
			}
		}
	}
}

// signalRoom is for the signals of the bus that come beside the one answer.
const signalRoom = 8

// hasBus tells whether there is a session bus: to look for one would start one.
func hasBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return os.Getenv("XDG_RUNTIME_DIR") != "" && err == nil
}

func (r systemRequest) method() string {
	if r.kind.saves {
		return chooserSave
	}
	return chooserOpen
}

// pattern is one of a filter as the portal has it: of kind 0, a shell pattern.
type pattern struct {
	Kind uint32
	Glob string
}

// filter is what a person chooses between in the portal.
type filter struct {
	Name     string
	Patterns []pattern
}

func (r systemRequest) options(token string) map[string]dbus.Variant {
	out := map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant(token), "modal": dbus.MakeVariant(true),
		"current_folder": dbus.MakeVariant(append([]byte(r.folder), 0)),
	}
	if r.kind.saves {
		out["current_name"] = dbus.MakeVariant(r.name)
	} else {
		out["multiple"] = dbus.MakeVariant(r.kind.many)
		out["directory"] = dbus.MakeVariant(r.kind.folder)
	}
	if r.filter != "" {
		f := filter{Name: r.filter}
		for _, glob := range r.kind.patterns {
			f.Patterns = append(f.Patterns, pattern{Glob: glob})
		}
		out["filters"] = dbus.MakeVariant([]filter{f})
	}
	return out
}

// chosen reads the portal's answer: 0 with the URIs, 1 where the person thought better of it.
func chosen(answer *dbus.Signal) ([]string, error) {
	var code uint32
	var results map[string]dbus.Variant
	if err := dbus.Store(answer.Body, &code, &results); err != nil {
		return nil, message.Errorf("the desktop's file dialog answered what cannot be read: %w", err)
	}
	if code != 0 {
		return nil, nil
	}
	var uris []string
	if err := results["uris"].Store(&uris); err != nil {
		return nil, message.Errorf("the desktop's file dialog answered what cannot be read: %w", err)
	}
	return localPaths(uris)
}

// localPaths turns the portal's file URIs into paths.
func localPaths(uris []string) ([]string, error) {
	var out []string
	for _, s := range uris {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "file" || u.Path == "" {
			return nil, message.Errorf("%s is no file on this machine; copy it here first", s)
		}
		out = append(out, filepath.FromSlash(u.Path))
	}
	return out, nil
}
