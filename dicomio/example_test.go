package dicomio_test

import (
	"context"
	"fmt"

	"hilum/dicomio"
)

// A picture holds the stored values as the file has them; nothing is applied to them.
func ExampleDecode() {
	im, err := dicomio.Decode(context.Background(), "testdata/lossless_sv1_12.dcm")
	if err != nil {
		fmt.Println(err)
		return
	}
	lo, hi := im.ValueRange()
	fmt.Printf("%s, %d x %d, %d bits, values %d to %d\n", im.Format, im.Width, im.Height, im.BitsStored, lo, hi)
	// Output: DICOM, 53 x 41, 12 bits, values 0 to 4094
}

// What a file is that cannot be read is said in one sentence.
func ExampleDecodeBytes() {
	_, err := dicomio.DecodeBytes(context.Background(), "scan.tif", []byte("II*\x00 and so on"))
	fmt.Println(err)
	// Output: cannot read scan.tif: unsupported: TIFF; save the picture as PNG, JPEG or DICOM
}

// The display table is the pipeline from stored values to the grey levels of a screen.
func ExampleImage_DisplayTable() {
	im := &dicomio.Image{
		Width: 3, Height: 1, Samples: 1, BitsStored: 12, Stored: []int32{0, 1000, 2000},
		Modality: dicomio.Modality{Slope: 1},
		VOI:      []dicomio.Window{{Center: 1000, Width: 2000, Function: dicomio.LinearExact}},
	}
	table := im.DisplayTable(im.DefaultWindow(), false)
	for _, v := range im.Stored {
		fmt.Print(table.At(v), " ")
	}
	// Output: 0 128 255
}
