package main

import (
	"errors"

	"github.com/spf13/cobra"

	"hilum/app/models"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/inference/prep"
)

// engineFlags are the flags that say what runs where.
type engineFlags struct {
	library, provider string
	threads           int
}

func (f *engineFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.provider, "provider", "auto", "where to run: auto, cuda or cpu")
	cmd.Flags().StringVar(&f.library, "ort-lib", "", "ONNX Runtime's shared library, or its folder (default: searched for)")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "threads within one operator (default: one a processor)")
}

func (f *engineFlags) options() (ort.Options, error) {
	p, err := inference.ParseProvider(f.provider)
	if err != nil {
		return ort.Options{}, usageError{err}
	}
	return ort.Options{Library: f.library, Provider: p, Threads: f.threads}, nil
}

func (f *engineFlags) open() (*ort.Engine, error) {
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	return ort.Open(o)
}

// manyFiles is from how many pictures on one thread a run, several runs at once,
// is faster than all threads on each (measured: 30 against 39 ms a picture on two
// processors, ResNet-50).
const manyFiles = 8

// forMany chooses the threads for a number of pictures unless a person did.
func (f engineFlags) forMany(files int) engineFlags {
	if f.threads == 0 && files >= manyFiles {
		f.threads = 1
	}
	return f
}

// withModel opens engine and model for f and closes them after it.
func withModel(e engineFlags, m modelFlags, f func(o opened) error) (err error) {
	if _, err := m.Statement(); err != nil {
		return usageError{err}
	}
	engine, err := e.open()
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
	return f(opened{engine, src, model})
}

// opened is what withModel opened.
type opened struct {
	engine inference.Engine
	source inference.Source
	model  *inference.Model
}

// contractHelp says what --contract takes.
const contractHelp = "what an output holds that does not say so itself: NAME:logits, NAME:probabilities or NAME:softmax, NAME the output with the scores"

// modelFlags are the flags that name a model.
type modelFlags struct{ models.Choice }

func (f *modelFlags) register(cmd *cobra.Command, r registries) {
	f.registerModel(cmd, r)
	cmd.Flags().StringVar(&f.Thresholds, "thresholds", "", "thresholds.json (default: the one beside the model)")
}

// registerModel leaves the thresholds out, for commands that have their own.
func (f *modelFlags) registerModel(cmd *cobra.Command, r registries) {
	f.Sets = r.findings
	fl := cmd.Flags()
	fl.StringVar(&f.Path, "model", "", "model to use: an .onnx file, starter for the weak model of real films that comes along, or twin for the one made to be fooled (default: the demo model)")
	fl.StringVar(&f.Labels, "labels", "", "class labels of a model without metadata: "+r.labelsHelp())
	fl.StringVar(&f.Input, "input", "", "input size of a model without metadata, as 224 or 320x256")
	fl.StringVar(&f.Normalise, "normalise", "", "normalisation of a model without metadata: "+prep.NormalisationForms)
	fl.StringVar(&f.Contract, "contract", "", contractHelp)
}
