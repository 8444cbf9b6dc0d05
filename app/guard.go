package app

import (
	"fmt"
	"runtime/debug"
)

// Guard runs f; a panic in it becomes a message to the reader, and the place
// goes to the trace, instead of the end of the program. what names the work for
// the message, as "opening a study".
func (s *Session) Guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			s.cfg.Trace(fmt.Sprintf("panic while %s: %v\n%s", what, r, debug.Stack()))
			s.Notify(fmt.Sprintf("Something went wrong while %s: %v. The other studies are not affected.", what, r))
		}
	}()
	f()
}
