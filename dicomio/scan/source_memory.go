package scan

import (
	"bytes"
	"context"
	"io"
	"path/filepath"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
)

// memory is the origin of a picture whose file is not on the disk.
type memory struct {
	path string // what it goes by
	data []byte
}

// InMemory makes an instance of a file that is not on the disk, such as one that
// comes with the program; path is what it goes by. The bytes are not copied.
func InMemory(path string, data []byte) (*Instance, error) {
	f := examineHead(memory{path, data}, func(n int) ([]byte, error) { return data[:min(n, len(data))], nil })
	switch {
	case f == nil, f.object != nil:
		return nil, &fileio.FormatError{Path: path, Reason: message.Of("it is no picture")}
	case f.Err != nil:
		return nil, f.Err
	}
	return f.Instance, nil
}

// Location implements Origin.
func (m memory) Location() string { return m.path }

// Name implements Origin.
func (m memory) Name() string { return filepath.Base(m.path) }

// Disk implements Origin.
func (m memory) Disk() string { return "" }

// Decode implements Origin.
func (m memory) Decode(ctx context.Context) (*dicomio.Image, error) {
	return dicomio.DecodeBytes(ctx, m.path, m.data)
}

// Attributes implements Origin.
func (m memory) Attributes(context.Context) ([]inspect.Attribute, error) {
	return inspect.AttributesBytes(m.path, m.data)
}

// File implements Origin.
func (m memory) File(_ context.Context, use func(file io.ReaderAt, size int64) error) error {
	return use(bytes.NewReader(m.data), int64(len(m.data)))
}
