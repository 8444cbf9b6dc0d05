package zoo

import "slices"

// Family is a kind of network whose layers follow from its weights. It is a value:
// whoever has one of their own appends it to [Families] and hands the list on.
type Family struct {
	Name      string
	Signature []string            // weights that every member has and no other family
	Stem      string              // the first convolution's weight
	Build     func(n *Net) string // adds the nodes from "image" to "logits" and names the member
	Rename    func(string) string // gives old keys the names that Build knows; nil for none
}

// Registry is a list of families; the first that knows a checkpoint's weights counts.
type Registry []Family

// Families lists the families that come along.
func Families() Registry {
	return Registry{
		ResNet(), DenseNet(), EfficientNet(), efficientNetLukemelas(), MobileNetV2(), MobileNetV3(), smallResNet(),
		ResNetD(), RegNet(), SqueezeNet(), Inception(), ViT(), ConvNeXt(), Swin(), VGG(),
	}
}

// Names lists the names of the families.
func (r Registry) Names() []string {
	out := make([]string, len(r))
	for i, f := range r {
		out[i] = f.Name
	}
	return out
}

// Find finds a family by its name.
func (r Registry) Find(name string) (Family, bool) {
	i := slices.IndexFunc(r, func(f Family) bool { return f.Name == name })
	if i < 0 {
		return Family{}, false
	}
	return r[i], true
}

// orKnown are the families, those that come along where there are none.
func (r Registry) orKnown() Registry {
	if r == nil {
		return Families()
	}
	return r
}

func (f *Family) rename(name string) string {
	if f.Rename == nil {
		return name
	}
	return f.Rename(name)
}
