package dicomio

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/regular"
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

	data []byte // the file where it is not on the disk
}

// InMemory makes an instance of a file that is not on the disk, such as one that
// comes with the program; path is what it goes by. The bytes are not copied.
func InMemory(path string, data []byte) (*Instance, error) {
	f := examineHead(path, "", func(n int) ([]byte, error) { return data[:min(n, len(data))], nil })
	switch {
	case f == nil:
		return nil, &FormatError{Path: path, Reason: message.Of("it is no picture")}
	case f.Err != nil:
		return nil, f.Err
	}
	f.Instance.data = data
	return f.Instance, nil
}

// OnDisk tells whether the instance lies in a file or an archive.
func (i *Instance) OnDisk() bool { return i.data == nil }

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
	switch {
	case !i.OnDisk():
		return DecodeBytes(ctx, i.Location(), i.data)
	case i.Member == "":
		return Decode(ctx, i.Path)
	}
	return decodeMember(ctx, i.Path, i.Member)
}

// Bytes reads the instance's file, from the disk or the archive. They are not to be
// written to.
func (i *Instance) Bytes(ctx context.Context) ([]byte, error) {
	switch {
	case !i.OnDisk():
		return i.data, nil
	case i.Member == "":
		return readFile(ctx, i.Path)
	}
	return readMember(ctx, i.Path, i.Member)
}

// Attributes reads the instance's attributes; PNG and JPEG pictures have none.
func (i *Instance) Attributes(ctx context.Context) ([]Attribute, error) {
	if i.Member == "" && i.OnDisk() {
		return Attributes(ctx, i.Path)
	}
	data, err := i.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	return AttributesBytes(i.Location(), data)
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
		return message.Errorf("opening %s: %w", shortName(path), err)
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
	f := examine(path, make([]byte, headBytes))
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
				return message.Errorf("it has more than %d files; choose a smaller folder", maxFiles)
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
	return parallel.Feed(ctx, max(2, runtime.GOMAXPROCS(0)), list, func() func(string) error {
		buf := make([]byte, headBytes)
		return func(path string) error {
			s.report(examine(path, buf))
			return nil
		}
	})
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

// examine reads a file's header, through buf; nil when it is no picture and does
// not promise to be one.
func examine(path string, buf []byte) (f *Found) {
	defer parallel.Recover(func(p *parallel.Panic) {
		f = &Found{Path: path, Err: &FormatError{Path: path, Reason: message.Of("its decoder failed (%v)", p.Value)}}
	})
	file, err := regular.Open(path)
	if err != nil {
		return &Found{Path: path, Err: openError(path, err)}
	}
	defer file.Close()
	return examineHead(path, "", func(n int) ([]byte, error) {
		head := buf
		if n > len(buf) {
			head = make([]byte, n)
		}
		k, err := file.ReadAt(head[:n], 0)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return head[:k], err
	})
}

// examineHead tells a picture by the head of a file; read returns its first n
// bytes, fewer when it has no more.
func examineHead(path, member string, read func(n int) ([]byte, error)) *Found {
	instance := &Instance{Path: path, Member: member}
	problem := func(err error) *Found {
		return &Found{Path: instance.Location(), Err: damaged(instance.Name(), err)}
	}
	for n := headBytes; ; n *= 4 {
		head, err := read(n)
		if err != nil {
			return problem(message.Errorf("reading its header: %w", err))
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
		if incomplete && len(head) == n && n < maxHeader {
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
	i.SeriesNumber = int(number(s.Find(tagSeriesNumber), 0))
	i.InstanceNumber = int(number(s.Find(tagInstanceNumber), 0))
	i.Rows, i.Columns, i.Frames = word(tagRows), word(tagColumns), max(1, int(number(s.Find(tagFrames), 1)))
}
