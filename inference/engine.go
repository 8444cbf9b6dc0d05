package inference

import (
	"context"
	"fmt"

	"hilum/inference/tensor"
	"hilum/internal/message"
)

// Engine is a neural-network runtime. Whoever opens it closes it, after the
// sessions that it opened.
type Engine interface {
	Info() EngineInfo
	// NewSession loads an ONNX model. The error says what the model lacks.
	NewSession(model []byte, o SessionOptions) (Session, error)
	Close() error
}

// Provider names where a network runs.
type Provider string

// The providers a person can ask for; Auto takes CUDA where it is complete.
const (
	Auto Provider = "auto"
	CUDA Provider = "cuda"
	CPU  Provider = "cpu"
)

// ParseProvider reads a provider's name as a person types it.
func ParseProvider(s string) (Provider, error) {
	switch p := Provider(s); p {
	case Auto, CUDA, CPU:
		return p, nil
	}
	return "", message.Errorf("provider %q is not known; use auto, cuda or cpu", s)
}

// EngineInfo says what the engine is and where it runs.
type EngineInfo struct {
	Name     string          `json:"name"`    // "ONNX Runtime"
	Version  string          `json:"version"` // of the library
	Library  string          `json:"library"` // path of the shared library
	Provider Provider        `json:"provider"`
	Reason   message.Message `json:"reason,omitzero"` // why CUDA is not in use; the zero value when it is
	Threads  int             `json:"threads"`         // within one operator
}

// String is how the status line names the engine, as "ONNX Runtime 1.32.0, CPU".
func (i EngineInfo) String() string {
	where := map[Provider]string{CPU: "CPU", CUDA: "CUDA"}[i.Provider]
	return fmt.Sprintf("%s %s, %s", i.Name, i.Version, where)
}

// SessionOptions say which tensors a session takes and gives, in the order of
// the values of Run.
type SessionOptions struct {
	Inputs, Outputs []string
	Threads         int // within one operator; 0 is the engine's

	// Pooled sessions take what they compute with from memory that all of them
	// share, as much as they need and no more. They keep less than sessions of their
	// own memory, which plan for the next run, and suit work of many sessions.
	Pooled bool

	// Quiet sessions print nothing when a run fails: of those that try something out
	// the error is enough.
	Quiet bool
}

// ErrRun marks what an engine reports of a run that failed within the network.
var ErrRun = message.New("inference")

// Session is one loaded network. Run may be called by several goroutines at
// once; Close waits for them.
type Session interface {
	// Run computes the outputs. It returns promptly with ctx.Err(), wrapped,
	// when the context ends first.
	Run(ctx context.Context, inputs []Tensor) ([]Tensor, error)
	Close() error
}

// Binder is a session that can work in place, as training needs it: parameters
// that are inputs are read where they are updated.
type Binder interface {
	Session
	// Bind ties the memory of tensors to the session's inputs and outputs, in the
	// order of SessionOptions. Shapes are those of the network.
	Bind(inputs, outputs []Tensor) (Binding, error)
}

// Binding is a session with its tensors. It is used by one goroutine at a time,
// which does not touch the tensors during Run; it is closed before the session.
type Binding interface {
	// Run computes the outputs in place from what the inputs hold. It returns
	// promptly with ctx.Err(), wrapped, when the context ends first; the outputs
	// then hold anything.
	Run(ctx context.Context) error
	Close() error
}

// Tensor is what networks take and give.
type Tensor = tensor.Tensor

// NewTensor allocates a zero tensor.
func NewTensor(shape ...int64) Tensor { return tensor.New(shape...) }
