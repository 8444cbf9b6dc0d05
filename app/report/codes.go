package report

import (
	"hilum/dicomio"
	"hilum/inference/findings"
)

// findingCode codes a class by the set that the model speaks, else by the sets that
// come along. What has no code in a vocabulary gets one in the scheme 99HILUM, made of
// its name.
func findingCode(spoken findings.Set, class string) dicomio.Code {
	sets := append(findings.Registry{spoken}, findings.Sets()...)
	if l, ok := sets.Label(class); ok && l.Code != nil {
		return dicomio.Code{Value: l.Code.Value, Scheme: "SCT", Meaning: l.Code.Meaning}
	}
	value := []rune(class)
	return dicomio.Code{Value: string(value[:min(len(value), 16)]), Scheme: "99HILUM", Meaning: class}
}
