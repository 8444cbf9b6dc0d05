package scan

import (
	"context"
	"io"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
)

// Origin is where one picture comes from: whoever wants its pixels, its attributes or its
// file asks it, and nobody looks at a path. A path is one kind of identity.
type Origin interface {
	// Location tells the picture from all others: a path, the name of an archive's member
	// behind the archive's path, an address. It stays the same from start to start.
	Location() string
	// Name is what to show for it.
	Name() string
	// Disk is the file on the disk that the picture lies in, by which its age can be
	// told; "" for none.
	Disk() string
	// Decode reads the picture.
	Decode(ctx context.Context) (*dicomio.Image, error)
	// Attributes reads the attributes; PNG and JPEG pictures have none.
	Attributes(ctx context.Context) ([]inspect.Attribute, error)
	// File lets use read the file without holding it. It is best read from its start to
	// its end.
	File(ctx context.Context, use func(file io.ReaderAt, size int64) error) error
}

// Source is a kind of place that pictures come from. It is a value: to add one, write it in
// a file of its own and list it in [Sources].
type Source struct {
	Name string // as people call it: folder, archive
	// Take gives what finds the pictures at a location, nil for a location of another kind.
	Take func(location string) Finder
}

// Finder finds the pictures at one location, see Find. The error is about the location
// itself, or ctx's.
type Finder func(ctx context.Context, s *Sink) error

// Registry is a list of sources, in the order in which they are asked.
type Registry []Source

// Sources lists the sources that come along. The last takes whatever the others do not.
func Sources() Registry { return Registry{folders(), archives(), discs(), files()} }

// Find finds the pictures at location. found is called for each as soon as its header was
// read, progress (may be nil) after each file; calls come one at a time, from other
// goroutines than the caller's. Files that are no pictures are passed over. The error is
// about location itself, or ctx's.
func (r Registry) Find(ctx context.Context, location string, found func(Found), progress func(Progress)) error {
	for _, s := range r {
		if find := s.Take(location); find != nil {
			return find(ctx, &Sink{found: found, progress: progress})
		}
	}
	return message.Errorf("opening %s: no source knows such a place", fileio.ShortName(location))
}

// opening says what was being opened when an error came.
func opening(location string, err error) error {
	if err == nil {
		return nil
	}
	return message.Errorf("opening %s: %w", fileio.ShortName(location), err)
}

// Find is Registry.Find of the sources that come along.
func Find(ctx context.Context, location string, found func(Found), progress func(Progress)) error {
	return Sources().Find(ctx, location, found, progress)
}
