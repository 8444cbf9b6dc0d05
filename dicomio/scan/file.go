package scan

import (
	"archive/zip"
	"bytes"
	"context"
	"io"

	"hilum/dicomio/internal/fileio"
)

// File lets use read the instance's file, from the disk or the archive, without
// holding it. It is best read from its start to its end.
func (i *Instance) File(ctx context.Context, use func(file io.ReaderAt, size int64) error) error {
	switch {
	case !i.OnDisk():
		return use(bytes.NewReader(i.data), int64(len(i.data)))
	case i.Member == "":
		f, size, err := fileio.Open(i.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		return use(f, size)
	}
	return withMember(i.Path, i.Member, func(m *zip.File) error {
		in, err := memberInput(ctx, i.Path, m)
		if err != nil {
			return err
		}
		return use(in, in.Size)
	})
}
