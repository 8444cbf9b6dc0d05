package pixeldata

import (
	"encoding/binary"
	"io"
)

// appendWords appends the values little endian in words of so many bits.
func appendWords(to []byte, v []int32, bits int) []byte {
	for _, x := range v {
		switch {
		case bits <= 8:
			to = append(to, byte(x))
		case bits <= 16:
			to = binary.LittleEndian.AppendUint16(to, uint16(x))
		default:
			to = binary.LittleEndian.AppendUint32(to, uint32(x))
		}
	}
	return to
}

// WriteWords writes the values little endian in words of so many bits.
func WriteWords(w io.Writer, v []int32, bits int) error {
	buf := make([]byte, 0, 4*min(len(v), piece))
	for len(v) > 0 {
		n := min(len(v), piece)
		if _, err := w.Write(appendWords(buf, v[:n], bits)); err != nil {
			return err
		}
		v = v[n:]
	}
	return nil
}

// WriteMasked writes the lowest bits of the values in words of 8 or 16.
func WriteMasked(w io.Writer, stored []int32, bits int) error {
	mask := int32(1)<<bits - 1
	part := make([]int32, min(len(stored), piece))
	for len(stored) > 0 {
		n := copy(part, stored)
		for i := range part[:n] {
			part[i] &= mask
		}
		if err := WriteWords(w, part[:n], bits); err != nil {
			return err
		}
		stored = stored[n:]
	}
	return nil
}
