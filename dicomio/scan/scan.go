// Package scan finds pictures in folders, archives and on discs, and groups them by
// patient, study and series. Its core type is [Instance]: a picture that was found,
// with what its header says and the ways to open it. It imports dicomio, inspect and
// the structure of files.
package scan

import (
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

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/parallel"
	"hilum/internal/regular"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Instance is one picture that was found, with what its header says; its
// pixels have not been decoded.
type Instance struct {
	Path   string // the file; of an archive's members, the archive
	Member string // name inside a .zip archive, "" for a plain file
	Format dicomio.Format
	Header dicomio.Header

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
		return nil, &fileio.FormatError{Path: path, Reason: "it is no picture"}
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
func (i *Instance) Decode(ctx context.Context) (*dicomio.Image, error) {
	switch {
	case !i.OnDisk():
		return dicomio.DecodeBytes(ctx, i.Location(), i.data)
	case i.Member == "":
		return dicomio.Decode(ctx, i.Path)
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
		return fileio.ReadAll(ctx, i.Path)
	}
	return readMember(ctx, i.Path, i.Member)
}

// Attributes reads the instance's attributes; PNG and JPEG pictures have none.
func (i *Instance) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	if i.Member == "" && i.OnDisk() {
		return inspect.Attributes(ctx, i.Path)
	}
	data, err := i.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	return inspect.AttributesBytes(i.Location(), data)
}

// Found is one result of Find: a picture, or a file that should be one and
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

// Find finds the pictures at path: a file, a folder (with all below it), a
// DICOMDIR or a .zip archive. found is called for each as soon as its header
// was read, progress (may be nil) after each file; calls come one at a time,
// from other goroutines than the caller's. Files that are no pictures are
// passed over. The error is about path itself, or ctx's.
func Find(ctx context.Context, path string, found func(Found), progress func(Progress)) error {
	info, err := os.Stat(path)
	if err != nil {
		return fileio.OpenError(path, err)
	}
	s := &finder{found: found, progress: progress}
	switch {
	case info.IsDir():
		err = s.folder(ctx, path)
	case isZip(path):
		err = s.archive(ctx, path)
	default:
		err = s.single(ctx, path)
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", fileio.ShortName(path), err)
	}
	return nil
}

// finder serialises the callbacks of a running scan.
type finder struct {
	mu       sync.Mutex
	found    func(Found)
	progress func(Progress)
	count    Progress
}

func (s *finder) report(f *Found) {
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
func (s *finder) single(ctx context.Context, path string) error {
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
		_, err := dicomio.Decode(ctx, path) // says what the file is instead
		return err
	}
	s.report(f)
	return nil
}

// folder walks over a folder; its headers are read by several workers.
func (s *finder) folder(ctx context.Context, root string) error {
	return s.workers(ctx, func(send func(string) bool) error {
		n := 0
		return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				if path == root {
					return err
				}
				s.report(&Found{Path: path, Err: fileio.OpenError(path, err)})
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
func (s *finder) workers(ctx context.Context, list func(send func(string) bool) error) error {
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
		f = &Found{Path: path, Err: &fileio.FormatError{Path: path,
			Reason: fmt.Sprintf("its decoder failed (%v)", p.Value)}}
	})
	file, err := regular.Open(path)
	if err != nil {
		return &Found{Path: path, Err: fileio.OpenError(path, err)}
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
		return &Found{Path: instance.Location(), Err: fileio.Damaged(instance.Name(), err)}
	}
	for n := headBytes; ; n *= 4 {
		head, err := read(n)
		if err != nil {
			return problem(fmt.Errorf("reading its header: %w", err))
		}
		switch {
		case fileio.HasPrefix(head, fileio.PNGSignature):
			instance.Format = dicomio.PNG
			return &Found{Instance: instance}
		case fileio.HasPrefix(head, fileio.JPEGMarker):
			instance.Format = dicomio.JPEG
			return &Found{Instance: instance}
		case !dcm.IsDICOM(head):
			if !promisesPicture(instance.Name()) {
				return nil
			}
			_, err := dicomio.DecodeBytes(context.Background(), instance.Name(), head) // says what it is instead
			return problem(err)
		}
		f, err := dcm.Scan(head, dcm.Options{HeaderOnly: true})
		incomplete := errors.Is(err, dcm.ErrTruncated) || err == nil && !f.Pixels.Present()
		if incomplete && len(head) == n && n < maxHeader {
			continue
		}
		if err != nil {
			return problem(err)
		}
		if !f.Pixels.Present() {
			return nil // a report, a DICOMDIR, a presentation state
		}
		instance.fill(f)
		return &Found{Instance: instance}
	}
}

func (i *Instance) fill(f *dcm.File) {
	s := f.Elements
	word := func(t tag.Tag) int {
		if w := s.Find(t).Uint16s(); len(w) > 0 {
			return int(w[0])
		}
		return 0
	}
	i.Format, i.TransferSyntax = dicomio.DICOM, f.TransferSyntax
	i.Header = dicomio.ReadHeader(s)
	i.SeriesNumber = int(s.Find(tag.SeriesNumber).Number(0))
	i.InstanceNumber = int(s.Find(tag.InstanceNumber).Number(0))
	i.Rows, i.Columns, i.Frames = word(tag.Rows), word(tag.Columns), max(1, int(s.Find(tag.NumberOfFrames).Number(1)))
}
