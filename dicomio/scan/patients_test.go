package scan

import (
	"cmp"
	"context"
	"slices"
)

// Catalog is what Collect found, grouped.
type Catalog struct {
	Patients []*Patient // by name
	Problems []Found    // files that should be pictures and cannot be read
	Pictures int
}

// Collect finds the pictures at path as Find does and groups them by patient,
// study and series. progress may be nil.
func Collect(ctx context.Context, path string, progress func(Progress)) (*Catalog, error) {
	c := &Catalog{}
	var all []*Instance
	err := Find(ctx, path, func(f Found) {
		if f.Instance != nil {
			all = append(all, f.Instance)
		} else {
			c.Problems = append(c.Problems, f)
		}
	}, progress)
	if err != nil {
		return nil, err
	}
	c.Pictures = len(all)
	c.Patients = Group(all)
	slices.SortFunc(c.Problems, func(a, b Found) int { return cmp.Compare(a.Path, b.Path) })
	return c, nil
}
