package cli

import (
	"errors"
	"strings"

	"hilum/app/models"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/inference/prep"

	"github.com/spf13/cobra"
)

// EngineFlags are the flags that say what runs where.
type EngineFlags struct {
	Library, Provider string
	Threads           int
}

// Register adds the flags to a command.
func (f *EngineFlags) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Provider, "provider", "auto", "where to run: auto, cuda or cpu")
	f.RegisterLibrary(cmd)
	cmd.Flags().IntVar(&f.Threads, "threads", 0, "threads within one operator (default: one a processor)")
}

// RegisterLibrary adds only the flag that names the runtime.
func (f *EngineFlags) RegisterLibrary(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Library, "ort-lib", "",
		"ONNX Runtime's shared library, or its folder (default: searched for)")
}

// Options are those of the flags.
func (f *EngineFlags) Options() (ort.Options, error) {
	p, err := inference.ParseProvider(f.Provider)
	if err != nil {
		return ort.Options{}, UsageError{err}
	}
	return ort.Options{Library: f.Library, Provider: p, Threads: f.Threads}, nil
}

// Open opens the engine; the caller closes it.
func (f *EngineFlags) Open() (*ort.Engine, error) {
	o, err := f.Options()
	if err != nil {
		return nil, err
	}
	return ort.Open(o)
}

// ManyFiles is from how many pictures on one thread a run, several runs at once,
// is faster than all threads on each (measured: 30 against 39 ms a picture on two
// processors, ResNet-50).
const ManyFiles = 8

// ForMany chooses the threads for a number of pictures unless a person did.
func (f EngineFlags) ForMany(files int) EngineFlags {
	if f.Threads == 0 && files >= ManyFiles {
		f.Threads = 1
	}
	return f
}

// WithModel opens engine and model for f and closes them after it.
func WithModel(e EngineFlags, m ModelFlags, f func(o Opened) error) (err error) {
	if _, err := m.Statement(); err != nil {
		return UsageError{err}
	}
	engine, err := e.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	src, err := m.Source()
	if err != nil {
		return err
	}
	model, err := inference.OpenModel(engine, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	return f(Opened{engine, src, model})
}

// Opened is what WithModel opened.
type Opened struct {
	Engine inference.Engine
	Source inference.Source
	Model  *inference.Model
}

// ContractHelp says what --contract takes.
const ContractHelp = "what an output holds that does not say so itself: NAME:logits, NAME:probabilities or NAME:softmax, NAME the output with the scores"

// ModelFlags are the flags that name a model.
type ModelFlags struct{ models.Choice }

// Register adds the flags to a command.
func (f *ModelFlags) Register(cmd *cobra.Command, r Registries) {
	f.RegisterModel(cmd, r)
	cmd.Flags().StringVar(&f.Thresholds, "thresholds", "", "thresholds.json (default: the one beside the model)")
}

// RegisterModel leaves the thresholds out, for commands that have their own.
func (f *ModelFlags) RegisterModel(cmd *cobra.Command, r Registries) {
	cmd.Flags().StringVar(&f.Path, "model", "",
		"model to use: an .onnx file, starter for the weak model of real films that comes along, or twin for the one made to be fooled (default: the demo model)")
	f.RegisterMeaning(cmd, r)
}

// RegisterMeaning adds the flags that say what a file does not say of itself.
func (f *ModelFlags) RegisterMeaning(cmd *cobra.Command, r Registries) {
	f.Sets = r.Findings
	fl := cmd.Flags()
	fl.StringVar(&f.Labels, "labels", "",
		"class labels of a model without metadata: a file with one a line or a JSON array, or %s for the labels of that data set in its order")
	Names(fl, "labels", strings.Join(r.Findings.Names(), ", "))
	fl.StringVar(&f.Input, "input", "", "input size of a model without metadata, as 224 or 320x256")
	fl.StringVar(&f.Normalise, "normalise", "", "normalisation of a model without metadata: %s")
	Names(fl, "normalise", prep.NormalisationForms)
	fl.StringVar(&f.Contract, "contract", "", ContractHelp)
}
