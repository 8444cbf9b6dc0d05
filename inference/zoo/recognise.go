package zoo

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"hilum/inference/zoo/checkpoint"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// candidate is a network that a checkpoint holds: its family, and what stands before
// the names of its weights, such as "module." or "state_dict.backbone.".
type candidate struct {
	*family.Family
	prefix string
}

// root is the prefix as a person writes it: "." for none.
func (c candidate) root() string {
	return cmp.Or(strings.TrimSuffix(c.prefix, "."), ".")
}

// candidates lists the networks of a checkpoint by their prefixes.
func candidates(c *checkpoint.File, known Registry) []candidate {
	var out []candidate
	for i := range known {
		f := &known[i]
		names := make(map[string]bool, len(c.Tensors))
		for _, t := range c.Tensors {
			names[f.Canonical(t.Name)] = true
		}
		last := f.Signature[len(f.Signature)-1]
		for _, t := range c.Tensors {
			prefix, ok := strings.CutSuffix(f.Canonical(t.Name), last)
			if !ok || prefix != "" && !strings.HasSuffix(prefix, ".") {
				continue
			}
			if !slices.ContainsFunc(f.Signature, func(s string) bool { return !names[prefix+s] }) {
				out = append(out, candidate{f, prefix})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(a.prefix, b.prefix) })
	return out
}

// choose finds the one network that is meant. Of several that are not the same, the
// person must have named one: which is the better is not in the file.
func choose(c *checkpoint.File, o Options) (candidate, []candidate, error) {
	named, known := o.Weights, o.Families.orKnown()
	all := candidates(c, known)
	if len(all) == 0 {
		return candidate{}, nil, unknownFamily(c, known)
	}
	fits := all
	if named != "" {
		fits = slices.DeleteFunc(slices.Clone(all), func(x candidate) bool { return !x.answersTo(named) })
	}
	var roots []string
	for _, x := range all {
		roots = append(roots, x.root())
	}
	switch {
	case len(fits) == 0:
		return candidate{}, nil, message.Errorf("%w: the file has no network %q; it has %s", ErrRefused, named,
			strings.Join(roots, ", "))
	case len(fits) > 1:
		same, err := equal(c, fits)
		if err != nil {
			return candidate{}, nil, err
		}
		if !same {
			return candidate{}, nil,
				message.Errorf("%w: the file holds %d networks, %s; choose one, for example --weights %s",
					ErrRefused, len(fits),
					strings.Join(roots, " and "), roots[0])
		}
	}
	others := slices.DeleteFunc(slices.Clone(all), func(x candidate) bool { return x.prefix == fits[0].prefix })
	return fits[0], others, nil
}

// answersTo tells whether a person's name for the network, a part of the path to its
// weights, means this one.
func (c candidate) answersTo(name string) bool {
	name = strings.Trim(name, ".")
	return name == "" && c.prefix == "" || name != "" && strings.Contains("."+c.prefix, "."+name+".")
}

// equal tells whether networks hold the same weights under the same names, as a model
// does that is registered twice.
func equal(c *checkpoint.File, networks []candidate) (bool, error) {
	parts := make([]map[string]*checkpoint.Tensor, len(networks))
	for i, n := range networks {
		parts[i] = n.tensors(c)
		if n.Family.Name != networks[0].Family.Name || len(parts[i]) != len(parts[0]) {
			return false, nil
		}
	}
	for _, t := range c.Tensors {
		name := networks[0].Canonical(strings.TrimPrefix(t.Name, networks[0].prefix))
		if parts[0][name] != t {
			continue
		}
		for _, p := range parts[1:] {
			if same, err := t.Same(p[name]); !same || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// tensors lists the tensors of a network by the names of its family.
func (n candidate) tensors(c *checkpoint.File) map[string]*checkpoint.Tensor {
	out := make(map[string]*checkpoint.Tensor, len(c.Tensors))
	for _, t := range c.Tensors {
		if name, ok := strings.CutPrefix(t.Name, n.prefix); ok {
			out[n.Canonical(name)] = t
		}
	}
	return out
}

// modules lists what the pickled layers of a network say of themselves, by the names of its
// family.
func (n candidate) modules(c *checkpoint.File) map[string]checkpoint.Module {
	out := make(map[string]checkpoint.Module)
	for _, l := range c.Modules {
		if short, ok := strings.CutPrefix(l.Name, n.prefix); ok {
			out[n.Canonical(short)] = l
		}
	}
	return out
}

func unknownFamily(c *checkpoint.File, known Registry) error {
	var names []string
	for _, t := range c.Tensors[:min(len(c.Tensors), 5)] {
		names = append(names, t.Name)
	}
	return message.Errorf("%w: the weights (%s, ...) belong to no known family: %s; export the model to ONNX",
		ErrRefused,
		strings.Join(names, ", "), strings.Join(known.Names(), ", "))
}

// bookkeeping are tensors that training keeps beside a network, which its output does
// not depend on: counters of batches and of averaging, operations counted by a profiler,
// weights of losses, states of metrics, the queue of MoCo, heads that only training uses.
var bookkeeping = regexp.MustCompile(
	`(^|\.)(num_batches_tracked|total_ops|total_params|n_averaged|num_updates|decay|_extra_state|queue|queue_ptr|position_ids|relative_position_index|relative_coords_table|attn_mask|pos_weight|class_weights?|(\w+_)?rng_states?)$` +
		`|(^|\.)(criterion|loss|loss_fn|loss_func|losses)(_\w+)?\.` +
		`|(^|\.)(train|valid?|test)_(metrics?|acc|accuracy|auc|auroc|f1)(_\w+)?\.` +
		`|(^|\.)(aux\d*|aux_(head|classifier|logits|fc)|auxiliary_?\w*|AuxLogits)\.`)

// ofTexts are tensors of a tower that reads, beside one that sees.
var ofTexts = regexp.MustCompile(`(^|\.)(text_model|text_projection|text)(\.|$)|(^|\.)logit_(scale|bias)$`)

// otherNetwork explains the weights of a network that was not chosen.
const otherNetwork = "another network of the file"

// explained tells why a network does without a tensor of its file; "" where nothing
// says so.
func explained(t *checkpoint.Tensor, n candidate, others []candidate, used func(string) bool) string {
	for _, o := range others {
		if rest, ok := strings.CutPrefix(t.Name, o.prefix); ok && (o.prefix != "" || used(o.Canonical(rest))) {
			return otherNetwork
		}
		if root := apart(n.prefix, o.prefix); root != "" && strings.HasPrefix(t.Name, root) {
			return otherNetwork
		}
	}
	switch {
	case bookkeeping.MatchString(t.Name):
		return "bookkeeping of the training"
	case ofTexts.MatchString(t.Name):
		return "of a tower that reads texts"
	case len(t.Shape) == 0 && !strings.HasPrefix(t.Name, n.prefix):
		return "a number beside the network"
	}
	return ""
}

// apart is the part of a prefix up to the first name in which it differs from another,
// "" where it is a beginning of it.
func apart(mine, other string) string {
	a, b := strings.SplitAfter(mine, "."), strings.SplitAfter(other, ".")
	for i, part := range b {
		if part != "" && (i >= len(a) || a[i] != part) {
			return strings.Join(b[:i+1], "")
		}
	}
	return ""
}
