package worklist

import (
	"sync/atomic"

	"hilum/dicomio/scan"
	"hilum/internal/message"
)

// Entry is one picture of the list, and all that the program knows of where it comes
// from: pixels, attributes and file are asked of it, see [scan.Origin]. It stays the same
// while it is in the list, whether it came alone or with a folder.
type Entry struct {
	*scan.Instance
	ID int // of no other entry of the list, before or after

	study   *item                   // under the list's lock; nil until grouped
	picture string                  // records.Picture.Key, likewise; "" until it is known
	outcome atomic.Pointer[outcome] // of the model in use
}

// outcome is what became of scoring an entry.
type outcome struct {
	margins []float32       // relative, in the order of the model's classes; nil when it failed
	err     message.Message // one sentence: why it failed, or why the findings are withheld
	held    bool            // the findings are withheld; margins is nil then
	kept    bool            // the records had it
}
