// Package npz writes arrays as NumPy's .npz files (format version 1.0), so that scripts can
// read what the programs computed with numpy.load. Its core type is [Array]. It imports
// nothing of the house but its messages.
package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"hilum/internal/message"
)

// Array is one array of a file: numbers, or words where Words is not nil.
type Array struct {
	Name    string
	Shape   []int // row-major; of words their number
	Numbers []float32
	Words   []string
}

// Write writes the arrays in their order. Equal arrays give equal bytes.
func Write(w io.Writer, arrays []Array) error {
	z := zip.NewWriter(w)
	for _, a := range arrays {
		f, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Deflate})
		if err == nil {
			err = a.write(f)
		}
		if err != nil {
			return message.Errorf("array %s: %w", a.Name, err)
		}
	}
	return z.Close()
}

func (a Array) write(w io.Writer) error {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	if n != len(a.Numbers)+len(a.Words) {
		return message.Errorf("%d values for the shape %v", len(a.Numbers)+len(a.Words), a.Shape)
	}
	letters := 1
	for _, s := range a.Words {
		letters = max(letters, len([]rune(s)))
	}
	kind := "<f4"
	if a.Words != nil {
		kind = fmt.Sprintf("<U%d", letters)
	}
	if _, err := w.Write(header(kind, a.Shape)); err != nil {
		return err
	}
	if a.Words == nil {
		return binary.Write(w, binary.LittleEndian, a.Numbers)
	}
	for _, s := range a.Words { // UCS-4, filled up with zeros
		code := make([]rune, letters)
		copy(code, []rune(s))
		if err := binary.Write(w, binary.LittleEndian, code); err != nil {
			return err
		}
	}
	return nil
}

// alignment is of the data behind the header, by the format.
const alignment = 64

// header is magic, version, length and the dictionary, filled up to the alignment.
func header(kind string, shape []int) []byte {
	var dims strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&dims, "%d,", d)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, dims.String())
	const before = 10 // bytes of magic, version and length
	fill := alignment - (before+len(text)+1)%alignment
	text += strings.Repeat(" ", fill%alignment) + "\n"
	b := bytes.NewBufferString("\x93NUMPY\x01\x00")
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(text)))) //nolint:gosec // a shape is short
	b.WriteString(text)
	return b.Bytes()
}
