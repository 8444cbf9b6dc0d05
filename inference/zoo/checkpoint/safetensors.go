package checkpoint

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// maxHeader is the largest safetensors header, the limit of its own library.
const maxHeader = 100 << 20

// readSafetensors reads the header: eight bytes of length, then JSON that maps
// names to type, shape and the range of bytes after the header.
func readSafetensors(f io.ReaderAt, size int64) (*File, error) {
	var length [8]byte
	if _, err := f.ReadAt(length[:], 0); err != nil {
		return nil, message.Errorf("%w: %w", ErrDamaged, err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, message.Errorf("%w: a safetensors header of %d bytes in a file of %d", ErrDamaged, n, size)
	}
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, 8); err != nil {
		return nil, message.Errorf("%w: %w", ErrDamaged, err)
	}
	entries := make(map[string]json.RawMessage)
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, message.Errorf("%w: safetensors header: %w", ErrDamaged, err)
	}
	c := &File{Format: "safetensors"}
	for name, entry := range entries {
		if name == "__metadata__" {
			continue
		}
		t, err := safetensor(name, entry, 8+int64(n))
		if err != nil {
			return nil, err
		}
		t.file = f
		if err := t.check(size); err != nil {
			return nil, err
		}
		c.Tensors = append(c.Tensors, t)
	}
	slices.SortFunc(c.Tensors, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(a.at, b.at),
			cmp.Compare(a.Name, b.Name))
	})
	return c, nil
}

func safetensor(name string, entry json.RawMessage, base int64) (*Tensor, error) {
	var e struct {
		DType   string   `json:"dtype"`
		Shape   []int64  `json:"shape"`
		Offsets [2]int64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(entry, &e); err != nil {
		return nil, message.Errorf("%w: tensor %q: %w", ErrDamaged, name, err)
	}
	types := map[string]graph.DataType{"F64": graph.Double, "F32": graph.Float, "F16": graph.Float16,
		"BF16": graph.BFloat16,
		"I64":  graph.Int64, "I32": graph.Int32, "I16": graph.Int16, "I8": graph.Int8, "U8": graph.Uint8,
		"BOOL": graph.Bool}
	elem, ok := types[e.DType]
	if !ok {
		return nil, message.Errorf("%w: tensor %q of type %q", ErrRefused, name, e.DType)
	}
	width := int64(elem.Bits() / 8)
	length := e.Offsets[1] - e.Offsets[0]
	if e.Offsets[0] < 0 || length < 0 || length%width != 0 {
		return nil, message.Errorf("%w: tensor %q lies at bytes %v", ErrDamaged, name, e.Offsets)
	}
	t := &Tensor{Name: name, Shape: e.Shape, Elem: elem, at: base + e.Offsets[0], size: length / width,
		stride: rowMajor(e.Shape)}
	if t.Len() != t.size {
		return nil, message.Errorf("%w: tensor %q of shape %v has %d elements", ErrDamaged, name, e.Shape, t.size)
	}
	return t, nil
}
