package dicomio

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"hilum/dicomio/internal/dcm"
)

// Instance is one picture that was found, with what its header says; its
// pixels have not been decoded.
type Instance struct {
	Path   string // the file; of an archive's members, the archive
	Member string // name inside a .zip archive, "" for a plain file
	Format Format
	Study  Study

	SeriesNumber, InstanceNumber int
	Rows, Columns, Frames        int // 0 for PNG and JPEG
	TransferSyntax               string
}

// Name is what to show for the instance.
func (i *Instance) Name() string {
	if i.Member != "" {
		return filepath.Base(i.Path) + "/" + i.Member
	}
	return filepath.Base(i.Path)
}

// Location is where the instance lies: its path, and for a member of an archive
// the name in it after that.
func (i *Instance) Location() string {
	if i.Member == "" {
		return i.Path
	}
	return i.Path + "/" + i.Member
}

// Decode reads the instance's picture, from the file or the archive.
func (i *Instance) Decode(ctx context.Context) (*Image, error) {
	if i.Member == "" {
		return Decode(ctx, i.Path)
	}
	data, err := readMember(ctx, i.Path, i.Member)
	if err != nil {
		return nil, err
	}
	return DecodeBytes(ctx, i.Location(), data)
}

// Found is one result of Scan: a picture, or a file that should be one and
// cannot be read.
type Found struct {
	Instance *Instance
	Path     string // of the problem
	Err      error
}

// Progress counts the files of a scan.
type Progress struct {
	Files    int // looked at so far
	Pictures int
}

// maxFiles bounds a scan; an archive of a hospital is no folder to open.
const maxFiles = 500_000

// Scan finds the pictures at path: a file, a folder (with all below it), a
// DICOMDIR or a .zip archive. found is called for each as soon as its header
// was read, progress (may be nil) after each file; calls come one at a time,
// from other goroutines than the caller's. Files that are no pictures are
// passed over. The error is about path itself, or ctx's.
func Scan(ctx context.Context, path string, found func(Found), progress func(Progress)) error {
	info, err := os.Stat(path)
	if err != nil {
		return openError(path, err)
	}
	s := &scan{found: found, progress: progress}
	switch {
	case info.IsDir():
		err = s.folder(ctx, path)
	case isZip(path):
		err = s.archive(ctx, path)
	default:
		err = s.single(ctx, path)
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", shortName(path), err)
	}
	return nil
}

// scan serialises the callbacks of a running scan.
type scan struct {
	mu       sync.Mutex
	found    func(Found)
	progress func(Progress)
	count    Progress
}

func (s *scan) report(f *Found) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Files++
	if f != nil {
		if f.Instance != nil {
			s.count.Pictures++
		}
		s.found(*f)
	}
	if s.progress != nil {
		s.progress(s.count)
	}
}

// single looks at one file, which may be a DICOMDIR.
func (s *scan) single(ctx context.Context, path string) error {
	files, err := directoryFiles(ctx, path)
	if err != nil {
		return err
	}
	if files != nil {
		return s.workers(ctx, func(send func(string) bool) error {
			for _, f := range files {
				if !send(f) {
					break
				}
			}
			return nil
		})
	}
	f := examine(path)
	if f == nil {
		_, err := Decode(ctx, path) // says what the file is instead
		return err
	}
	s.report(f)
	return nil
}

// folder walks over a folder; its headers are read by several workers.
func (s *scan) folder(ctx context.Context, root string) error {
	return s.workers(ctx, func(send func(string) bool) error {
		n := 0
		return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if path == root {
					return err
				}
				s.report(&Found{Path: path, Err: openError(path, err)})
				return nil
			}
			if !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") || strings.EqualFold(d.Name(), "DICOMDIR") {
				return nil
			}
			if n++; n > maxFiles {
				return fmt.Errorf("it has more than %d files; choose a smaller folder", maxFiles)
			}
			if !send(path) {
				return fs.SkipAll
			}
			return nil
		})
	})
}

// workers examines the files that list sends; send returns false once ctx is
// done.
func (s *scan) workers(ctx context.Context, list func(send func(string) bool) error) error {
	paths := make(chan string, 64)
	var wait sync.WaitGroup
	for range max(2, runtime.GOMAXPROCS(0)) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for p := range paths {
				s.report(examine(p))
			}
		}()
	}
	err := list(func(p string) bool {
		select {
		case paths <- p:
			return ctx.Err() == nil
		case <-ctx.Done():
			return false
		}
	})
	close(paths)
	wait.Wait()
	return errors.Join(err, ctx.Err())
}

// headBytes is what is read of a file at first; nearly all headers fit.
const headBytes = 8 << 10

// maxHeader bounds a header with large private elements.
const maxHeader = 64 << 20

// named are the extensions by which a file promises to be a picture: one that
// then is none is a problem to report, not a file to pass over.
var named = []string{".png", ".jpg", ".jpeg", ".dcm", ".dicom"}

func promisesPicture(path string) bool {
	return slices.Contains(named, strings.ToLower(filepath.Ext(path)))
}

// examine reads a file's header; nil when it is no picture and does not promise
// to be one.
func examine(path string) (f *Found) {
	defer func() {
		if r := recover(); r != nil {
			f = &Found{Path: path, Err: &FormatError{Path: path, Reason: fmt.Sprintf("its decoder failed (%v)", r)}}
		}
	}()
	file, err := os.Open(path)
	if err != nil {
		return &Found{Path: path, Err: openError(path, err)}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return &Found{Path: path, Err: fmt.Errorf("reading %s: %w", shortName(path), err)}
	}
	return examineHead(path, "", info.Size(), func(n int) ([]byte, error) {
		head := make([]byte, n)
		k, err := file.ReadAt(head, 0)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return head[:k], err
	})
}

// examineHead tells a picture by the head of a file of size bytes; read
// returns its first n.
func examineHead(path, member string, size int64, read func(n int) ([]byte, error)) *Found {
	instance := &Instance{Path: path, Member: member}
	problem := func(err error) *Found {
		return &Found{Path: instance.Location(), Err: damaged(instance.Name(), err)}
	}
	for n := int64(headBytes); ; n *= 4 {
		n = min(n, size, maxHeader)
		head, err := read(int(n))
		if err != nil {
			return problem(fmt.Errorf("reading its header: %w", err))
		}
		switch {
		case hasPrefix(head, "\x89PNG\r\n\x1a\n"):
			instance.Format = PNG
			return &Found{Instance: instance}
		case hasPrefix(head, "\xff\xd8\xff"):
			instance.Format = JPEG
			return &Found{Instance: instance}
		case !dcm.IsDICOM(head):
			if !promisesPicture(instance.Name()) {
				return nil
			}
			_, err := DecodeBytes(context.Background(), instance.Name(), head) // says what it is instead
			return problem(err)
		}
		f, err := dcm.Scan(head, dcm.Options{HeaderOnly: true})
		incomplete := errors.Is(err, dcm.ErrTruncated) || err == nil && f.Pixels.Tag == 0
		if incomplete && n < size && n < maxHeader {
			continue
		}
		if err != nil {
			return problem(err)
		}
		if f.Pixels.Tag == 0 {
			return nil // a report, a DICOMDIR, a presentation state
		}
		instance.fill(f)
		return &Found{Instance: instance}
	}
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

func (i *Instance) fill(f *dcm.File) {
	s := f.Elements
	word := func(t dcm.Tag) int {
		if w := s.Find(t).Uint16s(); len(w) > 0 {
			return int(w[0])
		}
		return 0
	}
	i.Format, i.TransferSyntax = DICOM, f.TransferSyntax
	i.Study = readStudy(s)
	i.SeriesNumber = int(number(s.Find(0x00200011), 0))
	i.InstanceNumber = int(number(s.Find(0x00200013), 0))
	i.Rows, i.Columns, i.Frames = word(tagRows), word(tagColumns), max(1, int(number(s.Find(tagFrames), 1)))
}

func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "PK\x03\x04"
}

// archive looks at the members of a .zip file, without unpacking it anywhere.
func (s *scan) archive(ctx context.Context, path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return &FormatError{Path: path, Reason: "the archive is damaged", Err: err}
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
	return examineHead(path, m.Name, int64(m.UncompressedSize64), func(n int) ([]byte, error) {
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
	z, err := zip.OpenReader(path)
	if err != nil {
		if os.IsNotExist(err) || os.IsPermission(err) {
			return nil, openError(path, err)
		}
		return nil, &FormatError{Path: path, Reason: "the archive is damaged", Err: err}
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
