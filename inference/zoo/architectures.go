package zoo

import "slices"

// Architecture is a network that can be trained from nothing. It is a value: whoever
// has one of their own appends it to [Architectures] and hands the list on. A
// [Family] must know its weights.
type Architecture struct {
	Name string
	Draw func(b *Blueprint) // draws the tensors of its layers
}

// Networks is a list of architectures in the order in which they are shown.
type Networks []Architecture

// Architectures lists the networks that come along: torchvision's residual networks
// and three small ones whose map keeps a sixteenth of the picture's edge, so that
// small findings stay in it. resnet_fine sees finer detail than resnet_small and
// takes longer.
func Architectures() Networks {
	return Networks{
		{"resnet18", func(b *Blueprint) { b.resNet([]int{2, 2, 2, 2}, false) }},
		{"resnet34", func(b *Blueprint) { b.resNet([]int{3, 4, 6, 3}, false) }},
		{"resnet50", func(b *Blueprint) { b.resNet([]int{3, 4, 6, 3}, true) }},
		{"resnet_small", func(b *Blueprint) { b.small(stem{32, 7}, []int64{64, 64, 128, 128, 192}) }},
		{"resnet_fine", func(b *Blueprint) { b.small(stem{24, 5}, []int64{32, 64, 64, 128, 128, 192}) }},
		{"resnet_tiny", func(b *Blueprint) { b.small(stem{8, 5}, []int64{8, 16, 32}) }},
	}
}

// Names lists the names of the architectures.
func (n Networks) Names() []string {
	out := make([]string, len(n))
	for i, a := range n {
		out[i] = a.Name
	}
	return out
}

// Find finds an architecture by its name.
func (n Networks) Find(name string) (Architecture, bool) {
	i := slices.IndexFunc(n, func(a Architecture) bool { return a.Name == name })
	if i < 0 {
		return Architecture{}, false
	}
	return n[i], true
}
