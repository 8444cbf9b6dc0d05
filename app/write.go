package app

import (
	"io"

	"hilum/internal/atomicfile"
)

// WriteFile writes a file atomically: readers see the old one or the new one,
// and a killed program leaves no part.
func WriteFile(path string, data []byte) error { return atomicfile.WriteBytes(path, data) }

func writeAtomic(path string, write func(io.Writer) error) error {
	return atomicfile.Write(path, write)
}
