package checkpoint

import (
	"bytes"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"

	"hilum/inference/graph"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// storage names an array of elements that a checkpoint holds outside the
// pickle.
type storage struct {
	elem graph.DataType
	key  string
	size int64
}

// unpickle runs a pickle that scanPickle has passed. Classes and functions it
// names become inert stand-ins of this package or are refused by name.
func unpickle(b []byte) (v any, err error) {
	// The library panics on some malformed input.
	defer parallel.Recover(func(p *parallel.Panic) {
		v, err = nil,
			message.Errorf("%w: pickle: %v", ErrDamaged, p.Value)
	})
	u := pickle.NewUnpickler(bytes.NewReader(b))
	u.FindClass = findClass
	u.PersistentLoad = persistent
	v, err = u.Load()
	if err != nil {
		return nil, message.Errorf("pickle: %w", err)
	}
	return v, nil
}

// function stands for a Python function or class that is called.
type function func(args []any) (any, error)

// Call implements types.Callable.
func (f function) Call(args ...any) (any, error) { return f(args) }

// storageClass stands for torch.FloatStorage and its like.
type storageClass struct{ elem graph.DataType }

func findClass(module, name string) (any, error) {
	full := module + "." + name
	if module == "torch" && strings.HasSuffix(name, "Storage") {
		elem, ok := storageTypes()[strings.TrimSuffix(name, "Storage")]
		if !ok {
			return nil, message.Errorf("%w: elements of type %s", ErrRefused, full)
		}
		return storageClass{elem}, nil
	}
	switch full {
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
		return function(rebuildTensor), nil
	case "torch._utils._rebuild_parameter":
		return function(firstArgument), nil
	case "torch._tensor._rebuild_from_type_v2":
		return function(rebuildFromType), nil
	case "torch.Size", "__builtin__.set", "builtins.set", "torch.device", "_codecs.encode", "numpy.dtype",
		"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "collections.defaultdict":
		return function(inert), nil
	}
	if isModule(module) {
		return class{full}, nil
	}
	return nil, message.Errorf("%w: the file asks for %s", ErrRefused, full)
}

func storageTypes() map[string]graph.DataType {
	return map[string]graph.DataType{"Float": graph.Float, "Double": graph.Double, "Half": graph.Float16,
		"BFloat16": graph.BFloat16,
		"Long":     graph.Int64, "Int": graph.Int32, "Short": graph.Int16, "Char": graph.Int8, "Byte": graph.Uint8,
		"Bool": graph.Bool}
}

// isModule tells whether classes of a Python module may be stood in for by a
// record: the layers of the libraries whose networks the zoo knows.
func isModule(module string) bool {
	for _, known := range []string{"torch.nn.modules.", "torch.nn.parallel.", "torch.nn.parameter",
		"torchvision.models.",
		"torchvision.ops.",
		"torchxrayvision.models", "argparse"} {
		if strings.HasPrefix(module, known) {
			return true
		}
	}
	return false
}

// class makes records; nothing of the Python class is executed.
type class struct{ name string }

// PyNew implements types.PyNewable.
func (c class) PyNew(...any) (any, error) { return &record{class: c.name}, nil }

// record is an object as its attributes.
type record struct {
	class string
	attrs *types.Dict
}

// PySetState implements types.PyStateSettable.
func (r *record) PySetState(state any) error {
	d, ok := state.(*types.Dict)
	if !ok {
		return message.Errorf("%w: an object of %s with a state of its own kind", ErrRefused, r.class)
	}
	r.attrs = d
	return nil
}

// attr returns an attribute or nil.
func (r *record) attr(name string) any {
	if r.attrs == nil {
		return nil
	}
	for _, e := range *r.attrs {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

// opaque is a value that is not looked into.
type opaque struct{}

// PySetState implements types.PyStateSettable.
func (*opaque) PySetState(any) error { return nil }

// Set implements types.DictSetter.
func (*opaque) Set(any, any) {}

func inert([]any) (any, error) { return &opaque{}, nil }

func firstArgument(args []any) (any, error) {
	if len(args) == 0 {
		return nil, message.Errorf("%w: a parameter without a tensor", ErrDamaged)
	}
	return args[0], nil
}

// rebuildFromType is how tensors of a subclass, such as parameters with
// attributes, are written: the function to call, the class, its arguments.
func rebuildFromType(args []any) (any, error) {
	if len(args) >= 3 {
		f, ok := args[0].(function)
		a, ok2 := args[2].(*types.Tuple)
		if ok && ok2 {
			return f(*a)
		}
	}
	return nil, message.Errorf("%w: a tensor of a class of its own", ErrRefused)
}

// rebuildTensor takes storage, offset, size and stride.
func rebuildTensor(args []any) (any, error) {
	if len(args) < 4 {
		return nil, message.Errorf("%w: a tensor of %d parts", ErrDamaged, len(args))
	}
	s, ok := args[0].(*storage)
	offset, ok2 := args[1].(int)
	if !ok || !ok2 {
		return nil, message.Errorf("%w: a tensor without storage", ErrDamaged)
	}
	shape, err := integers(args[2])
	if err != nil {
		return nil, err
	}
	stride, err := integers(args[3])
	if err != nil {
		return nil, err
	}
	if len(stride) != len(shape) {
		return nil, message.Errorf("%w: a tensor of shape %v with strides %v", ErrDamaged, shape, stride)
	}
	return &view{s, int64(offset), shape, stride}, nil
}

// view is a tensor whose storage is not located yet.
type view struct {
	*storage
	offset        int64
	shape, stride []int64
}

func integers(v any) ([]int64, error) {
	t, ok := v.(*types.Tuple)
	if !ok || t.Len() > 16 {
		return nil, message.Errorf("%w: a tensor's shape is no tuple", ErrDamaged)
	}
	out := make([]int64, 0, t.Len())
	for _, x := range *t {
		n, ok := x.(int)
		if !ok {
			return nil, message.Errorf("%w: a tensor's shape holds a %T", ErrDamaged, x)
		}
		out = append(out, int64(n))
	}
	return out, nil
}

// persistent resolves ('storage', class, key, device, size[, view]).
func persistent(id any) (any, error) {
	t, ok := id.(*types.Tuple)
	if !ok || t.Len() < 2 {
		return nil, message.Errorf("%w: a persistent id of no known form", ErrDamaged)
	}
	if t.Get(0) == "module" { // legacy files name classes together with their source
		return t.Get(1), nil
	}
	if t.Get(0) != "storage" || t.Len() < 5 {
		return nil, message.Errorf("%w: a persistent id of no known form", ErrDamaged)
	}
	c, ok := t.Get(1).(storageClass)
	key, ok2 := t.Get(2).(string)
	size, ok3 := t.Get(4).(int)
	if !ok || !ok2 || !ok3 || size < 0 {
		return nil, message.Errorf("%w: a storage of no known form", ErrDamaged)
	}
	if t.Len() > 5 && t.Get(5) != nil {
		return nil, message.Errorf("%w: a view of a storage, as PyTorch wrote before 0.4", ErrRefused)
	}
	return &storage{c.elem, key, int64(size)}, nil
}
