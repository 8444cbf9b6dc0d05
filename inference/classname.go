package inference

import (
	"hilum/inference/findingset"

	"hilum/internal/message"
)

// ClassName writes a class of a data set as people do: Pleural_Thickening is
// Pleural thickening.
func ClassName(class string) string { return findingset.DisplayName(class) }

// Term is a class in a message: as the data set spells it, and in other languages by the
// name that people know it by.
func Term(class string) message.Term { return message.Term{Text: class, Name: ClassName(class)} }

// Named is a class in a message, written as people do.
func Named(class string) message.Term {
	name := ClassName(class)
	return message.Term{Text: name, Name: name}
}
