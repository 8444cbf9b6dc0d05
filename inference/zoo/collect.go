package zoo

import (
	"fmt"
	"io"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// source is where the tensors of an unpickled checkpoint lie.
type source struct {
	format string
	file   io.ReaderAt
	size   int64
	locate func(*storage) (int64, error)
}

// Limits on walking through an unpickled object: its parts may be shared, so
// that a short pickle can describe an endless tree.
const (
	maxVisits = 1 << 20
	maxNest   = 64
)

// collect finds the state dict in what a checkpoint holds and locates its
// tensors.
func collect(root any, src source) (*Checkpoint, error) {
	c := &Checkpoint{Format: src.format}
	state := findState(root, 0)
	if state == nil {
		return nil, fmt.Errorf("%w: no state dict and no model in it", ErrRefused)
	}
	if r, ok := state.(*record); ok {
		c.Class = r.class
		for _, name := range []string{"targets", "pathologies"} {
			if c.Targets == nil {
				c.Targets = stringsOf(r.attr(name))
			}
		}
	}
	w := walker{use: func(name string, v *view) error {
		t := &Tensor{Name: name, Shape: v.shape, Elem: v.elem, file: src.file, size: v.size, offset: v.offset, stride: v.stride}
		var err error
		if t.at, err = src.locate(v.storage); err != nil {
			return err
		}
		c.Tensors = append(c.Tensors, t)
		return t.check(src.size)
	}}
	if err := w.named(state, "", 0); err != nil {
		return nil, err
	}
	return c, nil
}

// pairs calls f for the entries of either kind of dictionary.
func pairs(v any, f func(key, value any) error) (bool, error) {
	switch d := v.(type) {
	case *types.Dict:
		for _, e := range *d {
			if err := f(e.Key, e.Value); err != nil {
				return true, err
			}
		}
	case *types.OrderedDict:
		for e := d.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			if err := f(entry.Key, entry.Value); err != nil {
				return true, err
			}
		}
	default:
		return false, nil
	}
	return true, nil
}

// findState returns the dictionary of tensors or the whole model in a
// checkpoint: the object itself, or what lies under one of the usual keys.
func findState(v any, depth int) any {
	if r, ok := v.(*record); ok && r.attr("_modules") != nil {
		return r
	}
	tensors, under := 0, make(map[string]any)
	isDict, _ := pairs(v, func(key, value any) error {
		if _, ok := value.(*view); ok {
			tensors++
		}
		if k, ok := key.(string); ok {
			under[k] = value
		}
		return nil
	})
	switch {
	case !isDict || depth > 4:
		return nil
	case tensors > 0:
		return v
	}
	for _, key := range []string{"state_dict", "model_state_dict", "model", "model_ema", "ema", "net", "network", "weights", "params"} {
		if s := findState(under[key], depth+1); s != nil {
			return s
		}
	}
	return nil
}

// walker goes through an unpickled object within limits. It reports named
// tensors to use, or gathers storages wherever they are.
type walker struct {
	visits   int
	use      func(name string, v *view) error
	storages map[string]*storage
}

func (w *walker) visit(depth int) error {
	if w.visits++; w.visits > maxVisits || depth > maxNest {
		return fmt.Errorf("%w: nested too deep or too often", ErrRefused)
	}
	return nil
}

// named walks through a state dict or a module, joining names with dots.
func (w *walker) named(v any, name string, depth int) error {
	if err := w.visit(depth); err != nil {
		return err
	}
	switch x := v.(type) {
	case *view:
		return w.use(name, x)
	case *record:
		for _, part := range []string{"_parameters", "_buffers", "_modules"} {
			if err := w.named(x.attr(part), name, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := pairs(v, func(key, value any) error {
		k, ok := key.(string)
		if !ok {
			return nil
		}
		if name != "" {
			k = name + "." + k
		}
		return w.named(value, k, depth+1)
	})
	return err
}

// walk gathers every storage that a tensor uses, the optimizer's too.
func (w *walker) walk(v any, depth int) error {
	if err := w.visit(depth); err != nil {
		return err
	}
	switch x := v.(type) {
	case *view:
		w.storages[x.key] = x.storage
	case *storage:
		w.storages[x.key] = x
	case *record:
		if x.attrs != nil {
			return w.walk(x.attrs, depth+1)
		}
	case *types.List:
		for _, e := range *x {
			if err := w.walk(e, depth+1); err != nil {
				return err
			}
		}
	case *types.Tuple:
		for _, e := range *x {
			if err := w.walk(e, depth+1); err != nil {
				return err
			}
		}
	}
	_, err := pairs(v, func(_, value any) error { return w.walk(value, depth+1) })
	return err
}

func stringsOf(v any) []string {
	var items []any
	switch x := v.(type) {
	case *types.List:
		items = *x
	case *types.Tuple:
		items = *x
	}
	var out []string
	for _, i := range items {
		s, ok := i.(string)
		if !ok {
			return nil
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out
}
