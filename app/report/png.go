package report

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
)

// WritePNG16 writes the picture's values without anything drawn over it, as 16-bit
// grey: the stored values themselves, moved up to start at 0 where they are
// signed, and turned round where low values are bright, so that a plain viewer
// shows the right polarity; padding is 0. No window is applied and nothing is lost. Colour
// becomes luma.
func WritePNG16(w io.Writer, im *dicomio.Image) error {
	top := int32(1)<<im.BitsStored - 1
	low := int32(0)
	if im.Signed {
		low = -(1 << (im.BitsStored - 1))
	}
	least, most := im.ValueRange()
	if least < low || most > low+top {
		return message.Errorf("writing a PNG: values from %d to %d do not fit %d bits", least, most, im.BitsStored)
	}
	out := &texting{w: w, chunk: textChunk("Comment", inference.NotForDiagnosis)}
	if err := png.Encode(out, grey16{im, im.Gray(), low, top}); err != nil {
		return message.Errorf("writing a PNG: %w", err)
	}
	return nil
}

// grey16 is a picture's stored values as 16-bit grey, made while they are written.
type grey16 struct {
	im       *dicomio.Image
	grey     []int32
	low, top int32
}

func (v grey16) ColorModel() color.Model { return color.Gray16Model }

func (v grey16) Bounds() image.Rectangle { return image.Rect(0, 0, v.im.Width, v.im.Height) }

func (v grey16) At(x, y int) color.Color {
	stored := v.grey[y*v.im.Width+x]
	switch {
	case v.im.Padding.Has(stored):
		return color.Gray16{} // black, as it is shown and scored
	case v.im.Inverted:
		return color.Gray16{Y: uint16(v.top - (stored - v.low))}
	}
	return color.Gray16{Y: uint16(stored - v.low)}
}

// header is where a PNG's first chunk ends: signature, length, name, 13 bytes of
// IHDR, checksum (PNG 11.2.2).
const header = 8 + 4 + 4 + 13 + 4

// textChunk is a chunk of text (PNG 11.3.4.3).
func textChunk(key, text string) []byte {
	body := append([]byte("tEXt"+key+"\x00"), text...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = append(chunk, body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
}

// texting puts a chunk behind the header of the PNG that is written through it.
type texting struct {
	w     io.Writer
	chunk []byte
	done  int // bytes that were written
}

func (t *texting) Write(b []byte) (int, error) {
	head := b[:min(len(b), max(header-t.done, 0))]
	parts := [][]byte{head, nil, b[len(head):]}
	if t.done < header && t.done+len(b) >= header {
		parts[1] = t.chunk
	}
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if _, err := t.w.Write(part); err != nil {
			return 0, err
		}
	}
	t.done += len(b)
	return len(b), nil
}
