package grad

import (
	"slices"

	"hilum/internal/message"
)

// Shapeless says why the shape of a value is not known: it names the first operator
// on the way that nothing is known of.
func (b *builder) Shapeless(name string) message.Message {
	at := name
	for range len(b.g.Nodes) {
		n := b.makers[at]
		if n == nil {
			break
		}
		i := slices.IndexFunc(n.Inputs, func(in string) bool {
			_, known := b.shapes.Dims(in)
			return in != "" && !known && b.makers[in] != nil
		})
		if i >= 0 {
			at = n.Inputs[i]
			continue
		}
		if b.rules[n.Op] == nil || !n.IsONNX() {
			return unruled(n)
		}
		break
	}
	return message.Of("the shape of %q is not known", at)
}
