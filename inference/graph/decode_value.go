package graph

import (
	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

func (r *reader) valueInfo(b []byte) (*ValueInfo, error) {
	v := new(ValueInfo)
	rest, err := r.fields("value", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return f.str(&v.Name)
		case 2:
			return r.typeProto(v, f)
		}
		return false, nil
	})
	v.unknown = rest
	if err != nil {
		return nil, message.Errorf("%q: %w", v.Name, err)
	}
	return v, nil
}

// typeProto reads a dense tensor type; any other type is declined and so kept raw.
func (r *reader) typeProto(v *ValueInfo, f field) (bool, error) {
	if err := f.want(protowire.BytesType); err != nil {
		return false, err
	}
	t, dense := new(TensorType), false
	rest, err := r.fields("type", f.data, func(f field) (bool, error) {
		if f.num != 1 {
			return false, nil
		}
		if err := f.want(protowire.BytesType); err != nil {
			return false, err
		}
		dense = true
		return true, r.tensorType(t, f.data)
	})
	if err != nil || !dense {
		return false, err
	}
	t.typeUnknown = rest
	v.Type = t
	return true, nil
}

func (r *reader) tensorType(t *TensorType, b []byte) error {
	rest, err := r.fields("tensor type", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			var e int64
			ok, err := f.int(&e)
			t.Elem = DataType(e)
			return ok, err
		case 2:
			if err := f.want(protowire.BytesType); err != nil {
				return false, err
			}
			t.HasShape = true
			return true, r.shape(t, f.data)
		}
		return false, nil
	})
	t.tensorUnknown = rest
	return err
}

func (r *reader) shape(t *TensorType, b []byte) error {
	rest, err := r.fields("shape", b, func(f field) (bool, error) {
		if f.num != 1 {
			return false, nil
		}
		if err := f.want(protowire.BytesType); err != nil {
			return false, err
		}
		d, err := r.dim(f.data)
		t.Shape = append(t.Shape, d)
		return true, err
	})
	t.shapeUnknown = append(t.shapeUnknown, rest...)
	return err
}

func (r *reader) dim(b []byte) (Dim, error) {
	var d Dim
	rest, err := r.fields("dimension", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			d.Value, d.Known = int64(f.val), true
			return true, f.want(protowire.VarintType)
		case 2:
			return f.str(&d.Param)
		}
		return false, nil
	})
	d.unknown = rest
	return d, err
}

func (r *reader) tensor(b []byte) (*Tensor, error) {
	t := new(Tensor)
	rest, err := r.fields("tensor", b, func(f field) (bool, error) {
		switch f.num {
		case 1:
			return true, f.ints(r, &t.Dims)
		case 2:
			var e int64
			ok, err := f.int(&e)
			t.Type = DataType(e)
			return ok, err
		case 4, 5, 6, 7, 10, 11:
			t.typed = true
			return false, nil // typed data stays packed until it is asked for
		case 8:
			return f.str(&t.Name)
		case 9:
			t.raw, t.hasRaw = f.data, true
			return true, f.want(protowire.BytesType)
		case 13:
			return many(f, &t.external, r.prop)
		case 14:
			var loc int64
			ok, err := f.int(&loc)
			t.isExternal = loc == externalLocation
			return ok, err
		}
		return false, nil
	})
	t.unknown = rest
	if err == nil {
		err = t.checkDims()
	}
	if err != nil {
		return nil, message.Errorf("%q: %w", t.Name, err)
	}
	return t, nil
}
