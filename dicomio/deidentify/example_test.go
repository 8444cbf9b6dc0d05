package deidentify_test

import (
	"bytes"
	"context"
	"fmt"

	"hilum/dicomio"
	"hilum/dicomio/deidentify"
	"hilum/dicomio/derived"
)

// One anonymiser gives a patient the same pseudonym in all of its files.
func ExampleAnonymiser_Bytes() {
	im := &dicomio.Image{
		Width: 2, Height: 1, Samples: 1, BitsStored: 8, Stored: []int32{1, 2}, Modality: dicomio.Modality{Slope: 1},
		Header: dicomio.Header{PatientName: "Doe^Jane", PatientID: "4711", PatientSex: "F", StudyDate: "20260102"},
	}
	var file bytes.Buffer
	if err := derived.WriteImage(&file, im); err != nil {
		fmt.Println(err)
		return
	}
	a, err := deidentify.New(deidentify.Options{Secret: []byte("a key of your own"), KeepCharacteristics: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	clean, _, err := a.Bytes(context.Background(), "film.dcm", file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := dicomio.DecodeBytes(context.Background(), "film.dcm", clean)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.5s %q %q %v\n", out.Header.PatientName, out.Header.StudyDate, out.Header.PatientSex, out.Stored)
	// Output: ANON- "" "F" [1 2]
}
