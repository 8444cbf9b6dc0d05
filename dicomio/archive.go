package dicomio

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"hilum/internal/regular"
)

func isZip(path string) bool {
	f, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "PK\x03\x04"
}

// archiveFile is an open .zip archive.
type archiveFile struct {
	*zip.Reader
	io.Closer
}

func openArchive(path string) (*archiveFile, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, openError(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(openError(path, err), f.Close())
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		err = &FormatError{Path: path, Reason: "the archive is damaged", Err: err}
		return nil, errors.Join(err, f.Close())
	}
	return &archiveFile{z, f}, nil
}

// archive looks at the members of a .zip file, without unpacking it anywhere.
func (s *scan) archive(ctx context.Context, path string) error {
	z, err := openArchive(path)
	if err != nil {
		return err
	}
	defer z.Close()
	if len(z.File) > maxFiles {
		return fmt.Errorf("it has more than %d files; choose a smaller archive", maxFiles)
	}
	for _, m := range z.File {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if m.FileInfo().IsDir() || strings.HasPrefix(filepath.Base(m.Name), ".") {
			continue
		}
		s.report(examineMember(path, m))
	}
	return nil
}

func examineMember(path string, m *zip.File) *Found {
	if err := checkMember(path, m); err != nil {
		return &Found{Path: path + "/" + m.Name, Err: err}
	}
	return examineHead(path, m.Name, func(n int) ([]byte, error) {
		r, err := m.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		head := make([]byte, n)
		k, err := io.ReadFull(r, head)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = nil
		}
		return head[:k], err
	})
}

// Bounds on a member of an archive. Pixels pack to a hundredth at most, but for
// empty pictures, which are small.
const (
	maxMember = 512 << 20
	maxRatio  = 400
	freeRatio = 16 << 20 // bytes that any ratio is allowed for
)

// checkMember refuses what smells of a bomb, or of a way out of a folder.
func checkMember(path string, m *zip.File) error {
	name := filepath.Base(path) + "/" + m.Name
	size, packed := m.UncompressedSize64, m.CompressedSize64
	switch {
	case !filepath.IsLocal(filepath.FromSlash(m.Name)):
		return &FormatError{Path: name, Reason: "its name points outside the archive", Advice: "do not trust this archive"}
	case size > maxMember, size > freeRatio && size > packed*maxRatio:
		return &FormatError{Path: name, Reason: fmt.Sprintf("%d bytes would unpack to %d", packed, size),
			Advice: "do not trust this archive"}
	case m.Flags&1 != 0:
		return &UnsupportedError{Path: name, Encoding: "an encrypted archive", Advice: "unpack it first"}
	}
	return nil
}

// readMember unpacks one member into memory.
func readMember(ctx context.Context, path, member string) ([]byte, error) {
	z, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	for _, m := range z.File {
		if m.Name != member {
			continue
		}
		if err := checkMember(path, m); err != nil {
			return nil, err
		}
		r, err := m.Open()
		if err != nil {
			return nil, &FormatError{Path: path + "/" + member, Reason: "it cannot be unpacked", Err: err}
		}
		defer r.Close()
		data, err := io.ReadAll(&contextReader{ctx, io.LimitReader(r, int64(m.UncompressedSize64))})
		if err != nil {
			if ctx.Err() != nil {
				return nil, fmt.Errorf("reading %s: %w", member, err)
			}
			return nil, &FormatError{Path: path + "/" + member, Reason: "it cannot be unpacked", Err: err}
		}
		return data, nil
	}
	return nil, &FormatError{Path: path, Reason: fmt.Sprintf("it has no member %q", member), Advice: "open the archive again"}
}
