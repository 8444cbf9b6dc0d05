package dicomio

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func TestFingerprintIsTheHashOfTheValues(t *testing.T) {
	im := &Image{Width: 2, Height: 1, Samples: 1, Stored: []int32{1, -2}, BitsStored: 8}
	sum := sha256.Sum256([]byte{2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF})
	if got := im.Fingerprint().Pixels; got != hex.EncodeToString(sum[:]) {
		t.Errorf("pixels %s, want the SHA-256 of the bytes written out by hand", got)
	}
}

func TestFingerprintSeesWhatPreprocessingSees(t *testing.T) {
	base := func() *Image {
		return &Image{Width: 2, Height: 1, Samples: 1, Stored: []int32{1, 2}, BitsStored: 8, Modality: Modality{Slope: 1},
			VOI: []Window{{Center: 10, Width: 5}}, Header: Header{InstanceUID: "1.2"}}
	}
	first := base().Fingerprint()
	named := base()
	named.Path, named.Header.PatientName, named.VOI[0].Name = "elsewhere.dcm", "Other^Name", "SOFT"
	if named.Fingerprint() != first {
		t.Error("a name changes the fingerprint")
	}
	for what, change := range map[string]func(*Image){
		"polarity":     func(im *Image) { im.Inverted = true },
		"bits":         func(im *Image) { im.BitsStored = 12 },
		"slope":        func(im *Image) { im.Modality.Slope = 2 },
		"table":        func(im *Image) { im.Modality.LUT = &LUT{Bits: 8, Data: []uint16{1, 2}} },
		"window":       func(im *Image) { im.VOI[0].Width = 6 },
		"window table": func(im *Image) { im.VOI[0].LUT = &LUT{Bits: 8, Data: []uint16{3}} },
		"padding":      func(im *Image) { im.Padding = &Padding{Lo: 0, Hi: 0} },
	} {
		im := base()
		change(im)
		if f := im.Fingerprint(); f.Reading == first.Reading || f.Pixels != first.Pixels {
			t.Errorf("%s: reading same %v, pixels same %v", what, f.Reading == first.Reading, f.Pixels == first.Pixels)
		}
	}
	shape := base()
	shape.Width, shape.Height = 1, 2
	if shape.Fingerprint().Pixels == first.Pixels {
		t.Error("2x1 and 1x2 have one hash")
	}
}
