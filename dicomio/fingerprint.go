package dicomio

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"hilum/dicomio/internal/pixeldata"
)

// Fingerprint tells a picture from all others, wherever its file lies and
// whatever it is called. Two files with equal Pixels and Reading get equal
// scores from any model.
type Fingerprint struct {
	Pixels   string // SHA-256, hex: size, samples and stored values
	Reading  string // SHA-256, hex: how the values are meant (bits, polarity, transforms, windows, padding)
	Instance string // SOP Instance UID, "" for PNG and JPEG
}

// Fingerprint hashes the picture. It takes as long as reading its values once.
func (im *Image) Fingerprint() Fingerprint {
	sum := sha256.New()
	head := make([]byte, 0, 12)
	for _, n := range []int{im.Width, im.Height, im.Samples} {
		head = binary.LittleEndian.AppendUint32(head, uint32(n))
	}
	sum.Write(head)
	_ = pixeldata.WriteWords(sum, im.Stored, 32) // a hash takes everything
	return Fingerprint{Pixels: hex.EncodeToString(sum.Sum(nil)), Reading: im.reading(), Instance: im.Header.InstanceUID}
}

// reading hashes everything beside the values that preprocessing may look at.
func (im *Image) reading() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "bits %d signed %v inverted %v photometric %q", im.BitsStored, im.Signed, im.Inverted, im.Photometric)
	fmt.Fprintf(sum, " modality %g %g %q %s", im.Modality.Slope, im.Modality.Intercept, im.Modality.Units, im.Modality.LUT.text())
	for _, w := range im.VOI {
		fmt.Fprintf(sum, " window %g %g %q %s", w.Center, w.Width, w.Function, w.LUT.text())
	}
	if im.Padding != nil {
		fmt.Fprintf(sum, " padding %v", *im.Padding)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// text is all of a table in one line, "none" for nil.
func (l *LUT) text() string {
	if l == nil {
		return "none"
	}
	return fmt.Sprintf("%d %d %v", l.First, l.Bits, l.Data)
}
