package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hilum/app"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/zoo"
)

// importJob is one run of cxr import.
type importJob struct {
	out, labels, normalise string
	options                zoo.Options
	json                   bool
	outputs                outputs
}

func newImport() *cobra.Command {
	j := &importJob{}
	cmd := &cobra.Command{
		Use:   "import CKPT --out M.onnx",
		Short: "Make a model file from a checkpoint or any ONNX file",
		Long: "import reads PyTorch checkpoints (.pt, .pth, zip and legacy; state dictionaries, also nested under model or\n" +
			"state_dict), safetensors and ONNX files, and writes one .onnx with labels, preprocessing and a card. A pickle executes\n" +
			"nothing: only tensors are built from it. Families: " + strings.Join(zoo.Families(), ", ") + ".",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("name one checkpoint")}
			}
			if j.out == "" {
				return usageError{fmt.Errorf("no file to write was named; use --out")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "model file to write")
	fl.StringVar(&j.options.Arch, "arch", "", "network family (default: told from the tensors)")
	fl.IntVar(&j.options.Input, "input", 0, "edge of the square input in pixels (default: what the file says, else 224)")
	fl.StringVar(&j.options.Weights, "weights", "", "which of several networks in the file, such as student or model_ema")
	fl.StringVar(&j.labels, "labels", "", "class labels: one a line, or a JSON array (default: the file's, or ChestX-ray14 for 14 classes)")
	fl.StringVar(&j.normalise, "normalise", "", "imagenet, xrv or mean,std (default: by the number of channels)")
	fl.BoolVar(&j.json, "json", false, "print one JSON object")
	j.outputs.register(cmd)
	return cmd
}

func (j *importJob) run(cmd *cobra.Command, path string) error {
	// The checkpoint's hash is computed beside reading it: both go over the file.
	var parent string
	var hashed error
	var wait sync.WaitGroup
	wait.Go(func() { parent, hashed = inference.HashFile(path) })
	j.options.Labels = j.labels != ""
	r, err := zoo.Import(path, j.options)
	wait.Wait()
	if err = errors.Join(err, hashed); err != nil {
		return err
	}
	spec, err := j.spec(path, r)
	if err != nil {
		return err
	}
	spec.Card.ParentSHA256 = parent
	if err := spec.Stamp(r.Model); err != nil {
		return err
	}
	sum, err := j.write(path, r, spec)
	if err != nil {
		return err
	}
	p := newPrinter(cmd.OutOrStdout(), cmd.ErrOrStderr(), j.json)
	return p.imported(j.out, sum, r, spec)
}

// write writes the model, and the thresholds that came with the weights beside it;
// neither where one may not be written. It gives the model's hash.
func (j *importJob) write(from string, r *zoo.Result, spec inference.Spec) (string, error) {
	files := j.outputs.run()
	files.Protect(from, j.labels)
	hash := sha256.New()
	if _, err := r.Model.WriteTo(hash); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	beside := filepath.Join(filepath.Dir(j.out), "thresholds.json")
	thresholds, err := ownThresholds(r, spec, sum)
	if err == nil && thresholds != nil {
		err = files.CheckBytes(beside, thresholds)
	}
	if err == nil {
		_, err = files.Write(j.out, func(w io.Writer) error { _, err := r.Model.WriteTo(w); return err })
	}
	if err == nil && thresholds != nil {
		_, err = files.WriteBytes(beside, thresholds)
	}
	return sum, err
}

// spec joins what the file says with the flags.
func (j *importJob) spec(path string, r *zoo.Result) (inference.Spec, error) {
	s := inference.Spec{Classes: r.Labels}
	var err error
	switch {
	case j.labels != "":
		s.Classes, err = app.ReadLabels(j.labels)
	case s.Classes == nil && r.Classes == len(inference.ChestXray14()):
		s.Classes = inference.ChestXray14()
	}
	if err != nil {
		return s, err
	}
	if s.Classes == nil || r.Classes != 0 && len(s.Classes) != r.Classes {
		return s, fmt.Errorf("the network has %d classes and %d labels; give them with --labels", r.Classes, len(s.Classes))
	}
	normalise := j.normalise
	if normalise == "" {
		normalise = r.Normalise
	}
	if s.Prep, err = app.ParsePrep(fmt.Sprint(cmp.Or(j.options.Input, r.Input, 224)), normalise); err != nil {
		return s, err
	}
	if r.Channels != 0 && r.Channels != s.Prep.Channels {
		return s, fmt.Errorf("the network takes %d channels and %s normalisation gives %d; give another with --normalise", r.Channels, normalise, s.Prep.Channels)
	}
	s.Card = inference.Card{
		Name: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Description: strings.Join(append([]string{describeOrigin(r)}, r.Notes...), " "),
		IntendedUse: "Research and education.", NotForDiagnosis: true, Date: time.Now().UTC().Format(time.DateOnly),
	}
	return s, nil
}

func describeOrigin(r *zoo.Result) string {
	if r.Family == "" {
		return "Imported from " + r.Format + "."
	}
	return fmt.Sprintf("Imported from %s; network family %s.", r.Format, r.Family)
}

// ownThresholds are the thresholds that came with the weights, nil for none.
func ownThresholds(r *zoo.Result, spec inference.Spec, model string) ([]byte, error) {
	if r.Thresholds == nil {
		return nil, nil
	}
	c := calib.Default(spec.Classes)
	c.Method, c.Data, c.Uncalibrated = "imported", "the checkpoint's own operating points", false
	c.ModelSHA256, c.PrepSHA256, c.Date = model, spec.Prep.Hash(), time.Now().UTC().Truncate(24*time.Hour) // the day: the same import gives the same bytes
	for i, t := range r.Thresholds {
		if math.IsNaN(t) {
			c.Classes[i].NoValid = "the checkpoint has none for this class"
			continue
		}
		c.Classes[i].Threshold = t
	}
	return c.Encode()
}

func (p *printer) imported(out, sum string, r *zoo.Result, spec inference.Spec) error {
	if p.json {
		return p.encode(map[string]any{
			"event": "done", "out": out, "sha256": sum, "format": r.Format, "family": r.Family, "classes": spec.Classes,
			"preprocessing": spec.Prep, "extra_tensors": r.Extra, "notes": r.Notes,
		})
	}
	fmt.Fprintf(p.out, "%s %s\n%d classes, %d parameters, input %d x %d x %d\n", describeOrigin(r), out, len(spec.Classes), r.Model.Graph.Parameters(),
		spec.Prep.Channels, spec.Prep.Height, spec.Prep.Width)
	for _, n := range r.Notes {
		fmt.Fprintf(p.out, "! %s\n", n)
	}
	if len(r.Extra) > 0 {
		fmt.Fprintf(p.out, "! not used: %s\n", strings.Join(r.Extra, ", "))
	}
	_, err := fmt.Fprintln(p.out, inference.NotForDiagnosis)
	return err
}
