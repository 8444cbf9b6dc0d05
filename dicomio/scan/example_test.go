package scan_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"hilum/dicomio/scan"
)

// Pictures are told as they are found, from several goroutines but one at a time.
func ExampleFind() {
	var names []string
	err := scan.Find(context.Background(), filepath.Join("..", "testdata"), func(f scan.Found) {
		if f.Instance != nil && f.Instance.TransferSyntax == "1.2.840.10008.1.2.5" {
			names = append(names, f.Instance.Name())
		}
	}, nil)
	if err != nil {
		fmt.Println(err)
	}
	slices.Sort(names)
	fmt.Println(names)
	// Output: [rle_12.dcm rle_12_frames.dcm rle_rgb.dcm]
}
