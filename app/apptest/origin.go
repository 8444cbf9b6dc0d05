package apptest

import (
	"context"

	"hilum/dicomio"
	"hilum/dicomio/scan"
)

// Decode reads a picture by the place it is said to lie at.
type Decode func(ctx context.Context, path string) (*dicomio.Image, error)

// Origin is the origin of a picture that is decoded as the test wants.
type Origin struct {
	scan.Origin
	Read Decode
}

// Decode implements scan.Origin.
func (o Origin) Decode(ctx context.Context) (*dicomio.Image, error) {
	return o.Read(ctx, o.Location())
}

// Instance is a picture that lies nowhere.
func Instance(path string, read Decode) *scan.Instance {
	return &scan.Instance{Origin: Origin{scan.File(path), read}}
}

// Sources are those that come along, but for what decodes the pictures that they find.
func Sources(read Decode) scan.Registry {
	list := scan.Sources()
	for i, s := range list {
		list[i].Take = func(location string) scan.Finder {
			find := s.Take(location)
			if find == nil {
				return nil
			}
			return func(ctx context.Context, to *scan.Sink) error { return find(ctx, to.Through(decodedBy(read))) }
		}
	}
	return list
}

// decodedBy replaces what decodes a picture.
func decodedBy(read Decode) func(scan.Found) scan.Found {
	return func(f scan.Found) scan.Found {
		if f.Instance != nil {
			f.Instance.Origin = Origin{f.Instance.Origin, read}
		}
		return f
	}
}
