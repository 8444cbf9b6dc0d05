package saliency

import (
	"context"
	"slices"
	"strings"
)

// Method is one way to explain a logit. It is a value: whoever has one of their own
// appends it to [Methods] and hands the list on.
type Method struct {
	Name   string // what flags, lessons and files call it: gradcam
	Title  string // what people call it: Grad-CAM
	About  string // what its map shows, in a sentence
	Source string // where it is from

	Features bool // it weights a map of features, which not every network has
	Gradient bool // it differentiates the network
	Slow     bool // it runs the network tens or hundreds of times

	// Explain computes one map for each class of the query.
	Explain func(ctx context.Context, p *Problem) ([]Map, error)
}

// Registry is a list of methods in the order in which they are shown.
type Registry []Method

// Methods lists the methods that come along. Those that weight the channels of a
// feature map follow pytorch-grad-cam's formulas; the others work on the picture itself.
func Methods() Registry {
	return Registry{
		GradCAM(), GradCAMPlusPlus(), HiResCAM(), XGradCAM(), LayerCAM(), EigenCAM(), ScoreCAM(), AblationCAM(),
		Gradient(), SmoothGrad(), Integrated(), Occlusion(),
	}
}

// Find finds a method by its name.
func (r Registry) Find(name string) (Method, bool) {
	i := slices.IndexFunc(r, func(m Method) bool { return m.Name == name })
	if i < 0 {
		return Method{}, false
	}
	return r[i], true
}

// Names lists the names of the methods.
func (r Registry) Names() []string {
	out := make([]string, len(r))
	for i, m := range r {
		out[i] = m.Name
	}
	return out
}

// which are the methods that fulfil a condition.
func (r Registry) which(is func(Method) bool) Registry {
	return slices.DeleteFunc(slices.Clone(r), func(m Method) bool { return !is(m) })
}

// Bare are the methods that need no map of features.
func (r Registry) Bare() Registry { return r.which(func(m Method) bool { return !m.Features }) }

// Words writes the names as a sentence does: a, b and c.
func (r Registry) Words() string {
	names := r.Names()
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
