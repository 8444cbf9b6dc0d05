package inference

import "hilum/internal/message"

// Withholding says in a sentence that findings are withheld and why, or, where they are
// shown all the same, that somebody insisted; the zero value without a reason.
func Withholding(why []message.Message, shown bool) message.Message {
	if len(why) == 0 {
		return message.Message{}
	}
	parts := make([]any, len(why))
	for i, m := range why {
		parts[i] = m
	}
	reasons := message.List(" ", parts...)
	if shown {
		return message.Of("These findings are withheld and shown because somebody insisted: %s", reasons)
	}
	return message.Of("The findings are withheld: %s", reasons)
}
