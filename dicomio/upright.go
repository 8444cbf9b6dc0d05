package dicomio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
)

// layout is where the rows of a picture as it is stored go when it is set
// upright by the EXIF orientation (JEITA CP-3451, tag 0112H) 1 to 8; 1 is as
// stored.
type layout struct{ w, h, orientation int }

// size is that of the upright picture.
func (l layout) size() (w, h int) {
	if l.orientation >= 5 {
		return l.h, l.w
	}
	return l.w, l.h
}

// row gives the place of the first pixel of stored row y, and the step to the
// next one.
func (l layout) row(y int) (at, step int) {
	w, h := l.w, l.h
	switch l.orientation {
	case 2: // mirrored
		return y*w + w - 1, -1
	case 3: // turned by 180 degrees
		return (h-1-y)*w + w - 1, -1
	case 4: // upside down and mirrored
		return (h - 1 - y) * w, 1
	case 5: // transposed
		return y, h
	case 6: // to be turned clockwise by 90 degrees
		return h - 1 - y, h
	case 7: // transposed about the other diagonal
		return (w-1)*h + h - 1 - y, -h
	case 8: // to be turned anticlockwise by 90 degrees
		return (w-1)*h + y, -h
	}
	return y * w, 1
}

const turnedWarning = "The picture is stored turned or mirrored; it was set upright as its orientation tag says."

const tagExifOrientation = 0x0112

// exifOrientation reads the orientation of a block of EXIF data, a small TIFF
// file; 1 where it says nothing that makes sense.
func exifOrientation(b []byte) int {
	b = bytes.TrimPrefix(b, []byte("Exif\x00\x00"))
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(b[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == tagExifOrientation {
			return orientationValue(entries, order)
		}
		entries = entries[12:]
	}
	return 1
}

// orientationValue reads the value of a directory entry: a SHORT, or the LONG or
// BYTE that some writers give.
func orientationValue(entry []byte, order binary.ByteOrder) int {
	v := 0
	switch order.Uint16(entry[2:]) {
	case 1, 7:
		v = int(entry[8])
	case 3, 8:
		v = int(order.Uint16(entry[8:]))
	case 4, 9:
		v = int(order.Uint32(entry[8:]))
	}
	if v < 1 || v > 8 {
		return 1
	}
	return v
}

// jpegOrientation reads the orientation of the first EXIF segment of a JPEG file.
func jpegOrientation(b []byte) int {
	for p := 2; p+4 <= len(b) && b[p] == 0xFF; {
		m := b[p+1]
		if m == 0xFF {
			p++
			continue
		}
		n := int(b[p+2])<<8 | int(b[p+3])
		if m == 0xDA || n < 2 || p+2+n > len(b) {
			return 1
		}
		if seg := b[p+4 : p+2+n]; m == 0xE1 && bytes.HasPrefix(seg, []byte("Exif\x00\x00")) {
			return exifOrientation(seg)
		}
		p += 2 + n
	}
	return 1
}

// maxExif bounds EXIF data in a PNG; in JPEG a segment has 64 KB at most.
const maxExif = 1 << 20

// pngNotes is what the ancillary chunks of a PNG file tell (ISO/IEC 15948, 11.3).
type pngNotes struct {
	orientation int  // EXIF, 1 where it says nothing
	generated   bool // its Source is this program's phantoms
}

// readPNGNotes reads the first eXIf chunk and the text of where the picture comes from,
// wherever they stand.
func readPNGNotes(in dcm.Input) pngNotes {
	notes := pngNotes{orientation: 1}
	var head [8]byte
	exif := false
	for at := int64(len(fileio.PNGSignature)); ; {
		if _, err := in.ReadAt(head[:], at); err != nil {
			return notes
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "eXIf":
			if !exif {
				notes.orientation, exif = exifOrientation(chunkData(in, at, n)), true
			}
		case "tEXt":
			if string(chunkData(in, at, min(n, int64(len(phantomText)+1)))) == phantomText {
				notes.generated = true
			}
		case "IEND":
			return notes
		}
		at += 12 + n
	}
}

// chunkData is what is there of the data of the chunk at byte at.
func chunkData(in dcm.Input, at, n int64) []byte {
	b := make([]byte, min(n, maxExif))
	k, err := in.ReadAt(b, at+8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return b[:k]
}
