package trainer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/extract"
	"hilum/inference/prep"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/training/dataset"
	"hilum/training/featurecache"
	"hilum/training/recipe"
)

// source gives what a step is fed for a film: the network's input, or the values
// at the cut, from the cache or through the frozen layers.
type sampler struct {
	recipe recipe.Recipe
	seed   uint64
	prep   prep.Prep

	pictures *featurecache.Cache // grey pictures ready for augmentation; nil where features are all that is needed
	features *featurecache.Cache // values at the cut; nil where the picture is what is fed
	trunk    *trunk              // frozen layers; nil where the picture is what is fed
}

// samplerSpec is what a source is made of.
type samplerSpec struct {
	network *network
	layers  *graph.Model // of the network, with the weights of those that are frozen
	cut     string       // "" or the image's name: nothing is frozen
	shape   []int64
	records int // films
	train   int // of these, films that are trained on
}

// frozen tells whether layers before the cut are left as they are.
func (s samplerSpec) frozen() bool { return s.cut != s.network.image() }

// openSampler opens caches and the frozen part of the network.
func openSampler(c Config, e inference.Engine, s samplerSpec) (*sampler, error) {
	src := &sampler{recipe: c.Recipe, seed: c.Seed, prep: s.network.spec.Prep}
	var err error
	pictures, features := s.caches(c)
	if s.frozen() {
		if src.trunk, err = newTrunk(e, s, &features); err == nil {
			src.features, err = featurecache.Open(c.cacheDir(), features, s.featureRecords(c.Recipe))
		}
	}
	if err == nil && s.keepsPictures(c.Recipe) {
		src.pictures, err = featurecache.Open(c.cacheDir(), pictures, s.records)
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return src, nil
}

// keepsPictures: where films are augmented anew in every epoch.
func (s samplerSpec) keepsPictures(r recipe.Recipe) bool { return !s.frozen() || r.Views == 0 }

// featureRecords: all views of the films trained on, one of the others.
func (s samplerSpec) featureRecords(r recipe.Recipe) int {
	return s.records - s.train + s.train*r.Views
}

// caches describes the two caches; the key of the features still wants the hash
// of the frozen layers.
func (s samplerSpec) caches(c Config) (pictures, features featurecache.Spec) {
	limit := c.CacheLimit
	if limit == 0 {
		limit = DefaultCacheLimit
	}
	p := s.network.spec.Prep
	pictures = featurecache.Spec{Key: "pictures " + p.Hash(), Elements: p.Width * p.Height,
		Precision: featurecache.Unit,
		Limit:     limit}
	features = featurecache.Spec{Key: "features " + p.Hash() + " " + s.cut, Elements: product(s.shape),
		Precision: featurecache.Half, Limit: limit}
	if c.Recipe.Precision == "single" {
		features.Precision = featurecache.Single
	}
	if s.keepsPictures(c.Recipe) { // they are rounded before the layers see them
		features.Key += " of kept pictures"
	}
	if c.Recipe.Views > 1 {
		features.Key += fmt.Sprintf(" %+v %d", c.Recipe.Augment, c.Seed)
	}
	return pictures, features
}

// cacheBytes is what the caches take on disk.
func (s samplerSpec) cacheBytes(c Config) int64 {
	pictures, features := s.caches(c)
	n := int64(0)
	if s.frozen() {
		n += features.SizeOf(s.featureRecords(c.Recipe))
	}
	if s.keepsPictures(c.Recipe) {
		n += pictures.SizeOf(s.records)
	}
	return n
}

func product(shape []int64) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

// trunk is the frozen part of the network: the layers before the cut, for one
// picture at a time on one thread, since films are worked on side by side. Its
// session is opened when it is wanted: what is cached does without.
type trunk struct {
	engine inference.Engine
	part   *graph.Model
	from   string // the image
	to     string // the cut

	mu      sync.Mutex
	session inference.Session // nil while it is not open
}

// newTrunk also adds the hash of the frozen layers, and what they run on, to the
// key of the features.
func newTrunk(e inference.Engine, s samplerSpec, features *featurecache.Spec) (*trunk, error) {
	t := &trunk{engine: e, from: s.network.image(), to: s.cut}
	var err error
	if t.part, err = extract.Between(s.layers, []string{t.from}, []string{t.to}); err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := t.part.WriteTo(sum); err != nil {
		return nil, err
	}
	i := e.Info()
	features.Key += fmt.Sprintf(" %s %s %s %s", hex.EncodeToString(sum.Sum(nil)), i.Name, i.Version, i.Provider)
	return t, nil
}

// open gives the session.
func (t *trunk) open() (inference.Session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session != nil {
		return t.session, nil
	}
	onnx, err := t.part.Encode()
	if err != nil {
		return nil, err
	}
	t.session, err = t.engine.NewSession(onnx,
		inference.SessionOptions{Inputs: []string{t.from}, Outputs: []string{t.to},
			Threads: 1, Pooled: true})
	return t.session, err
}

// Close frees the session; nothing may be running. It opens again when it is
// wanted.
func (t *trunk) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session == nil {
		return nil
	}
	s := t.session
	t.session = nil
	return s.Close()
}

// Close closes caches and session.
func (s *sampler) Close() error {
	var errs []error
	for _, c := range []*featurecache.Cache{s.pictures, s.features} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	if s.trunk != nil {
		errs = append(errs, s.trunk.Close())
	}
	return errors.Join(errs...)
}

// look is one view at a film.
type sample struct {
	image *dataset.Selected
	view  int // a cached one; 0 is the film itself
	fresh bool
	epoch int // of a fresh view: it is drawn anew in every epoch
}

// load writes the look into dst, of the length of what a step is fed for a film.
func (s *sampler) load(ctx context.Context, w sample, dst []float32) error {
	if w.fresh || s.features == nil {
		return s.compute(ctx, w, dst)
	}
	id := featurecache.ID{Content: w.image.Content, View: uint32(w.view)}
	if ok, err := s.features.Get(id, dst); ok || err != nil {
		return err
	}
	if err := s.compute(ctx, w, dst); err != nil {
		return err
	}
	return s.features.Put(id, dst)
}

// prepare makes sure that the cache has what epochs will load.
func (s *sampler) prepare(ctx context.Context, f *dataset.Selected, views int) error {
	if s.pictures != nil && !s.pictures.Has(featurecache.ID{Content: f.Content}) {
		if _, err := s.picture(ctx, f); err != nil {
			return err
		}
	}
	if s.features == nil {
		return nil
	}
	var dst []float32
	for v := range views {
		if s.features.Has(featurecache.ID{Content: f.Content, View: uint32(v)}) {
			continue
		}
		if dst == nil {
			dst = make([]float32, s.features.Elements())
		}
		if err := s.load(ctx, sample{image: f, view: v}, dst); err != nil {
			return err
		}
	}
	return nil
}

// compute goes from the picture through augmentation and normalisation to the
// cut.
func (s *sampler) compute(ctx context.Context, w sample, dst []float32) error {
	grey, err := s.picture(ctx, w.image)
	if err != nil {
		return err
	}
	if s.changed(w) {
		view := make([]float32, len(grey))
		s.recipe.Augment.Apply(view, grey, s.prep.Width, s.prep.Height, 0, s.random(w))
		grey = view
	}
	if s.trunk == nil {
		s.prep.Normalise(dst, grey)
		return nil
	}
	session, err := s.trunk.open()
	if err != nil {
		return err
	}
	in := inference.NewTensor(1, int64(s.prep.Channels), int64(s.prep.Height), int64(s.prep.Width))
	s.prep.Normalise(in.Data, grey)
	out, err := session.Run(ctx, []inference.Tensor{in})
	if err != nil {
		return err
	}
	copy(dst, out[0].Data)
	return nil
}

// changed tells whether a look differs from the film itself.
func (s *sampler) changed(w sample) bool {
	return (w.fresh || w.view > 0) && !s.recipe.Augment.Off()
}

// random draws for one film and one epoch or view, whatever was drawn before.
func (s *sampler) random(w sample) *rand.Rand {
	var key [16]byte
	copy(key[:], w.image.Content[:])
	lo, hi := uint64(0), uint64(0)
	for i := range 8 {
		lo |= uint64(key[i]) << (8 * i)
		hi |= uint64(key[8+i]) << (8 * i)
	}
	at := uint64(w.view) << 32
	if w.fresh {
		at = 1<<63 | uint64(w.epoch)
	}
	const odd = 0x9e3779b97f4a7c15 // spreads neighbouring seeds
	return rand.New(rand.NewPCG(lo^s.seed*odd, hi^at*odd))
}

// unreadable marks the error of a film, not of the run.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// picture decodes a film or takes it from the cache.
func (s *sampler) picture(ctx context.Context, f *dataset.Selected) ([]float32, error) {
	id := featurecache.ID{Content: f.Content}
	if s.pictures != nil {
		grey := make([]float32, s.prep.Width*s.prep.Height)
		if ok, err := s.pictures.Get(id, grey); ok || err != nil {
			return grey, err
		}
	}
	grey, err := s.decode(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	if s.pictures != nil {
		err = s.pictures.Put(id, grey)
	}
	return grey, err
}

// decode reads a film; a panic in a decoder is that film's error.
func (s *sampler) decode(ctx context.Context, path string) (grey []float32, err error) {
	defer parallel.Recover(func(p *parallel.Panic) {
		err = unreadable{message.Errorf("cannot read %s: %v", path,
			p.Value)}
	})
	im, err := dicomio.Decode(ctx, path)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unreadable{err}
	}
	if grey, _, err = s.prep.Grey(im); err != nil {
		return nil, unreadable{message.Errorf("cannot read %s: %w", path, err)}
	}
	return grey, nil
}
