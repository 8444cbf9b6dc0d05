package ort

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// session is one loaded network.
type session struct {
	s       *ort.DynamicAdvancedSession
	outputs int
	inputs  int

	mu     sync.RWMutex // held for reading while a Run is in flight
	closed bool
}

// NewSession implements inference.Engine.
func (e *Engine) NewSession(model []byte, o inference.SessionOptions) (inference.Session, error) {
	if len(model) == 0 {
		return nil, message.New("the model is empty")
	}
	opts, err := e.options(o)
	if err != nil {
		return nil, message.Errorf("session options: %w", err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, o.Inputs, o.Outputs, opts)
	if err = errors.Join(tidy(err), opts.Destroy()); err != nil {
		return nil, message.Errorf("ONNX Runtime does not accept the model: %w", err)
	}
	return &session{s: s, inputs: len(o.Inputs), outputs: len(o.Outputs)}, nil
}

// Run implements inference.Session. A context that ends sets the run's
// terminate flag, which ONNX Runtime looks at between operators.
func (s *session) Run(ctx context.Context, inputs []inference.Tensor) ([]inference.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, message.Errorf("inference: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, message.New("inference: the session is closed")
	}
	if len(inputs) != s.inputs {
		return nil, message.Errorf("inference: %d inputs for a network of %d", len(inputs), s.inputs)
	}
	in, err := values(inputs)
	defer destroy(in)
	if err != nil {
		return nil, message.Errorf("inference: %w", err)
	}
	out := make([]ort.Value, s.outputs)
	defer func() { destroy(out) }()
	if err := s.run(ctx, in, out); err != nil {
		return nil, err
	}
	return tensors(out)
}

func (s *session) run(ctx context.Context, in, out []ort.Value) error {
	opts, err := ort.NewRunOptions()
	if err != nil {
		return message.Errorf("inference: %w", err)
	}
	defer func() { _ = opts.Destroy() }() // after the watcher has ended
	stop := watch(ctx, func() {
		_ = opts.Terminate() // it can only fail on a nil flag
	})
	err = s.s.RunWithOptions(in, out, opts)
	stop()
	if ctx.Err() != nil {
		return message.Errorf("inference: %w", ctx.Err())
	}
	if err != nil {
		return message.Errorf("%w: %w", inference.ErrRun, tidy(err))
	}
	return nil
}

// watch calls f once if ctx ends before stop is called; stop waits for f.
func watch(ctx context.Context, f func()) (stop func()) {
	finished := make(chan struct{})
	var wait parallel.Group
	wait.Go(func() {
		select {
		case <-ctx.Done():
			f()
		case <-finished:
		}
	})
	return func() {
		close(finished)
		wait.Wait()
	}
}

// Close implements inference.Session.
func (s *session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.s.Destroy()
}

// values wraps tensors without copying them.
func values(ts []inference.Tensor) ([]ort.Value, error) {
	out := make([]ort.Value, 0, len(ts))
	for _, t := range ts {
		v, err := ort.NewTensor(ort.Shape(t.Shape), t.Data)
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

// tensors takes over the data of float outputs; the binding has copied it into
// Go's memory already.
func tensors(vs []ort.Value) ([]inference.Tensor, error) {
	out := make([]inference.Tensor, len(vs))
	for i, v := range vs {
		t, ok := v.(*ort.Tensor[float32])
		if !ok {
			return nil, message.Errorf("inference: output %d is not a tensor of 32-bit floats", i)
		}
		out[i] = inference.Tensor{Shape: t.GetShape(), Data: t.GetData()}
	}
	return out, nil
}

func destroy(vs []ort.Value) {
	for _, v := range vs {
		if v != nil && !reflect.ValueOf(v).IsNil() { // the binding leaves typed nils where an output is empty
			_ = v.Destroy() // it has nothing to report
		}
	}
}

// tidy strips the binding's layers of prefixes and the source position that
// ONNX Runtime puts before its message.
func tidy(err error) error {
	if err == nil {
		return nil
	}
	msg := err.Error()
	for _, p := range []string{"Error creating C session: ", "Error creating session: ", "Error running network: "} {
		msg = strings.ReplaceAll(msg, p, "")
	}
	return errors.New(firstLine(msg))
}
