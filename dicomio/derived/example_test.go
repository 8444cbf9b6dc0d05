package derived_test

import (
	"bytes"
	"context"
	"fmt"

	"hilum/dicomio"
	"hilum/dicomio/derived"
)

// A picture becomes a DICOM object, and reads back as it was.
func ExampleWriteImage() {
	im := &dicomio.Image{
		Width: 2, Height: 2, Samples: 1, BitsStored: 12, Stored: []int32{0, 100, 2000, 4095},
		Modality: dicomio.Modality{Slope: 1},
		Header:   dicomio.Header{PatientID: "P-1", Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA"},
	}
	var file bytes.Buffer
	if err := derived.WriteImage(&file, im); err != nil {
		fmt.Println(err)
		return
	}
	back, err := dicomio.DecodeBytes(context.Background(), "film.dcm", file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Stored, back.Header.PatientID, back.Header.ViewPosition)
	// Output: [0 100 2000 4095] P-1 PA
}
