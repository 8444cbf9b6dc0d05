package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/models"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/inference/prep"
	"hilum/inference/zoo"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/spf13/cobra"
)

// importJob is one run of cxr import.
type importJob struct {
	out      string
	choice   models.Choice // what the flags say of the model
	engine   cli.EngineFlags
	options  zoo.Options
	json     bool
	outputs  cli.Outputs
	findings string // what the labels mean: the name of a set or a file
	texts    string // NumPy archive of text embeddings; "" for none
	sets     cli.Registries
}

// NewImport is cxr import.
func NewImport(r cli.Registries) *cobra.Command {
	j := &importJob{sets: r, options: zoo.Options{Families: r.Families}}
	j.choice.Sets = r.Findings
	cmd := &cobra.Command{
		Use:   "import CKPT --out M.onnx",
		Short: "Make a model file from a checkpoint or any ONNX file",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage(message.Errorf("name one checkpoint"))
			}
			if j.out == "" {
				return cli.Usage(message.Errorf("no file to write was named; use --out"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return j.run(cmd, args[0]) },
	}
	cli.Explain(cmd, message.Of("import reads PyTorch checkpoints (.pt, .pth, zip and legacy; state dictionaries, also nested under model or\n"+
		"state_dict), safetensors and ONNX files, and writes one .onnx with labels, preprocessing and a card. A pickle executes\n"+
		"nothing: only tensors are built from it. Families: %s.", strings.Join(r.Families.Names(), ", ")))
	fl := cmd.Flags()
	fl.StringVar(&j.out, "out", "", "model file to write")
	fl.StringVar(&j.options.Arch, "arch", "", "network family (default: told from the tensors)")
	fl.StringVar(&j.options.Weights, "weights", "",
		"which of several networks in the file, such as student or model_ema")
	fl.StringVar(&j.choice.Input, "input", "",
		"input size in pixels, as 224 or 320x256 (default: what the file says, else 224)")
	fl.StringVar(&j.choice.Labels, "labels", "",
		"class labels: a file with one a line or a JSON array, or %s for the labels of that data set in its order (default: the file's own)")
	cli.Names(fl, "labels", strings.Join(r.Findings.Names(), ", "))
	fl.StringVar(&j.findings, "findings", "",
		"what its labels mean: %s, or a file that describes a set of your own (default: told from its labels)")
	cli.Names(fl, "findings", strings.Join(r.Findings.Names(), ", "))
	fl.StringVar(&j.texts, "text-embeddings", "",
		"make a tower without a classifier one that was never trained: a NumPy archive (.npz) with positive [classes, features] and, where there are any, negative, temperature or logit_scale, bias, labels")
	fl.StringVar(&j.choice.Normalise, "normalise", "",
		"%s (default: the graph's own, or ImageNet's for three channels)")
	cli.Names(fl, "normalise", prep.NormalisationForms)
	fl.StringVar(&j.choice.Contract, "contract", "", cli.ContractHelp)
	j.engine.RegisterLibrary(cmd)
	fl.BoolVar(&j.json, "json", false, "print one JSON object")
	j.outputs.Register(cmd)
	return cmd
}

func (j *importJob) run(cmd *cobra.Command, path string) error {
	stated, err := j.choice.Statement()
	if err != nil {
		return cli.Usage(err)
	}
	j.options.Input = stated.Width
	// The checkpoint's hash is computed beside reading it: both go over the file.
	var parent string
	var hashed error
	var wait parallel.Group
	wait.Go(func() { parent, hashed = inference.HashFile(path) })
	labels, err := j.layers()
	if err != nil {
		wait.Wait()
		return err
	}
	r, err := zoo.Import(path, j.options)
	wait.Wait()
	if err = errors.Join(err, hashed); err != nil {
		return err
	}
	d, err := j.describe(path, r, labels, stated)
	if err != nil {
		return err
	}
	d.Spec.Card.ParentSHA256 = parent
	if j.findings != "" {
		if d.Spec.Findings, err = j.sets.Recorded(j.findings); err != nil {
			return err
		}
	}
	if err := d.Record(r.Model); err != nil {
		return err
	}
	sum, err := j.write(path, r, d.Spec)
	if err != nil {
		return err
	}
	p := cli.NewPrinter(cmd, j.json)
	return printImported(p, imported{j.out, sum, r, d})
}

// layers reads what a tower without a classifier gets its last layer from: labels, and
// what sentences became.
func (j *importJob) layers() (labels []string, err error) {
	if j.choice.Labels != "" {
		if labels, err = j.choice.ReadLabels(); err != nil {
			return nil, err
		}
	}
	j.options.Labels, j.options.Classes = labels != nil, len(labels)
	if j.texts != "" {
		j.options.Texts, err = zoo.ReadTexts(j.texts)
	}
	return labels, err
}

// write writes the model, and the thresholds that came with the weights beside it;
// neither where one may not be written. It gives the model's hash.
func (j *importJob) write(from string, r *zoo.Result, spec inference.Spec) (string, error) {
	files := j.outputs.Run()
	files.Protect(from, j.choice.Labels, j.texts)
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

// describe joins what the file says, what the flags say, and what the graph
// proves.
func (j *importJob) describe(path string, r *zoo.Result, labels []string,
	stated inference.Statement) (*inference.Description, error) {
	src := inference.Source{Name: filepath.Base(path), Dir: filepath.Dir(path), Stated: stated,
		Spec: inference.Spec{Classes: r.Labels}}
	if labels != nil {
		src.Spec.Classes = labels
	}
	if r.Family != "" && src.Spec.Classes == nil {
		return nil, message.Errorf("cannot import %s: it does not name its %d classes; give their labels, in the order of its last layer, with --labels", src.Name, r.Classes)
	}
	known := r.Stated
	if known == "" && r.Family != "" && r.Normalise == zoo.XRV && r.Library {
		known = zoo.XRV // it is one of that library's
	}
	var err error
	if stated.Normalise == nil && known != "" {
		if src.Stated.Normalise, err = prep.ParseNormalisation(known); err != nil {
			return nil, err
		}
	}
	if src.ONNX, err = r.Model.Encode(); err != nil {
		return nil, err
	}
	d, err := j.withEngine(func(e inference.Engine) (*inference.Description, error) { return src.Describe(e) })
	if err != nil {
		return nil, err
	}
	r.Notes = append(r.Notes, append(headNotes(d), d.Notes...)...)
	card := inference.Card{
		Name:        strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)),
		Description: strings.Join(append([]string{describeOrigin(r).String()}, message.Strings(r.Notes)...), " "),
		IntendedUse: "Research and education.", NotForDiagnosis: true, Date: time.Now().UTC().Format(time.DateOnly),
	}
	d.Spec.Card = card
	return d, nil
}

// withEngine lends the engine to f, or none where there is none: then less is
// found out.
func (j *importJob) withEngine(
	f func(inference.Engine) (*inference.Description, error),
) (d *inference.Description, err error) {
	j.engine.Provider, j.engine.Threads = string(inference.CPU), 1
	e, err := j.engine.Open()
	if err != nil {
		if j.engine.Library != "" {
			return nil, err
		}
		return f(nil)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return f(e)
}

// headNotes say what the file's owner should know of its output and its maps.
func headNotes(d *inference.Description) (notes []message.Message) {
	c := d.Contract
	switch inference.Meaning(c.Meaning.Value) {
	case inference.Softmax:
		notes = append(notes, message.Of("The output %s is a softmax: the classes exclude each other.", c.Output.Value))
	case inference.Probabilities:
		notes = append(notes, message.Of("The output %s holds probabilities.", c.Output.Value))
	}
	if !d.Head.Linear {
		notes = append(notes, message.Of("Class maps need gradients: %s.", d.Head.Why))
	}
	return notes
}

func describeOrigin(r *zoo.Result) message.Message {
	if r.Family == "" {
		return message.Of("Imported from %s.", r.Format)
	}
	return message.Of("Imported from %s; network family %s.", r.Format, r.Family)
}

// ownThresholds are the thresholds that came with the weights, nil for none.
func ownThresholds(r *zoo.Result, spec inference.Spec, model string) ([]byte, error) {
	if r.Thresholds == nil {
		return nil, nil
	}
	c := calib.Default(spec.Classes)
	c.Method, c.Data, c.Uncalibrated = "imported", "the checkpoint's own operating points", false
	// the day: the same import gives the same bytes
	c.ModelSHA256, c.PrepSHA256, c.Date = model, spec.Prep.Hash(), time.Now().UTC().Truncate(24*time.Hour)
	for i, t := range r.Thresholds {
		if math.IsNaN(t) {
			c.Classes[i].NoValid = "the checkpoint has none for this class"
			continue
		}
		c.Classes[i].Threshold = t
	}
	return c.Encode()
}

// imported is what an import came to.
type imported struct {
	out, sum string
	r        *zoo.Result
	d        *inference.Description
}

func printImported(p *cli.Printer, i imported) error {
	r, spec := i.r, i.d.Spec
	if p.JSON {
		return p.Encode(map[string]any{
			"event": "done", "out": i.out, "sha256": i.sum, "format": r.Format, "family": r.Family,
			"classes":       spec.Classes,
			"preprocessing": spec.Prep, "contract": i.d.Contract, "extra_tensors": r.Extra, "notes": r.Notes,
		})
	}
	p.Line(p.Out, "%s %s\n%d classes, %d parameters, input %d x %d x %d", p.Words.Text(describeOrigin(r)), i.out,
		len(spec.Classes), r.Model.Graph.Parameters(),
		spec.Prep.Channels, spec.Prep.Height, spec.Prep.Width)
	for _, n := range r.Notes {
		p.Line(p.Out, "! %s", p.Words.Text(n))
	}
	if len(r.Extra) > 0 {
		p.Line(p.Out, "! not used: %s", strings.Join(r.Extra, ", "))
	}
	err := p.Print(p.Out, inference.NotForDiagnosis)
	return err
}
