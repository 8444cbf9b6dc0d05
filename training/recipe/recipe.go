package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"hilum/inference/prep"
	"hilum/internal/message"
	"hilum/training/augment"
)

// Default is the recipe that a run takes when none is named.
const Default = "partial"

// Recipe says how a network is trained. Every value can be overridden, see Set.
type Recipe struct {
	Name        string `json:"name"`
	Description string `json:"description"`

	// Cut is where the trained part begins: CutEmbedding, CutLastBlock, CutImage
	// or the name of a value of the graph. What lies before it is frozen, with the
	// running statistics of its normalisations.
	Cut string `json:"cut"`
	// Views is how many views of a film are computed at the cut and cached: the
	// film itself first, then augmented ones; epochs take them in turn. 0 caches
	// no features: every epoch augments anew, and frozen layers run again.
	Views     int    `json:"views"`
	Precision string `json:"precision"` // of cached features: "half" or "single"

	Augment augment.Options `json:"augment"` // of the films trained on

	Epochs     int `json:"epochs"`
	Patience   int `json:"patience"` // epochs without a better one before stopping; 0 never stops
	Batch      int `json:"batch"`    // films a step
	Accumulate int `json:"accumulate"`
	// "keep" trains on what is left at an epoch's end, "drop" leaves it out
	LastBatch string          `json:"last_batch"`
	Shuffle   bool            `json:"shuffle"` // false takes the films in the order of the table
	Size      int             `json:"size"`    // edge of the picture in pixels; 0 is the model's
	Resize    prep.ResizeRule `json:"resize"`  // "" is the model's

	Loss      Loss      `json:"loss"`
	Optimizer Optimizer `json:"optimizer"`
	Schedule  Schedule  `json:"schedule"`
	EMA       float64   `json:"ema"` // decay of the averaged weights, which are then the model; 0 for none

	BatchStats bool `json:"batch_stats"` // trained layers normalise by the batch's statistics
	// frozen ones too, and their running statistics move (nothing can be cached)
	TrunkBatchStats bool    `json:"trunk_batch_stats"`
	Momentum        float64 `json:"momentum"` // of running statistics, as PyTorch counts it
	BestBy          string  `json:"best_by"`  // "auroc" or "loss", on the validation part
}

// The cuts with a name of their own.
const (
	CutEmbedding = "embedding"  // what the last linear layer reads
	CutLastBlock = "last-block" // where the map takes its last size
	CutImage     = "image"      // everything is trained
)

// Loss is the loss of a batch, a mean over films and classes; unknown
// labels are left out.
type Loss struct {
	Kind string `json:"kind"` // "bce", "focal" or "asymmetric"
	// of positives: "none", "ratio" (negatives/positives of a class) or "sqrt" of that
	PosWeight string  `json:"pos_weight"`
	Gamma     float64 `json:"gamma"` // focal
	Alpha     float64 `json:"alpha"` // focal: weight of positives; under 0 for none

	GammaNegative float64 `json:"gamma_negative"` // asymmetric
	GammaPositive float64 `json:"gamma_positive"` // asymmetric
	Margin        float64 `json:"margin"`         // asymmetric: taken off the probability of negatives

	// Boxes is the weight of a second term for films whose list of boxes says where
	// a finding is: minus the logarithm of the share of its class map, as a softmax
	// over the cells, that lies inside; the mean over such findings of a step. 0
	// leaves boxes unread.
	Boxes float64 `json:"boxes"`
}

// Optimizer is AdamW. The rate of a layer is RateHead for the last linear
// layer, else RateBody times RateDecay for every halving of the map between the
// layer and the end.
type Optimizer struct {
	RateBody    float64 `json:"rate_body"`
	RateHead    float64 `json:"rate_head"`
	RateDecay   float64 `json:"rate_decay"`
	Beta1       float64 `json:"beta1"`
	Beta2       float64 `json:"beta2"`
	Epsilon     float64 `json:"epsilon"`
	WeightDecay float64 `json:"weight_decay"`
	DecayNorms  bool    `json:"decay_norms"` // biases and normalisations decay too, as PyTorch has it unless told
	Clip        float64 `json:"clip"`        // largest norm of the gradient; 0 for any
}

// Schedule moves the rates, all by the same factor except for the floor of
// "restarts", which is a rate.
type Schedule struct {
	Kind   string  `json:"kind"`   // "constant", "cosine", "restarts" or "one-cycle"
	Unit   string  `json:"unit"`   // "epoch" or "step": how often rates move
	Warmup float64 `json:"warmup"` // share of the run in which rates rise
	Start  float64 `json:"start"`  // factor at the beginning of the warm-up
	Floor  float64 `json:"floor"`  // "restarts" and "cosine": lowest rate; "one-cycle": last factor, of Start
	Period int     `json:"period"` // "restarts": units of the first period
	Factor int     `json:"factor"` // "restarts": by which periods grow
}

// Open reads a recipe of the program by its name, or a JSON file.
func Open(nameOrPath string) (Recipe, error) { return Recipes().Open(nameOrPath) }

// decodeRecipe reads JSON over a recipe; keys that are not known are refused.
func decodeRecipe(r Recipe, data []byte) (Recipe, error) {
	with := struct {
		Base string `json:"base"`
		*Recipe
	}{Recipe: &r}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&with); err != nil {
		return Recipe{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Recipe{}, message.New("something follows the recipe")
	}
	return r, r.Check()
}

// Set overrides one value by its name in the file, the parts of a group joined
// by dots, as in "optimizer.rate_head"; value is written as in JSON, quotes
// around words may be left out. The recipe is checked as a whole by Check.
func (r *Recipe) Set(name, value string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return message.Errorf("recipe: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return message.Errorf("recipe: %w", err)
	}
	path := strings.Split(name, ".")
	at := tree
	for _, p := range path[:len(path)-1] {
		at, _ = at[p].(map[string]any) // nil where there is no such group
	}
	last := path[len(path)-1]
	old, ok := at[last]
	if _, group := old.(map[string]any); !ok || group {
		return message.Errorf("recipe: there is no value %q; it has %s", name, strings.Join(namesOf(tree, ""), ", "))
	}
	if _, text := old.(string); text {
		at[last] = strings.Trim(value, `"`)
	} else if err := json.Unmarshal([]byte(value), new(any)); err == nil {
		at[last] = json.RawMessage(value)
	} else {
		return message.Errorf("recipe: %s cannot be %q; it is %v now", name, value, old)
	}
	if data, err = json.Marshal(tree); err != nil {
		return message.Errorf("recipe: %w", err)
	}
	var changed Recipe
	if err := json.Unmarshal(data, &changed); err != nil {
		return message.Errorf("recipe: %s cannot be %q; it is %v now", name, value, old)
	}
	*r = changed
	return nil
}

// namesOf lists the values of a recipe as Set takes them.
func namesOf(tree map[string]any, prefix string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(tree)) {
		if group, ok := tree[k].(map[string]any); ok {
			out = append(out, namesOf(group, prefix+k+".")...)
		} else {
			out = append(out, prefix+k)
		}
	}
	return out
}

// Check says what is wrong with a recipe, or nil.
func (r Recipe) Check() error {
	if err := r.Augment.Check(); err != nil {
		return message.Errorf("recipe: %w", err)
	}
	words := []struct {
		name, value string
		allowed     []string
	}{
		{"precision", r.Precision, []string{"half", "single"}}, {"last_batch", r.LastBatch, []string{"keep", "drop"}},
		{"resize", string(r.Resize), []string{"", string(prep.Stretch), string(prep.CentreCrop)}},
		{"loss.kind", r.Loss.Kind, []string{"bce", "focal", "asymmetric"}},
		{"loss.pos_weight", r.Loss.PosWeight, []string{"none", "ratio", "sqrt"}},
		{"schedule.kind", r.Schedule.Kind, []string{"constant", "cosine", "restarts", "one-cycle"}},
		{"schedule.unit", r.Schedule.Unit, []string{"epoch", "step"}}, {"best_by", r.BestBy, []string{"auroc", "loss"}},
	}
	for _, w := range words {
		if !slices.Contains(w.allowed, w.value) {
			return message.Errorf("recipe: %s is %q; it can be %s", w.name, w.value, strings.Join(w.allowed, ", "))
		}
	}
	for _, v := range r.ranges() {
		if !(v.value >= v.least && v.value <= v.most) {
			return message.Errorf("recipe: %s is %v; it goes from %v to %v", v.name, v.value, v.least, v.most)
		}
	}
	switch {
	case r.Cut == "":
		return message.New("recipe: it has no cut")
	case r.Cut == CutImage && r.Views > 0:
		return message.New("recipe: with the cut at the image nothing is computed once; views must be 0")
	case r.TrunkBatchStats && (r.Views > 0 || !r.BatchStats):
		return message.New("recipe: trunk_batch_stats needs batch_stats and views 0")
	}
	return nil
}

type valueRange struct {
	name               string
	value, least, most float64
}

func (r Recipe) ranges() []valueRange {
	o, s, l := r.Optimizer, r.Schedule, r.Loss
	return []valueRange{
		{"views", float64(r.Views), 0, 64}, {"epochs", float64(r.Epochs), 1, 100_000},
		{"patience", float64(r.Patience), 0, 100_000},
		{"batch", float64(r.Batch), 1, 4096}, {"accumulate", float64(r.Accumulate), 1, 4096},
		{"size", float64(r.Size), 0, 4096},
		{"ema", r.EMA, 0, 0.999999}, {"momentum", r.Momentum, 0, 1},
		{"optimizer.rate_body", o.RateBody, 0, 10}, {"optimizer.rate_head", o.RateHead, 0, 10},
		{"optimizer.rate_decay", o.RateDecay, 0, 1},
		{"optimizer.beta1", o.Beta1, 0, 0.999999}, {"optimizer.beta2", o.Beta2, 0, 0.999999},
		{"optimizer.epsilon", o.Epsilon, 1e-16, 1},
		{"optimizer.weight_decay", o.WeightDecay, 0, 10}, {"optimizer.clip", o.Clip, 0, 1e9},
		{"schedule.warmup", s.Warmup, 0, 1}, {"schedule.start", s.Start, 0, 1}, {"schedule.floor", s.Floor, 0, 1},
		{"schedule.period", float64(s.Period), least(s.Kind == "restarts"), 100_000},
		{"schedule.factor", float64(s.Factor), least(s.Kind == "restarts"), 100},
		{"loss.gamma", l.Gamma, 0, 20}, {"loss.alpha", l.Alpha, -1, 1}, {"loss.gamma_negative", l.GammaNegative, 0, 20},
		{"loss.gamma_positive", l.GammaPositive, 0, 20}, {"loss.margin", l.Margin, 0, 0.9},
		{"loss.boxes", l.Boxes, 0, 100},
	}
}

// least is 1 for values that are needed, else 0.
func least(needed bool) float64 {
	if needed {
		return 1
	}
	return 0
}
