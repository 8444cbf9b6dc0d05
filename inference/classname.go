package inference

import "hilum/inference/findingset"

// ClassName writes a class of a data set as people do: Pleural_Thickening is
// Pleural thickening.
func ClassName(class string) string { return findingset.DisplayName(class) }
