package pacs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Folder keeps objects in files that are named by SOP Instance UID. A file under such a
// name is whole: it gets its name when it is written and read back.
type Folder struct {
	Dir string
	// Durable waits for the disk, so that not even a power cut takes what was kept. Without it
	// a cut may take what can be fetched again, and Has tells what is not whole.
	Durable bool
}

// errUID is about a name that is none, and might lead out of the folder.
var errUID = message.New("an object has no valid SOP Instance UID")

// ErrOtherObject says that an object is another than was announced.
var ErrOtherObject = message.New("the object is another than was announced")

// Path is the file of an object.
func (f Folder) Path(instance string) (string, error) {
	const longest = 64 // PS3.5 9.1
	if instance == "" || len(instance) > longest || strings.Trim(instance, "0123456789.") != "" ||
		strings.Trim(instance, ".") == "" {
		return "", errUID
	}
	return filepath.Join(f.Dir, instance+".dcm"), nil
}

// Has says whether an object is there, whole.
func (f Folder) Has(instance string) bool {
	path, err := f.Path(instance)
	if err != nil {
		return false
	}
	file, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return checkObject(file, instance) == nil
}

// Keep writes an object, whole or not at all. write writes it as a file (PS3.10); one that
// cannot be read, is cut short, or is another object is refused.
func (f Folder) Keep(instance string, write func(io.Writer) error) (path string, err error) {
	if path, err = f.Path(instance); err != nil {
		return "", err
	}
	put := atomicfile.WriteUnsynced
	if f.Durable {
		put = atomicfile.WriteDurably
	}
	err = put(path, func(w io.Writer) error {
		if err := write(w); err != nil {
			return err
		}
		file, ok := w.(atomicfile.File)
		if !ok {
			return errors.ErrUnsupported
		}
		return checkObject(file.File, instance)
	})
	return path, err
}

// checkObject says what is wrong with a file that should hold an object.
func checkObject(file *os.File, instance string) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	f, err := dcm.ScanInput(dcm.Input{ReaderAt: file, Size: info.Size()})
	if err != nil {
		return &unreadableError{err}
	}
	if f.Pixels.Clipped {
		return &unreadableError{dcm.ErrTruncated}
	}
	if id := f.Elements.Find(tag.SOPInstanceUID).Text(); id != instance {
		return ErrOtherObject
	}
	return nil
}

// unreadableError is about an object that cannot be read.
type unreadableError struct{ err error }

// Message is the sentence with its parts.
func (e *unreadableError) Message() message.Message {
	return message.Of("the object cannot be read: %v", e.err)
}

// Error implements error.
func (e *unreadableError) Error() string { return e.Message().String() }

// Unwrap gives the cause.
func (e *unreadableError) Unwrap() error { return e.err }

// Take keeps an object that a peer sends, and says how that went as C-STORE has it (PS3.4
// B.2.3).
func (f Folder) Take(in *dimse.Incoming) (path string, status dimse.Status, err error) {
	path, err = f.Keep(in.Instance, func(w io.Writer) error { _, err := in.WriteTo(w); return err })
	var unreadable *unreadableError
	switch {
	case err == nil:
		return path, dimse.Success, nil
	case errors.Is(err, ErrOtherObject):
		return "", dimse.ClassMismatch, err
	case errors.Is(err, errUID), errors.As(err, &unreadable):
		return "", dimse.CannotUnderstand, err
	}
	return "", dimse.OutOfResources, err
}

// Make makes the folder.
func (f Folder) Make() error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return message.Errorf("cannot make the folder %s: %w", f.Dir, err)
	}
	return nil
}
