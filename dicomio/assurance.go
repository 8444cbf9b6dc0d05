package dicomio

import (
	"strings"

	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Assurance is what may be promised of a picture's pixels to whoever gets it. The
// zero value promises nothing.
type Assurance struct {
	// BurnedIn says whether the pixels tell somebody: "YES", "NO" where that is
	// known, "" where nobody knows (Burned In Annotation, PS3.3 C.7.6.1).
	BurnedIn string
	Lossy    Compression
}

// Compression is what was ever lost by compression.
type Compression = pixeldata.Compression

// assuranceOf reads what a file promises.
func assuranceOf(o *pixeldata.Object) Assurance {
	a := Assurance{Lossy: o.Lossy()}
	if v := strings.ToUpper(o.File.Elements.Find(tag.BurnedInAnnotation).Text()); v == "YES" || v == "NO" {
		a.BurnedIn = v
	}
	return a
}
