package inference

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/dicomio"
	"hilum/inference/calib"
	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/graph/normal"
	"hilum/inference/novelty"
	"hilum/internal/message"
	"hilum/internal/message/reread"
	"hilum/internal/parallel"
	"hilum/internal/regular"
)

// Source is what a model is opened from.
type Source struct {
	Name           string // for people: the file's name
	Path           string // of the file, or by which name a model that comes along was asked for; "" is neither
	ONNX           []byte
	Dir            string    // folder that external weights are relative to; "" for none
	Spec           Spec      // what the file's metadata does not say; the zero value is ImageNet at the graph's size
	Stated         Statement // what a person says of parts of it
	Thresholds     []byte    // thresholds.json; nil for none
	ThresholdsName string
}

// maxModel bounds the .onnx file read into memory: protobuf's own limit.
const maxModel = 2 << 30

// ReadSource reads a model file and, where thresholds is not "", its
// thresholds; else thresholds.json beside the model when there is one.
func ReadSource(model, thresholds string) (Source, error) {
	info, err := os.Stat(model)
	if err != nil {
		return Source{}, message.Errorf("cannot read the model: %w", err)
	}
	if info.IsDir() || info.Size() > maxModel {
		return Source{}, message.Errorf("cannot read the model %s: it is no .onnx file under 2 GB", model)
	}
	src := Source{Name: filepath.Base(model), Dir: filepath.Dir(model)}
	if src.ONNX, err = regular.ReadFile(model); err != nil {
		return Source{}, message.Errorf("cannot read the model: %w", err)
	}
	if thresholds == "" {
		beside := filepath.Join(src.Dir, "thresholds.json")
		if _, err := os.Stat(beside); err != nil {
			return src, nil
		}
		thresholds = beside
	}
	src.ThresholdsName = thresholds
	if src.Thresholds, err = regular.ReadFile(thresholds); err != nil {
		return Source{}, message.Errorf("cannot read the thresholds: %w", err)
	}
	return src, nil
}

// Model is an open classifier. Score may be called by several goroutines.
type Model struct {
	Name              string
	SHA256            string // of the .onnx file
	Spec              Spec
	Contract          Contract
	Calibration       *calib.Calibration
	Head              classifier.Head
	Warnings          []message.Message  // about the model itself, one sentence each
	FeatureStatistics *novelty.Reference // the features of its training pictures; nil when the file does not say

	session Session
	engine  EngineInfo
	maps    bool // the session gives class maps and the embedding
	lazy    lazyMaps
	link    link // how what comes out becomes logits
}

// Result is everything that one forward pass gives.
type Result struct {
	Findings  []Finding         // in the order of the classes
	Maps      []Heatmap         // in the same order; nil when the model has no closed form
	Embedding []float32         // the pooled features; nil likewise
	Novelty   *novelty.Verdict  // how far the picture lies from the training pictures; nil when that is not known
	Exclusive bool              // at most one of the classes can be true: their probabilities, uncalibrated, add up to one
	Withheld  []message.Message // why the findings are not to be believed for this picture; nil where nothing speaks against it
	Warnings  []message.Message // about this picture, one sentence each, the most serious first; those of Withheld among them
	Prep, Run time.Duration
}

// LargestMargin is the finding with the largest relative margin, the one to look at first.
func (r *Result) LargestMargin() Finding {
	best := r.Findings[0]
	for _, f := range r.Findings {
		if f.RelMargin > best.RelMargin {
			best = f
		}
	}
	return best
}

// MostProbable is the finding with the largest probability: of classes that
// exclude each other, the one that the model means.
func (r *Result) MostProbable() Finding {
	return slices.MaxFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(a.Probability, b.Probability) })
}

// Finding returns the finding of a class, false when the model has none.
func (r *Result) Finding(class string) (Finding, bool) {
	for _, f := range r.Findings {
		if f.Class == class {
			return f, true
		}
	}
	return Finding{}, false
}

// OpenModel loads a model on an engine, adds the outputs for its evidence, and
// reads its thresholds. The caller closes the model before the engine.
func OpenModel(e Engine, src Source) (*Model, error) {
	if e == nil {
		return nil, message.New("no engine to run the model on")
	}
	hash := hashAside(src.ONNX)
	defer hash() // nothing goes on after OpenModel, whatever fails
	m, onnx, options, err := readModel(e, src)
	if err != nil {
		return nil, message.Errorf("cannot open model %s: %w", src.Name, err)
	}
	m.session, err = e.NewSession(onnx, options)
	if err != nil {
		err = errors.Join(err, m.narrow(e, onnx, options))
	}
	if m.session == nil {
		return nil, message.Errorf("cannot open model %s: %w", src.Name, err)
	}
	m.SHA256 = hash()
	m.compareHashes()
	m.engine = e.Info()
	m.lazy.open = func() (*Explainer, error) { return m.NewExplainer(e, src, "") }
	if err := m.probe(); err != nil {
		return nil, errors.Join(message.Errorf("cannot open model %s: %w", src.Name, err), m.Close())
	}
	return m, nil
}

// narrow opens a network whose 64-bit or 16-bit floats the engine has no
// operators for in 32-bit floats.
func (m *Model) narrow(e Engine, onnx []byte, o SessionOptions) error {
	g, err := graph.Decode(onnx)
	if err != nil || !normal.OtherFloats(g) {
		return err
	}
	if err := normal.SinglePrecision(g); err != nil {
		return err
	}
	if onnx, err = g.Encode(); err != nil {
		return err
	}
	if m.session, err = e.NewSession(onnx, o); err != nil {
		return err
	}
	m.Warnings = append(m.Warnings,
		message.Of("The engine has no operators for this model's floating-point type; it is computed in 32-bit floats.").Minor())
	return nil
}

// hashAside computes the SHA-256 of a file beside other work: a hundred
// megabytes take a tenth of a second that loading the model need not wait for.
// The function that it returns waits for the result.
func hashAside(data []byte) func() string {
	var sum [sha256.Size]byte
	var wait parallel.Group
	wait.Go(func() { sum = sha256.Sum256(data) })
	return func() string {
		wait.Wait()
		return hex.EncodeToString(sum[:])
	}
}

// calibrate reads the thresholds.
func (m *Model) calibrate(src Source) error {
	if src.Thresholds == nil {
		m.Calibration = calib.Default(m.Spec.Classes)
		m.Warnings = append(m.Warnings,
			message.Of("This model is not calibrated: every threshold is 0.5. Calibrate it on your own images."))
		return nil
	}
	c, err := calib.Decode(src.Thresholds, m.Spec.Classes)
	if err != nil {
		return message.Errorf("thresholds %s: %w", src.ThresholdsName, err)
	}
	m.Calibration = c
	for _, k := range c.Classes {
		if k.NoValid != "" {
			m.Warnings = append(m.Warnings,
				message.Of("No valid threshold for %s: %s.", Term(k.Name), reread.Message(k.NoValid)))
		}
	}
	return nil
}

// compareHashes warns when the thresholds were made for something else.
func (m *Model) compareHashes() {
	c := m.Calibration
	if c.ModelSHA256 != "" && c.ModelSHA256 != m.SHA256 {
		m.Warnings = append(m.Warnings, message.Of("The thresholds were made for another model. Calibrate this one."))
	}
	if c.PrepSHA256 != "" && c.PrepSHA256 != m.Spec.Prep.Hash() {
		m.Warnings = append(m.Warnings,
			message.Of("The thresholds were made with other preprocessing. Calibrate again."))
	}
}

// probe runs one empty picture: a model with wrong shapes is found when it is
// opened, not at the first patient, and the first picture is not the slow one. A
// network that fails on it alone (some exports of masks do where a mask is empty)
// gets a second chance with noise.
func (m *Model) probe() error {
	p := m.Spec.Prep
	in := NewTensor(1, int64(p.Channels), int64(p.Height), int64(p.Width))
	_, err := m.Run(context.Background(), in)
	if err == nil {
		return nil
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range in.Data {
		in.Data[i] = float32(rng.NormFloat64())
	}
	if _, again := m.Run(context.Background(), in); again == nil && errors.Is(err, ErrRun) {
		return nil
	}
	return err
}

// Score scores one picture: preprocessing, one forward pass, findings and maps.
func (m *Model) Score(ctx context.Context, im *dicomio.Image) (*Result, error) {
	p, err := m.prepare(im)
	if err != nil {
		return nil, err
	}
	return m.score(ctx, p)
}

// prepared is a picture ready for the network.
type prepared struct {
	image *dicomio.Image
	in    Tensor
	notes []message.Message
	took  time.Duration
}

func (m *Model) prepare(im *dicomio.Image) (prepared, error) {
	start := time.Now()
	in, notes, err := m.Spec.Prep.Tensor(im)
	return prepared{im, in, notes, time.Since(start)}, err
}

func (m *Model) score(ctx context.Context, p prepared) (*Result, error) {
	start := time.Now()
	r, err := m.Run(ctx, p.in)
	if err != nil {
		return nil, err
	}
	r.Prep, r.Run = p.took, time.Since(start)
	unknown := m.unknownKind(p.image)
	r.Withheld = slices.Concat(p.image.Unsuited, unknown)
	r.Warnings = slices.Concat(unknown, p.image.Warnings, p.notes)
	m.judge(r)
	x0, y0, x1, y1 := m.Spec.Prep.Footprint(p.image.Width, p.image.Height)
	for i := range r.Maps {
		h := &r.Maps[i]
		h.X0, h.Y0, h.X1, h.Y1 = x0, y0, x1, y1
	}
	return r, nil
}

// unknownKind says that the picture is of a kind of which the model saw none.
func (m *Model) unknownKind(im *dicomio.Image) []message.Message {
	if im.Generated || m.Spec.Card.Knows(false) {
		return nil
	}
	return []message.Message{message.Of("This model was trained on generated pictures alone and never saw a real film: its findings mean nothing here.")}
}

// Run scores a tensor that is preprocessed already, shape [1, C, H, W].
func (m *Model) Run(ctx context.Context, in Tensor) (*Result, error) {
	out, err := m.session.Run(ctx, []Tensor{in})
	if err != nil {
		return nil, err
	}
	row := firstPicture(out[0])
	if len(row) != len(m.Spec.Classes) {
		return nil, message.Errorf("it scores %d classes and has %d labels", len(row), len(m.Spec.Classes))
	}
	logits, err := m.link.logits(row, m.Spec.Classes)
	if err != nil {
		return nil, err
	}
	r := &Result{Exclusive: m.Contract.Exclusive()}
	if r.Findings, err = m.Calibration.Score(logits); err != nil {
		return nil, err
	}
	if !m.maps {
		return r, nil
	}
	if r.Maps, err = heatmaps(out[1], m.Spec.Classes, [4]float64{0, 0, 1, 1}); err != nil {
		return nil, err
	}
	r.Embedding = firstPicture(out[2])
	return r, nil
}

// HasMaps tells whether Score gives class maps at once; Maps gives them for
// every model that can be differentiated.
func (m *Model) HasMaps() bool { return m.maps }

// Engine says what the model runs on.
func (m *Model) Engine() EngineInfo { return m.engine }

// Close frees the session. It waits for a Score that is running.
func (m *Model) Close() error {
	if m.session == nil {
		return nil
	}
	return errors.Join(m.lazy.close(), m.session.Close())
}

// Describe is one line about the model: what it was trained on and how well it
// does, for status lines and tables.
func (m *Model) Describe() string {
	var parts []string
	c := m.Spec.Card
	parts = append(parts, m.Name)
	if c.Data != "" {
		parts = append(parts, "trained on "+c.Data)
	}
	if a := c.MacroAUC; a != nil {
		parts = append(parts, fmt.Sprintf("mean AUC %.3f (%.3f-%.3f)", a.Value, a.Lo, a.Hi))
	}
	return strings.Join(parts, ", ")
}
