package checkpoint

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Array is one array of a NumPy archive: numbers, or texts.
type Array struct {
	Shape  []int64
	Values []float64
	Text   []string
}

// Rows are the rows of a matrix.
func (a Array) Rows(name string) ([][]float32, error) {
	if len(a.Shape) != 2 || a.Values == nil || len(a.Values) == 0 {
		return nil, message.Errorf("%w: it has no matrix %q [classes, features]", ErrRefused, name)
	}
	out := make([][]float32, a.Shape[0])
	for i := range out {
		for _, v := range a.Values[int64(i)*a.Shape[1] : int64(i+1)*a.Shape[1]] {
			out[i] = append(out[i], float32(v))
		}
	}
	return out, nil
}

// maxArray bounds an unpacked array, in bytes.
const maxArray = 256 << 20

// ReadNPZ reads the arrays of a NumPy archive by their names.
func ReadNPZ(path string) (map[string]Array, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, st.Size())
	if err != nil {
		return nil, message.Errorf("%w: no NumPy archive: %w", ErrDamaged, err)
	}
	out := make(map[string]Array)
	for _, e := range z.File {
		name, ok := strings.CutSuffix(e.Name, ".npy")
		if !ok {
			continue
		}
		a, err := readNPY(e)
		if err != nil {
			return nil, message.Errorf("array %q: %w", name, err)
		}
		out[name] = a
	}
	return out, nil
}

// npyHeader is the dictionary of an array's file (NumPy's format, version 1).
var npyHeader = regexp.MustCompile(`'descr': *'([<>|=])([fiuUb])(\d+)'.*'fortran_order': *(True|False).*'shape': *\(([^)]*)\)`)

func readNPY(e *zip.File) (a Array, err error) {
	r, err := e.Open()
	if err != nil {
		return a, message.Errorf("%w: %w", ErrDamaged, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxArray+1))
	if err != nil || len(b) > maxArray || len(b) < 12 || string(b[:6]) != "\x93NUMPY" {
		return a, message.Errorf("%w: no array of NumPy's", ErrDamaged)
	}
	at, size := 10, int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] > 1 {
		at, size = 12, int(binary.LittleEndian.Uint32(b[8:]))
	}
	if size < 0 || size > len(b)-at {
		return a, message.Errorf("%w: no array of NumPy's", ErrDamaged)
	}
	h := npyHeader.FindStringSubmatch(string(b[at : at+size]))
	if h == nil || h[1] == ">" || h[4] == "True" {
		return a, message.Errorf("%w: of a kind that is not read; write floats of 32 bits, row by row", ErrRefused)
	}
	n := int64(1)
	for _, d := range strings.FieldsFunc(h[5], func(r rune) bool { return r == ',' || r == ' ' }) {
		v, err := strconv.ParseInt(d, 10, 32)
		if err != nil || v < 0 || v > maxArray || n*max(v, 1) > maxArray {
			return a, message.Errorf("%w: of shape (%s)", ErrDamaged, h[5])
		}
		a.Shape, n = append(a.Shape, v), n*v
	}
	width, _ := strconv.ParseInt(h[3], 10, 32)
	data := b[at+size:]
	if h[2] == "U" {
		width *= 4
	}
	if width <= 0 || int64(len(data)) != n*width {
		return a, message.Errorf("%w: %d bytes for %d values", ErrDamaged, len(data), n)
	}
	return a.fill(h[2]+h[3], data, n)
}

// fill decodes little-endian elements.
func (a Array) fill(kind string, data []byte, n int64) (Array, error) {
	width := int64(len(data)) / max(n, 1)
	for i := range n {
		x := data[i*width : (i+1)*width]
		switch kind {
		case "f8":
			a.Values = append(a.Values, math.Float64frombits(binary.LittleEndian.Uint64(x)))
		case "f4":
			a.Values = append(a.Values, float64(math.Float32frombits(binary.LittleEndian.Uint32(x))))
		case "f2":
			v, err := graph.NewRaw("", graph.Float16, x, 1).Floats()
			if err != nil {
				return a, err
			}
			a.Values = append(a.Values, float64(v[0]))
		case "i8":
			a.Values = append(a.Values, float64(int64(binary.LittleEndian.Uint64(x))))
		case "i4":
			a.Values = append(a.Values, float64(int32(binary.LittleEndian.Uint32(x))))
		default:
			if kind[0] != 'U' {
				return a, message.Errorf("%w: of type %s", ErrRefused, fmt.Sprint(kind))
			}
			a.Text = append(a.Text, runes(x))
		}
	}
	return a, nil
}

// runes reads a text of four bytes a letter, up to the zeros that fill it.
func runes(b []byte) string {
	var out strings.Builder
	for ; len(b) >= 4; b = b[4:] {
		if r := binary.LittleEndian.Uint32(b); r != 0 && r <= 0x10ffff {
			out.WriteRune(rune(r))
		}
	}
	return out.String()
}
