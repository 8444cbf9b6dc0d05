package kit

import (
	"fmt"
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/rymdport/portal/filechooser"

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

// systemOpen asks the XDG desktop portal.
// tableRules are the names of tables of text.
func tableRules() (out []filechooser.Rule) {
	for _, pattern := range []string{"*.csv", "*.tsv", "*.tab", "*.txt"} {
		out = append(out, filechooser.Rule{Type: filechooser.GlobPattern, Pattern: pattern})
	}
	return out
}

func systemOpen(style *Style, parent string, kind Kind) ([]string, error) {
	o := &filechooser.OpenFileOptions{Multiple: kind == Images, Directory: kind == Folder}
	title := style.T("Open chest films")
	switch kind {
	case Folder:
		title = style.T("Open a folder of chest films")
	case Network:
		title = style.T("Open a model")
		o.Filters = []*filechooser.Filter{
			{Name: "ONNX models", Rules: []filechooser.Rule{{Type: filechooser.GlobPattern, Pattern: "*.onnx"}}},
		}
	case Table:
		title = style.T("Open a table of films")
		o.Filters = []*filechooser.Filter{{Name: style.T("Tables"), Rules: tableRules()}}
	case Lesson:
		title = style.T("Open a lesson")
		o.Filters = []*filechooser.Filter{
			{Name: style.T("Lessons"), Rules: []filechooser.Rule{{Type: filechooser.GlobPattern, Pattern: "*.json"}}},
		}
	}
	uris, err := filechooser.OpenFile(parent, title, o)
	if err != nil {
		return nil, message.Errorf("%w: %w", errNoDialog, err)
	}
	return localPaths(uris)
}

func systemSave(style *Style, parent, name string) (string, error) {
	uris, err := filechooser.SaveFile(parent, style.T("Save as"), &filechooser.SaveFileOptions{CurrentName: name})
	if err != nil {
		return "", message.Errorf("%w: %w", errNoDialog, err)
	}
	paths, err := localPaths(uris)
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return paths[0], nil
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
