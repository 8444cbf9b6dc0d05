package radiograph

import (
	"fmt"

	"hilum/dicomio"
	"hilum/internal/phantom"
)

// PhantomImage is a phantom film as a 12-bit Digital X-Ray picture, ready for
// derived.WriteImage once it is told whose it is. With inverse it is stored as
// MONOCHROME1: high values are dark.
func PhantomImage(f *phantom.Image, inverse bool) *dicomio.Image {
	const top = 4095
	im := &dicomio.Image{
		Format: dicomio.DICOM, Width: f.Width, Height: f.Height, Frames: 1, Samples: 1,
		Stored: make([]int32, len(f.Pixels)), BitsStored: 12, Inverted: inverse,
		Modality: dicomio.Modality{Slope: 1, Units: "US"},
		// nobody's, and never compressed
		Assurance: dicomio.Assurance{BurnedIn: "NO", Lossy: dicomio.Compression{State: "00"}},
		VOI:       []dicomio.Window{{Name: "Standard", Center: 2048, Width: 4096, Function: dicomio.Linear}},
		Spacing:   dicomio.Spacing{Row: f.PixelSpacing, Column: f.PixelSpacing, Source: dicomio.SpacingDetector},
	}
	for i, v := range f.Pixels {
		im.Stored[i] = int32(v)
		if inverse {
			im.Stored[i] = top - int32(v)
		}
	}
	im.Header = dicomio.Header{
		PatientSex: f.Sex, PatientAge: fmt.Sprintf("%03dY", f.Age),
		StudyDescription:  "Chest (generated picture, no person)",
		SeriesDescription: "Chest " + string(f.View), Modality: "DX", BodyPart: "CHEST", Manufacturer: "Hilum",
		Institution:  dicomio.PhantomSource,
		ViewPosition: string(f.View), PatientOrientation: `L\F`,
	}
	return im
}
