package report

import (
	"hilum/dicomio/derived"
	"hilum/inference/findingset"
)

// findingCode codes a class by the set that the model speaks, else by the sets that
// come along. What has no code in a vocabulary gets one in the scheme 99HILUM, made of
// its name.
func findingCode(spoken findingset.Set, class string) derived.Code {
	sets := append(findingset.Registry{spoken}, findingset.Sets()...)
	if l, ok := sets.Label(class); ok && l.Code != nil {
		return derived.Code{Value: l.Code.Value, Scheme: "SCT", Meaning: l.Code.Meaning}
	}
	value := []rune(class)
	return derived.Code{Value: string(value[:min(len(value), 16)]), Scheme: "99HILUM", Meaning: class}
}
