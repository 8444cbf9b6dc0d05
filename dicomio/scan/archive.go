package scan

import (
	"archive/zip"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"path/filepath"
	"strings"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/regular"
)

// archives finds the pictures in a .zip archive, without unpacking it anywhere.
func archives() Source {
	return Source{
		Name: "archive",
		Take: func(path string) Finder {
			if !isZip(path) {
				return nil
			}
			return func(ctx context.Context, s *Sink) error { return opening(path, s.archive(ctx, path)) }
		},
	}
}

// member is the origin of a picture in a .zip archive, by its name there.
type member struct{ archive, name string }

// Location implements Origin.
func (m member) Location() string { return m.archive + "/" + m.name }

// Name implements Origin.
func (m member) Name() string { return filepath.Base(m.archive) + "/" + m.name }

// Disk implements Origin.
func (m member) Disk() string { return m.archive }

// Decode implements Origin.
func (m member) Decode(ctx context.Context) (*dicomio.Image, error) {
	return decodeMember(ctx, m.archive, m.name)
}

// Attributes implements Origin.
func (m member) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	data, err := readMember(ctx, m.archive, m.name)
	if err != nil {
		return nil, err
	}
	return inspect.AttributesBytes(m.Location(), data)
}

// File implements Origin.
func (m member) File(ctx context.Context, use func(file io.ReaderAt, size int64) error) error {
	return withMember(m.archive, m.name, func(z *zip.File) error {
		in, err := memberInput(ctx, m.archive, z)
		if err != nil {
			return err
		}
		return use(in, in.Size)
	})
}

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
		return nil, fileio.OpenError(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fileio.OpenError(path, err), f.Close())
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		err = &fileio.FormatError{Path: path, Reason: message.Of("the archive is damaged"), Err: err}
		return nil, errors.Join(err, f.Close())
	}
	return &archiveFile{z, f}, nil
}

// archive looks at the members of a .zip file, without unpacking it anywhere.
func (s *Sink) archive(ctx context.Context, path string) error {
	z, err := openArchive(path)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }() // it was only read
	if len(z.File) > maxFiles {
		return message.Errorf("it has more than %d files; choose a smaller archive", maxFiles)
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
	return examineHead(member{path, m.Name}, func(n int) ([]byte, error) {
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
		return &fileio.FormatError{Path: name, Reason: message.Of("its name points outside the archive"),
			Advice: message.Of("do not trust this archive")}
	case size > maxMember, size > freeRatio && size > packed*maxRatio:
		return &fileio.FormatError{Path: name, Reason: message.Of("%d bytes would unpack to %d", packed, size),
			Advice: message.Of("do not trust this archive")}
	case m.Flags&1 != 0:
		return &fileio.UnsupportedError{Path: name, Encoding: message.Of("an encrypted archive"),
			Advice: message.Of("unpack it first")}
	}
	return nil
}

// withMember calls use with a member of the archive at path.
func withMember(path, member string, use func(*zip.File) error) error {
	z, err := openArchive(path)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }() // it was only read
	for _, m := range z.File {
		if m.Name != member {
			continue
		}
		if err := checkMember(path, m); err != nil {
			return err
		}
		return use(m)
	}
	return &fileio.FormatError{Path: path, Reason: message.Of("it has no member %q", member),
		Advice: message.Of("open the archive again")}
}

// heldMember is how large a member may be to be unpacked into memory as a whole;
// larger ones are unpacked as they are read.
const heldMember = 32 << 20

// readMember unpacks one member into memory.
func readMember(ctx context.Context, path, member string) (data []byte, err error) {
	err = withMember(path, member, func(m *zip.File) error {
		data = make([]byte, m.UncompressedSize64)
		return unpack(ctx, path, m, data)
	})
	return data, err
}

// decodeMember decodes one member.
func decodeMember(ctx context.Context, path, member string) (im *dicomio.Image, err error) {
	name := path + "/" + member
	defer parallel.Recover(fileio.Failed(name, &err))
	err = withMember(path, member, func(m *zip.File) error {
		in, err := memberInput(ctx, path, m)
		if err != nil {
			return err
		}
		im, err = dicomio.DecodeInput(ctx, name, in)
		return err
	})
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	return im, nil
}

// memberInput is a member whose checksum fits.
func memberInput(ctx context.Context, path string, m *zip.File) (dcm.Input, error) {
	if size := m.UncompressedSize64; size <= heldMember {
		data := make([]byte, size)
		return dcm.InMemory(data), unpack(ctx, path, m, data)
	}
	if err := unpack(ctx, path, m, nil); err != nil {
		return dcm.Input{}, err
	}
	r := dcm.Stream(m.Open)
	return dcm.Input{ReaderAt: fileio.ReaderAt(ctx, r), Size: int64(m.UncompressedSize64), InOrder: true}, nil
}

// unpack unpacks a member into data, as long as the archive says it is, or with
// nil only looks at it. Its checksum is computed here over exactly these bytes:
// the zip package compares it only for who reads on to the end, and not at all
// where the archive gives it as 0.
func unpack(ctx context.Context, path string, m *zip.File, data []byte) error {
	broken := func(err error) error {
		if ctx.Err() != nil {
			return message.Errorf("reading %s: %w", m.Name, ctx.Err())
		}
		return &fileio.FormatError{Path: path + "/" + m.Name, Reason: message.Of("it cannot be unpacked: %v", err),
			Err: err}
	}
	r, err := m.Open()
	if err != nil {
		return broken(err)
	}
	defer r.Close()
	sum := crc32.NewIEEE()
	in := io.TeeReader(fileio.Reader(ctx, r), sum)
	if data == nil {
		_, err = io.CopyN(io.Discard, in, int64(m.UncompressedSize64))
	} else {
		_, err = io.ReadFull(in, data)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return broken(message.New("it ends too early"))
	}
	if err != nil && !errors.Is(err, zip.ErrChecksum) {
		return broken(err)
	}
	var more [1]byte
	if n, rest := r.Read(more[:]); err != nil || n > 0 || !errors.Is(rest, io.EOF) || sum.Sum32() != m.CRC32 {
		return broken(message.New("its checksum does not fit, so the archive is damaged"))
	}
	return nil
}
