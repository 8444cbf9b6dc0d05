// Package family is what a family of networks is written with: how its members are known by
// their weights, and the layers of which a member's graph is built.
//
// The core type is [Net], a network under construction: the weights that it is made from
// ([Weights]) and the nodes that are written ([Emitter]). The families that come along live
// in inference/zoo/convolutional and inference/zoo/transformer.
package family

import "regexp"

// Family is a kind of network whose layers follow from its weights. It is a value:
// whoever has one of their own appends it to those of inference/zoo and hands the list on.
type Family struct {
	Name      string
	Signature []string            // weights that every member has and no other family
	Stem      string              // the first convolution's weight
	Build     func(n *Net) string // adds the nodes from "image" to "logits" and names the member
	Rename    func(string) string // gives old keys the names that Build knows; nil for none
}

// Canonical is the name by which Build knows a key of a checkpoint.
func (f *Family) Canonical(name string) string {
	if f.Rename == nil {
		return name
	}
	return f.Rename(name)
}

// Renaming turns a part of a key into another.
type Renaming struct {
	from *regexp.Regexp
	to   string
}

// Renamings compiles pairs of a regular expression and what takes its place, in the order in
// which they are applied. It panics on an expression that is none: they are constants.
func Renamings(pairs ...string) []Renaming {
	var out []Renaming
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Renaming{regexp.MustCompile(pairs[i]), pairs[i+1]})
	}
	return out
}

// Renamed applies renamings to the key of a weight, one after the other.
func Renamed(name string, list []Renaming) string {
	for _, r := range list {
		name = r.from.ReplaceAllString(name, r.to)
	}
	return name
}
