package ort

import (
	"unsafe"

	"golang.org/x/sys/windows"

	"hilum/internal/message"
)

func dlopen(path string) (unsafe.Pointer, error) {
	h, err := windows.LoadLibrary(path)
	return unsafe.Pointer(h), err //nolint:govet // a module handle, not memory
}

// libraryVersion cannot call the library before the binding does; the binding's
// own check of the API then refuses one that is too old.
func libraryVersion(path string) (string, error) {
	h, err := windows.LoadLibrary(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = windows.FreeLibrary(h) }()
	if _, err := windows.GetProcAddress(h, "OrtGetApiBase"); err != nil {
		return "", message.New("it has no OrtGetApiBase")
	}
	return "1.24", nil
}

// cudaDevices is decided by the provider itself on Windows.
func cudaDevices(unsafe.Pointer) (int, error) { return 1, nil }
