package app

import (
	"io"

	"hilum/internal/atomicfile"
)

// WriteFile writes a file atomically: readers see the old one or the new one,
// and a killed program leaves no part.
func WriteFile(path string, data []byte) error { return atomicfile.WriteBytes(path, data) }

// WriteStream writes a file atomically from what write puts into it.
func WriteStream(path string, write func(io.Writer) error) error {
	return atomicfile.Write(path, write)
}
