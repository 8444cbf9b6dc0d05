//go:build !linux

package filedialog

import (
	"context"

	"fyne.io/fyne/v2"
)

func nativeHandle(fyne.Window) string { return "" }

// systemRequest is what the desktop's dialog is asked.
type systemRequest struct {
	parent, title string
	kind          kind
	filter        string
	name          string
	folder        string
}

func (systemRequest) show(context.Context) ([]string, error) { return nil, errNoDialog }
