package scan

import (
	"context"
	"io"

	"hilum/dicomio"
	"hilum/dicomio/evidence"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
)

// Object is a file that was found beside pictures and speaks of some: a presentation
// state, a report, a segmentation. Only its header was read.
type Object struct {
	Origin
	Kind   evidence.Kind
	Header dicomio.Header // StudyUID is that of the pictures that it speaks of
}

// ReadEvidence reads what a file says of films: an object, or the overlays of a picture's
// own file. Errors are those of evidence.Read; a picture without an overlay is a
// *dicomio.UnsupportedError.
func ReadEvidence(ctx context.Context, from Origin) (o *evidence.Object, err error) {
	err = from.File(ctx, func(file io.ReaderAt, size int64) error {
		o, err = evidence.ReadInput(ctx, from.Location(), dcm.Input{ReaderAt: fileio.ReaderAt(ctx, file), Size: size})
		return err
	})
	return o, err
}

// Objects is the registry with somebody who takes the objects that are found beside
// pictures. take is called like found of Find. Without it objects are passed over, and one
// that is named by itself is no picture.
func (r Registry) Objects(take func(Object)) Registry {
	out := make(Registry, len(r))
	for i, s := range r {
		out[i] = Source{s.Name, func(location string) Finder {
			find := s.Take(location)
			if find == nil {
				return nil
			}
			return func(ctx context.Context, to *Sink) error {
				return find(ctx, &Sink{found: to.found, object: take, progress: to.progress})
			}
		}}
	}
	return out
}
