package checkpoint

import (
	"io"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/types"

	"hilum/internal/message"
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

// collect finds the tensors of a checkpoint, wherever they are nested, by their names
// joined with dots, and what its modules say of themselves. State of optimisers and the
// like is left out.
func collect(root any, src source) (*File, error) {
	c := &File{Format: src.format}
	w := walker{
		use: func(name string, v *view) error {
			t := &Tensor{Name: name, Shape: v.shape, Elem: v.elem, file: src.file, size: v.size, offset: v.offset,
				stride: v.stride}
			var err error
			if t.at, err = src.locate(v.storage); err != nil {
				return err
			}
			c.Tensors = append(c.Tensors, t)
			return t.check(src.size)
		},
		module: func(name string, r *record) { c.Modules = append(c.Modules, moduleOf(name, r)) },
	}
	if err := w.named(root, "", 0); err != nil {
		return nil, err
	}
	if len(c.Tensors) == 0 {
		return nil, message.Errorf("%w: no state dict and no model in it", ErrRefused)
	}
	return c, nil
}

// moduleOf is what a pickled module says of itself.
func moduleOf(name string, r *record) Module {
	m := Module{Name: name, Class: r.class}
	for _, key := range []string{"targets", "pathologies"} {
		if m.Targets == nil {
			m.Targets = stringsOf(r.attr(key))
		}
	}
	m.Input, _ = r.attr("input_resolution").(int)
	m.Weights, _ = r.attr("weights").(string)
	m.Eps, _ = r.attr("eps").(float64)
	for key, to := range map[string]*[]int64{"stride": &m.Stride, "padding": &m.Padding, "dilation": &m.Dilation} {
		if v, err := integers(r.attr(key)); err == nil {
			*to = v
		}
	}
	return m
}

// training tells whether an entry of a checkpoint is state of its training, not of a
// network: optimisers, their schedules, generators of random numbers.
func training(key string) bool {
	key = strings.ToLower(key)
	for _, known := range []string{"optim", "scheduler", "lr_sched", "scaler", "grad_scaler", "amp", "rng", "cuda_rng",
		"random_state", "callbacks",
		"loops", "hyper_parameters", "hparams", "args", "config", "cfg"} {
		if rest, ok := strings.CutPrefix(key, known); ok && (rest == "" || rest[0] == '_' || known == "optim") {
			return true
		}
	}
	return strings.HasSuffix(key, "_optimizer") || strings.HasSuffix(key, "_scheduler") ||
		strings.HasSuffix(key, "_optimizer_state_dict") || key == "opt"
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

// walker goes through an unpickled object within limits. It reports named
// tensors to use, or gathers storages wherever they are.
type walker struct {
	visits   int
	use      func(name string, v *view) error
	module   func(name string, r *record)
	storages map[string]*storage
}

func (w *walker) visit(depth int) error {
	if w.visits++; w.visits > maxVisits || depth > maxNest {
		return message.Errorf("%w: nested too deep or too often", ErrRefused)
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
		if x.attr("_modules") != nil {
			w.module(name, x)
		}
		for _, part := range []string{"_parameters", "_buffers", "_modules"} {
			if err := w.named(x.attr(part), name, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *types.List:
		return w.items(*x, name, depth)
	case *types.Tuple:
		return w.items(*x, name, depth)
	}
	_, err := pairs(v, func(key, value any) error {
		k, ok := key.(string)
		if !ok || depth < maxWraps && training(k) && !isTensor(value) && !isRecord(value) {
			return nil
		}
		return w.named(value, join(name, k), depth+1)
	})
	return err
}

// maxWraps is how deep state of the training may lie; below are layers, whatever their
// names.
const maxWraps = 3

func isTensor(v any) bool {
	_, ok := v.(*view)
	return ok
}

func isRecord(v any) bool {
	_, ok := v.(*record)
	return ok
}

func join(name, part string) string {
	if name == "" {
		return part
	}
	return name + "." + part
}

// items walks through a list of networks; lists of anything else hold no names.
func (w *walker) items(list []any, name string, depth int) error {
	for i, v := range list {
		if err := w.visit(depth); err != nil {
			return err
		}
		if isTensor(v) {
			continue
		}
		if err := w.named(v, join(name, strconv.Itoa(i)), depth+1); err != nil {
			return err
		}
	}
	return nil
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
