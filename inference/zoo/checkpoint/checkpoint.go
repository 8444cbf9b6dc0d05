// Package checkpoint reads weight files: PyTorch checkpoints (zip and legacy) and
// safetensors, and what lies beside them, config.json and NumPy archives.
//
// The core type is [File]. Nothing in a file is executed: classes that a pickle names become
// inert stand-ins or are refused. Elements are read when they are asked for.
package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// ErrDamaged marks a file that is not what it claims to be.
var ErrDamaged = message.New("damaged weight file")

// ErrRefused marks a well-formed file with something in it that is not built.
var ErrRefused = message.New("refused")

// Tensor is one array of a checkpoint; its elements are read when asked for.
type Tensor struct {
	Name  string
	Shape []int64
	Elem  graph.DataType

	file   io.ReaderAt
	at     int64 // of the storage in the file
	size   int64 // of the storage in elements
	offset int64 // of the first element in the storage, in elements
	stride []int64
}

// FromFloats makes a tensor of values in memory, row-major; shape must be that of so many.
func FromFloats(name string, v []float32, shape ...int64) *Tensor {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return &Tensor{Name: name, Shape: shape, Elem: graph.Float, file: bytes.NewReader(raw), size: int64(len(v)),
		stride: rowMajor(shape)}
}

// Len returns the number of elements.
func (t *Tensor) Len() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// check refuses shapes and views that do not lie inside the storage.
func (t *Tensor) check(fileSize int64) error {
	width := int64(t.Elem.Bits() / 8)
	if width == 0 || t.size < 0 || t.at < 0 || t.size > (fileSize-t.at)/width {
		return message.Errorf("%w: tensor %q: %d elements of %v at byte %d of %d", ErrDamaged, t.Name, t.size, t.Elem,
			t.at,
			fileSize)
	}
	n, last := int64(1), t.offset
	for i, d := range t.Shape {
		if d < 0 || d > 0 && n > math.MaxInt64/16/d || t.stride[i] < 0 {
			return message.Errorf("%w: tensor %q has shape %v", ErrDamaged, t.Name, t.Shape)
		}
		n *= max(d, 1)
		if d > 1 {
			if t.stride[i] > t.size {
				return message.Errorf("%w: tensor %q has strides %v in %d elements", ErrDamaged, t.Name, t.stride,
					t.size)
			}
			last += (d - 1) * t.stride[i]
		}
	}
	if t.offset < 0 || t.Len() > 0 && (last >= t.size || last < 0) || t.Len() > t.size {
		return message.Errorf("%w: tensor %q of shape %v lies outside its %d elements", ErrDamaged, t.Name, t.Shape,
			t.size)
	}
	return nil
}

// rowMajor is the stride of a dense array.
func rowMajor(shape []int64) []int64 {
	s, n := make([]int64, len(shape)), int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = n
		n *= max(shape[i], 1)
	}
	return s
}

// Data reads the elements, row-major and little-endian.
func (t *Tensor) Data() ([]byte, error) {
	width := int64(t.Elem.Bits() / 8)
	if t.dense() {
		b := make([]byte, t.Len()*width)
		if _, err := t.file.ReadAt(b, t.at+t.offset*width); err != nil && len(b) > 0 {
			return nil, message.Errorf("tensor %q: %w", t.Name, err)
		}
		return b, nil
	}
	all := make([]byte, t.size*width)
	if _, err := t.file.ReadAt(all, t.at); err != nil {
		return nil, message.Errorf("tensor %q: %w", t.Name, err)
	}
	return t.gather(all, width), nil
}

// dense tells whether the elements lie one after the other.
func (t *Tensor) dense() bool {
	for i, s := range rowMajor(t.Shape) {
		if t.Shape[i] > 1 && t.stride[i] != s {
			return false
		}
	}
	return true
}

// gather copies a strided view.
func (t *Tensor) gather(all []byte, width int64) []byte {
	out := make([]byte, 0, t.Len()*width)
	index := make([]int64, len(t.Shape))
	for range t.Len() {
		at := t.offset
		for i, k := range index {
			at += k * t.stride[i]
		}
		out = append(out, all[at*width:(at+1)*width]...)
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < t.Shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return out
}

// Rows is the part of a tensor that begins so far along its first axis and is so long there.
func (t *Tensor) Rows(from, length int64) *Tensor {
	part := *t
	part.Shape = append([]int64{length}, t.Shape[1:]...)
	part.offset += from * t.stride[0]
	return &part
}

// Same tells whether two tensors hold the same elements in the same shape; nil is none.
func (t *Tensor) Same(o *Tensor) (bool, error) {
	if o == nil || t.Elem != o.Elem || !slices.Equal(t.Shape, o.Shape) {
		return false, nil
	}
	if t.file == o.file && t.at == o.at && t.offset == o.offset && slices.Equal(t.stride, o.stride) {
		return true, nil
	}
	x, err := t.Data()
	if err != nil {
		return false, err
	}
	y, err := o.Data()
	return bytes.Equal(x, y), err
}

// Floats reads a floating-point tensor as float32.
func (t *Tensor) Floats() ([]float32, error) {
	b, err := t.Data()
	if err != nil {
		return nil, err
	}
	return graph.NewRaw(t.Name, t.Elem, b, t.Shape...).Floats()
}

// Module is what a pickled module says of itself.
type Module struct {
	Name    string   // of its tensors before the dot; "" for the whole
	Class   string   // such as torchxrayvision.models.DenseNet
	Weights string   // TorchXRayVision's name of the weights
	Targets []string // class labels, "" for outputs without one; nil when it has none
	Input   int      // edge of the square picture in pixels; 0 when it does not say

	Stride, Padding, Dilation []int64 // of a convolution; nil where it does not say
	Eps                       float64 // of a normalisation; 0 where it does not say
}

// File is an open weight file: tensors by the path of names that leads to them,
// in the order of the file, and its pickled modules, outer ones first.
type File struct {
	Format  string // "PyTorch zip", "PyTorch legacy", "safetensors"
	Tensors []*Tensor
	Modules []Module
	file    *os.File
}

// Tensor returns the tensor of that name or nil.
func (c *File) Tensor(name string) *Tensor {
	i := slices.IndexFunc(c.Tensors, func(t *Tensor) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return c.Tensors[i]
}

// Close closes the file; tensors cannot be read afterwards.
func (c *File) Close() error { return c.file.Close() }

// Open reads the index of a weight file of any supported format but
// ONNX; the format is told from the contents, not from the name.
func Open(path string) (*File, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("open checkpoint: %w", err)
	}
	c, err := readCheckpoint(f)
	if err != nil {
		return nil, errors.Join(message.Errorf("open checkpoint %s: %w", path, err), f.Close())
	}
	c.file = f
	return c, nil
}

// Leading bytes: a zip archive, and a pickle of protocol 2 or later.
const (
	zipMagic    = "PK\x03\x04"
	pickleMagic = "\x80"
)

func readCheckpoint(f *os.File) (*File, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, message.Errorf("%w: not a regular file", ErrDamaged)
	}
	head := make([]byte, 16)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return readTorchZip(f, st.Size())
	// before pickles: the length may begin with their mark
	case len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= maxHeader:
		return readSafetensors(f, st.Size())
	case bytes.HasPrefix(head, []byte(pickleMagic)):
		return readTorchLegacy(f, st.Size())
	case len(head) > 8 && head[8] == '{':
		return readSafetensors(f, st.Size())
	}
	return nil, message.Errorf("%w: neither PyTorch nor safetensors", ErrDamaged)
}
