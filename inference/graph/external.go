package graph

import (
	"bytes"
	"io"
	"path/filepath"
	"strconv"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// externalLocation is TensorProto.DataLocation EXTERNAL.
const externalLocation = 1

// inlineLimit is the total of weights up to which WriteFile makes one file.
// Protobuf stops at 2 GB; the rest is room for nodes and later metadata.
const inlineLimit = 1900 << 20

// externalAlign is the alignment of each tensor in a data file, so that it can
// be memory-mapped; ONNX recommends a multiple of the page size.
const externalAlign = 4096

// ReadFile reads a model from a file. External data stay where they are and
// are read when they are asked for; the locations must be inside the model's
// own folder.
func ReadFile(path string) (*Model, error) {
	b, err := regular.ReadFile(path)
	if err != nil {
		return nil, message.Errorf("read model: %w", err)
	}
	m, err := Decode(b)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	m.SetDir(filepath.Dir(path))
	return m, nil
}

// SetDir names the folder that the locations of external data are relative to.
func (m *Model) SetDir(dir string) {
	m.dir = dir
	for t := range m.Tensors() {
		t.dir = dir
	}
}

// Range is where in a data file the elements of a tensor lie.
type Range struct {
	File   string // relative to the model's folder
	Offset int64
}

// ExternalTensor returns a tensor whose elements lie in a data file. They are
// read when asked for, once the model's folder is known (see SetDir).
func ExternalTensor(name string, elem DataType, at Range, dims ...int64) (*Tensor, error) {
	t := &Tensor{Name: name, Type: elem, Dims: dims, isExternal: true}
	if err := t.checkDims(); err != nil {
		return nil, message.Errorf("external tensor %q: %w", name, err)
	}
	t.external = []*Prop{
		{Key: "location", Value: at.File},
		{Key: "offset", Value: strconv.FormatInt(at.Offset, 10)},
		{Key: "length", Value: strconv.FormatInt(t.Size(), 10)},
	}
	return t, nil
}

// readExternal reads the elements of an external tensor. regular.OpenInRoot refuses
// locations that lead out of the model's folder, by ".." or by link.
func (t *Tensor) readExternal() ([]byte, error) {
	loc, off, size, err := t.externalRange()
	if err != nil {
		return nil, err
	}
	if t.dir == "" {
		return nil, message.Errorf("external data %q: the model's folder is not known", loc)
	}
	f, err := regular.OpenInRoot(t.dir, loc)
	if err != nil {
		return nil, message.Errorf("external data %q: %w", loc, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, message.Errorf("external data %q: %w", loc, err)
	}
	if !st.Mode().IsRegular() || off < 0 || size < 0 || off > st.Size() || size > st.Size()-off {
		return nil, message.Errorf("external data %q: %w: bytes %d+%d of a file of %d", loc, ErrDamaged, off, size,
			st.Size())
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, off, size), b); err != nil {
		return nil, message.Errorf("external data %q: %w", loc, err)
	}
	return b, nil
}

// externalRange returns where the elements lie. Without a length they take
// what their shape needs.
func (t *Tensor) externalRange() (loc string, off, size int64, err error) {
	size = t.Size()
	for _, p := range t.external {
		switch p.Key {
		case "location":
			loc = p.Value
		case "offset":
			off, err = strconv.ParseInt(p.Value, 10, 64)
		case "length":
			size, err = strconv.ParseInt(p.Value, 10, 64)
		}
		if err != nil {
			return "", 0, 0, message.Errorf("%w: external data %s %q", ErrDamaged, p.Key, p.Value)
		}
	}
	if loc == "" {
		return "", 0, 0, message.Errorf("%w: external data without a location", ErrDamaged)
	}
	return loc, off, size, nil
}

// Inline reads all external data into the model, so that Encode gives a whole
// model. It fails when the weights together exceed what one file can hold.
func (m *Model) Inline() error {
	if n := m.weightBytes(); n > inlineLimit {
		return message.Errorf("inline external data: %w: %d bytes of weights are too many for one file",
			ErrUnsupported, n)
	}
	for t := range m.Tensors() {
		if !t.isExternal {
			continue
		}
		b, err := t.Data()
		if err != nil {
			return message.Errorf("inline external data: %w", err)
		}
		t.SetRaw(t.Type, b)
	}
	return nil
}

func (m *Model) weightBytes() int64 {
	var n int64
	for t := range m.Tensors() {
		n += t.Size()
	}
	return n
}

// WriteFile writes the model to path, through a temporary file beside it that
// replaces path only when it is complete. Weights up to 1.9 GB go into the one
// file; more go into path + ".data".
func (m *Model) WriteFile(path string) error {
	if m.weightBytes() > inlineLimit {
		return m.WriteFileExternal(path)
	}
	if err := m.Inline(); err != nil {
		return message.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

// WriteFileExternal writes the model to path and the elements of its tensors
// of 1 KB and more to path + ".data". The model in memory then refers to them.
func (m *Model) WriteFileExternal(path string) error {
	data := path + ".data"
	var moved []*movedTensor
	err := atomicfile.Write(data, func(w io.Writer) error {
		var err error
		moved, err = m.moveOut(w, filepath.Base(data))
		return err
	})
	if err != nil {
		return err
	}
	for _, mt := range moved {
		mt.apply(filepath.Dir(path))
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

// externalFrom is the size from which a tensor goes to the data file.
const externalFrom = 1024

type movedTensor struct {
	t        *Tensor
	external []*Prop
}

func (mt *movedTensor) apply(dir string) {
	mt.t.SetRaw(mt.t.Type, nil)
	mt.t.hasRaw, mt.t.isExternal = false, true
	mt.t.external, mt.t.dir = mt.external, dir
}

func (m *Model) moveOut(w io.Writer, location string) ([]*movedTensor, error) {
	var moved []*movedTensor
	var at int64
	for t := range m.Tensors() {
		if t.Size() < externalFrom {
			continue
		}
		b, err := t.Data()
		if err != nil {
			return nil, err
		}
		pad := (externalAlign - at%externalAlign) % externalAlign
		if _, err := io.Copy(w, io.MultiReader(bytes.NewReader(make([]byte, pad)), bytes.NewReader(b))); err != nil {
			return nil, err
		}
		moved = append(moved, &movedTensor{t, []*Prop{
			{Key: "location", Value: location},
			{Key: "offset", Value: strconv.FormatInt(at+pad, 10)},
			{Key: "length", Value: strconv.Itoa(len(b))},
		}})
		at += pad + int64(len(b))
	}
	return moved, nil
}
