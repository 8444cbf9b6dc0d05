// Package scan finds pictures in folders, archives and on discs, and groups them by
// patient, study and series. Its core type is [Instance]: a picture that was found,
// with what its header says and the ways to open it. It imports dicomio, inspect and
// the structure of files.
package scan

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/regular"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Instance is one picture that was found, with what its header says; its
// pixels have not been decoded.
type Instance struct {
	Origin
	Format dicomio.Format
	Header dicomio.Header

	SeriesNumber, InstanceNumber int
	Rows, Columns, Frames        int // 0 for PNG and JPEG
	TransferSyntax               string
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

// Sink takes what a source finds, one at a time.
type Sink struct {
	mu       sync.Mutex
	found    func(Found)
	progress func(Progress)
	count    Progress
}

// Report takes a picture, or a problem.
func (s *Sink) Report(f Found) { s.report(&f) }

// Through is a sink that changes what goes into this one.
func (s *Sink) Through(change func(Found) Found) *Sink {
	return &Sink{found: func(f Found) { s.found(change(f)) }, progress: s.progress}
}

// report is Report; nil counts a file that is no picture.
func (s *Sink) report(f *Found) {
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

// workers examines the files that list sends; send returns false once ctx is
// done.
func (s *Sink) workers(ctx context.Context, list func(send func(string) bool) error) error {
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
		f = &Found{Path: path,
			Err: &fileio.FormatError{Path: path, Reason: message.Of("its decoder failed (%v)", p.Value)}}
	})
	file, err := regular.Open(path)
	if err != nil {
		return &Found{Path: path, Err: fileio.OpenError(path, err)}
	}
	defer file.Close()
	return examineHead(File(path), func(n int) ([]byte, error) {
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
func examineHead(origin Origin, read func(n int) ([]byte, error)) *Found {
	instance := &Instance{Origin: origin}
	problem := func(err error) *Found {
		return &Found{Path: instance.Location(), Err: fileio.Damaged(instance.Name(), err)}
	}
	for n := headBytes; ; n *= 4 {
		head, err := read(n)
		if err != nil {
			return problem(message.Errorf("reading its header: %w", err))
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
		if !f.Pixels.Present() || evidence.Of(f.Elements.Find(tag.SOPClassUID).Text()) != "" {
			return nil // a report, a DICOMDIR, a presentation state; a segmentation has pixels, and is no picture
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
