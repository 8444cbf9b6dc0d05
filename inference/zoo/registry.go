package zoo

import (
	"slices"

	"hilum/inference/zoo/convolutional"
	"hilum/inference/zoo/family"
	"hilum/inference/zoo/transformer"
)

// Registry is a list of families; the first that knows a checkpoint's weights counts.
type Registry []family.Family

// Families lists the families that come along.
func Families() Registry {
	return Registry{
		convolutional.ResNet(), convolutional.DenseNet(), convolutional.EfficientNet(),
		convolutional.EfficientNetLukemelas(), convolutional.MobileNetV2(), convolutional.MobileNetV3(),
		convolutional.SmallResNet(), convolutional.ResNetD(), convolutional.RegNet(), convolutional.SqueezeNet(),
		convolutional.Inception(), transformer.ViT(), convolutional.ConvNeXt(), transformer.Swin(), convolutional.VGG(),
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
func (r Registry) Find(name string) (family.Family, bool) {
	i := slices.IndexFunc(r, func(f family.Family) bool { return f.Name == name })
	if i < 0 {
		return family.Family{}, false
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
