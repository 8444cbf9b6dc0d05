package inspect_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"hilum/dicomio/inspect"
)

// The attributes of a file are read without its pixels.
func ExampleAttributes() {
	list, err := inspect.Attributes(context.Background(), filepath.Join("..", "testdata", "rle_12_frames.dcm"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range list {
		if strings.HasPrefix(a.Keyword, "NumberOfFrames") || a.Keyword == "Rows" || a.Keyword == "BitsStored" {
			fmt.Println(a.Tag, a.VR, a.Name, a.Value)
		}
	}
	// Output:
	// (0028,0008) IS Number of Frames 3
	// (0028,0010) US Rows 41
	// (0028,0101) US Bits Stored 12
}
