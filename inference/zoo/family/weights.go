package family

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hilum/inference/zoo/checkpoint"
	"hilum/internal/message"
)

// Weights are the tensors of a network in a checkpoint, by the names of its family, and
// what building has found of them: which it used, which are missing, and which are not as
// they should be. Nothing is filled in.
type Weights struct {
	tensors map[string]*checkpoint.Tensor // by name without the checkpoint's own prefix
	modules map[string]checkpoint.Module  // what pickled layers say of themselves, by name
	used    map[string]bool
	missing []string
	wrong   []message.Message
	unknown message.Message // what the network is, where it is no member of its family
	err     error
}

// Has tells whether the checkpoint has a tensor of that name.
func (w *Weights) Has(name string) bool { return w.tensors[name] != nil }

// Tensor returns a tensor or nil.
func (w *Weights) Tensor(name string) *checkpoint.Tensor { return w.tensors[name] }

// Shape returns a tensor's shape; zeros of that rank when it is missing, so
// that building goes on and finds everything that is wrong.
func (w *Weights) Shape(name string, rank int) []int64 {
	t := w.tensors[name]
	if t == nil || len(t.Shape) != rank {
		return make([]int64, rank)
	}
	return t.Shape
}

// Sizes are the first two sizes of a tensor, zeros where it is missing.
func (w *Weights) Sizes(name string) [2]int64 {
	t := w.tensors[name]
	if t == nil || len(t.Shape) < 2 {
		return [2]int64{}
	}
	return [2]int64{t.Shape[0], t.Shape[1]}
}

// linears lists the layers under prefix that have a matrix, by name.
func (w *Weights) linears(prefix string) []string {
	var out []string
	for name, t := range w.tensors {
		layer, ok := strings.CutSuffix(name, ".weight")
		if ok && len(t.Shape) == 2 && (layer == prefix || strings.HasPrefix(layer, prefix+".")) {
			out = append(out, layer)
		}
	}
	slices.Sort(out)
	return out
}

// Count returns how many consecutive prefixes format%(from, from+1, ...) occur.
func (w *Weights) Count(format string, from int) int {
	for k := 0; ; k++ {
		prefix := fmt.Sprintf(format, from+k)
		found := false
		for name := range w.tensors {
			if strings.HasPrefix(name, prefix) {
				found = true
				break
			}
		}
		if !found {
			return k
		}
	}
}

// Ignore takes tensors under a prefix for such that the output does not depend on.
func (w *Weights) Ignore(prefix string) {
	for name := range w.tensors {
		if name == prefix || strings.HasPrefix(name, prefix+".") {
			w.used[name] = true
		}
	}
}

// Lacks notes that a weight is missing.
func (w *Weights) Lacks(name string) { w.missing = append(w.missing, name) }

// misfit notes that a weight is not as it should be, and how.
func (w *Weights) misfit(how message.Message) { w.wrong = append(w.wrong, how) }

// Refuse notes what the network is, where it is no member of its family: "a RegNet Z".
func (w *Weights) Refuse(what message.Message) { w.unknown = what }

// Unknown is what the network is, where it is no member of its family; zero where it is.
func (w *Weights) Unknown() message.Message { return w.unknown }

// Used tells whether the network has a place for a weight.
func (w *Weights) Used(name string) bool { return w.used[name] }

// take marks a weight as used and returns it, where it is there, of floats, of the shape
// asked for, and was not taken before; nil otherwise, which is noted. Sizes below 0 are free.
func (w *Weights) take(name string, shape ...int64) *checkpoint.Tensor {
	t, before := w.tensors[name], w.used[name]
	w.used[name] = true
	switch {
	case t == nil:
		if !before {
			w.Lacks(name)
		}
	case len(t.Shape) != len(shape) || !t.Elem.IsFloat():
		w.misfit(message.Of("%s is %v%v, not of rank %d", name, t.Elem, t.Shape, len(shape)))
	case !fits(t.Shape, shape):
		w.misfit(message.Of("%s is %v%v, not %v", name, t.Elem, t.Shape, shape))
	case !before && w.err == nil:
		return t
	}
	return nil
}

func fits(shape, want []int64) bool {
	for i, w := range want {
		if w >= 0 && shape[i] != w {
			return false
		}
	}
	return true
}

// compare holds what a pickled layer says of itself against what is built: a stride or a
// dilation that is not the family's is not in its weights.
func (w *Weights) compare(prefix string, win Window) {
	m := w.modules[prefix]
	pad := win.Pad
	if win.Same { // layers that pad as TensorFlow does say nothing of it
		m.Padding, pad = nil, 0
	}
	for _, part := range []struct {
		what message.Message
		has  []int64
		want int64
	}{
		{message.Of("a stride"), m.Stride, win.Stride},
		{message.Of("a padding"), m.Padding, pad},
		{message.Of("a dilation"), m.Dilation, 1},
	} {
		if slices.ContainsFunc(part.has, func(x int64) bool { return x != part.want }) {
			w.misfit(message.Of("%s has %s of %v, not %d", prefix, part.what, part.has, part.want))
		}
	}
}

// listed is how many names an error lists.
const listed = 12

// Complete lists what the checkpoint lacks.
func (w *Weights) Complete() error {
	if w.err != nil {
		return w.err
	}
	var errs []error
	if len(w.missing) > 0 {
		errs = append(errs, message.Errorf("%w: %d weights are missing: %s; it is another network: export it to ONNX",
			checkpoint.ErrRefused,
			len(w.missing), Some(w.missing)))
	}
	if len(w.wrong) > 0 {
		errs = append(errs, message.Errorf("%w: %d weights are not as they should be: %s; it is another network: export it to ONNX",
			checkpoint.ErrRefused, len(w.wrong), Some(w.wrong)))
	}
	return errors.Join(errs...)
}

// Some names the first of many things.
func Some[T any](list []T) message.Message {
	var parts []any
	for _, x := range list[:min(len(list), listed)] {
		parts = append(parts, x)
	}
	first := message.List(", ", parts...)
	if len(list) > listed {
		return message.Of("%s and %d more", first, len(list)-listed)
	}
	return first
}

// Fill copies a part of a tensor, where there is one.
func (w *Weights) Fill(to []float32, name string, from int64) {
	t := w.tensors[name]
	if t == nil {
		return
	}
	w.used[name] = true
	v, err := t.Floats()
	if err != nil || int64(len(v)) < from+int64(len(to)) {
		w.misfit(message.Of("%s is %v%v", name, t.Elem, t.Shape))
		return
	}
	copy(to, v[from:])
}

// Third makes a third of a joined tensor's rows, the i-th from 0, a tensor of its own.
func (w *Weights) Third(joined, name string, i int64) {
	t := w.tensors[joined]
	if t == nil || len(t.Shape) == 0 {
		w.Lacks(joined)
		return
	}
	rows := t.Shape[0] / 3
	w.tensors[name] = t.Rows(i*rows, rows)
	w.used[joined] = true
}
