package report

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"

	"hilum/dicomio"
	"hilum/inference"
)

// WritePNG16 writes the picture's values without anything drawn over it, as 16-bit
// grey: the stored values themselves, moved up to start at 0 where they are
// signed, and turned round where low values are bright, so that a plain viewer
// shows the right polarity; padding is 0. No window is applied and nothing is lost. Colour
// becomes luma.
func WritePNG16(w io.Writer, im *dicomio.Image) error {
	grey := im.Gray()
	top := int32(1)<<im.BitsStored - 1
	low := int32(0)
	if im.Signed {
		low = -(1 << (im.BitsStored - 1))
	}
	out := image.NewGray16(image.Rect(0, 0, im.Width, im.Height))
	for i, v := range grey {
		if im.Padding.Has(v) {
			continue // black, as it is shown and scored
		}
		v -= low
		if v < 0 || v > top {
			return fmt.Errorf("writing a PNG: the value %d does not fit %d bits", v+low, im.BitsStored)
		}
		if im.Inverted {
			v = top - v
		}
		out.SetGray16(i%im.Width, i/im.Width, color.Gray16{Y: uint16(v)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return fmt.Errorf("writing a PNG: %w", err)
	}
	if err := withText(w, b.Bytes(), "Comment", inference.NotForDiagnosis); err != nil {
		return fmt.Errorf("writing a PNG: %w", err)
	}
	return nil
}

// header is where a PNG's first chunk ends: signature, length, name, 13 bytes of
// IHDR, checksum (PNG 11.2.2).
const header = 8 + 4 + 4 + 13 + 4

// withText writes a PNG with a chunk of text behind its header (PNG 11.3.4.3).
func withText(w io.Writer, data []byte, key, text string) error {
	body := append([]byte("tEXt"+key+"\x00"), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	for _, part := range [][]byte{data[:header], chunk, data[header:]} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
