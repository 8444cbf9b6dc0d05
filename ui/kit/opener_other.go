//go:build !linux

package kit

import "fyne.io/fyne/v2"

func nativeHandle(fyne.Window) string { return "" }

func systemOpen(*Style, string, Kind) ([]string, error) { return nil, errNoDialog }

func systemSave(*Style, string, string) (string, error) { return "", errNoDialog }
