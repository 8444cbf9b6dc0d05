package ort

import (
	"context"
	"errors"

	ort "github.com/yalue/onnxruntime_go"

	"hilum/inference"
	"hilum/internal/message"
)

var _ inference.Binder = (*session)(nil)

// binding is a session with tensors in Go's memory. The runtime's values point
// into it and the slices stay referenced by them, so nothing is copied and
// nothing moves.
type binding struct {
	s       *session
	in, out []ort.Value
}

// Bind implements inference.Binder.
func (s *session) Bind(inputs, outputs []inference.Tensor) (inference.Binding, error) {
	if len(inputs) != s.inputs || len(outputs) != s.outputs {
		return nil, message.Errorf("bind: %d inputs and %d outputs for a network of %d and %d", len(inputs),
			len(outputs), s.inputs, s.outputs)
	}
	b := &binding{s: s}
	var err error
	if b.in, err = values(inputs); err == nil {
		b.out, err = values(outputs)
	}
	if err != nil {
		return nil, errors.Join(message.Errorf("bind: %w", err), b.Close())
	}
	return b, nil
}

// Run implements inference.Binding.
func (b *binding) Run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return message.Errorf("inference: %w", err)
	}
	b.s.mu.RLock()
	defer b.s.mu.RUnlock()
	if b.s.closed || b.in == nil {
		return message.New("inference: the session is closed")
	}
	return b.s.run(ctx, b.in, b.out)
}

// Close implements inference.Binding.
func (b *binding) Close() error {
	destroy(b.in)
	destroy(b.out)
	b.in, b.out = nil, nil
	return nil
}
