package inspect

import (
	"context"
	"path/filepath"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// A file of many frames is read a frame at a time, a member of an archive piece by
// piece.
func TestLargeFilesAreNotHeld(t *testing.T) {
	const side, frames = 256, 200
	data := dicomtest.Picture(uid.ExplicitVRLittleEndian, side, side, 16, 12).Set(dicomtest.Element{Tag: tag.NumberOfFrames, VR: "IS", Text: "200 "}, dicomtest.Pixels16(make([]uint16, side*side*frames)...)).Encode(t)
	path := filepath.Join(t.TempDir(), "x.dcm")
	dicomtest.WriteFile(t, path, data)
	for name, read := range map[string]func() error{
		"decoded":    func() error { _, err := dicomio.Decode(context.Background(), path); return err },
		"inspected":  func() error { _, err := File(context.Background(), path); return err },
		"attributes": func() error { _, err := Attributes(context.Background(), path); return err },
	} {
		var err error
		if n := dicomtest.Allocated(func() { err = read() }); err != nil || n > 120<<20 && name == "inspected" || n > 4<<20 && name != "inspected" {
			t.Errorf("%s: %d bytes of a file of %d, %v", name, n, len(data), err)
		}
	}
	if u := budget.Shared.Used(); u != 0 {
		t.Errorf("%d bytes are still counted", u)
	}
}
