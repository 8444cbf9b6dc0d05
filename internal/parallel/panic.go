package parallel

import (
	"runtime/debug"

	"hilum/internal/message"
)

// Panic is a panic as an error: what was raised, and where.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that it was raised in
}

// Error has no stack: it is for the sentence that a person reads.
func (p *Panic) Error() string { return p.Message().String() }

// Message is the sentence with its parts.
func (p *Panic) Message() message.Message { return message.Of("internal error: %v", p.Value) }

// Unwrap gives the value where it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Recover hands a panic to f, where it is deferred, instead of letting it go on. What was
// raised again after it crossed goroutines keeps its value and its first stack.
func Recover(f func(*Panic)) {
	if r := recover(); r != nil {
		f(asPanic(r))
	}
}

func asPanic(r any) *Panic {
	if p, ok := r.(*Panic); ok {
		return p
	}
	return &Panic{r, debug.Stack()}
}
