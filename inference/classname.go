package inference

import "strings"

// ClassName writes a class of the data set as people do: Pleural_Thickening is
// Pleural thickening.
func ClassName(class string) string {
	words := strings.Fields(strings.ReplaceAll(class, "_", " "))
	for i, w := range words {
		if i > 0 && strings.ToUpper(w) != w {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}
