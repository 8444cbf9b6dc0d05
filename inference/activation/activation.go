// Package activation finds out by trying what the last activation of a network is: whether
// an output holds logits, probabilities or a softmax, however the graph spells it, and which
// value of the network lies before the activation.
//
// The core type is [Verdict]. The package runs networks through [Open] and knows no engine.
package activation

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"hilum/inference/graph/classifier"
	"hilum/inference/tensor"
	"hilum/internal/message"
)

// Meaning is what the numbers of a model's output are.
type Meaning string

// The meanings. Logits go through a sigmoid, class by class; probabilities are
// such already; the classes of a softmax exclude each other.
const (
	Logits        Meaning = "logits"
	Probabilities Meaning = "probabilities"
	Softmax       Meaning = "softmax"
)

// Meanings lists them in the order of documentation.
func Meanings() []Meaning { return []Meaning{Logits, Probabilities, Softmax} }

// Verdict is what the tail of an output does to the values that it begins with.
type Verdict struct {
	Meaning Meaning
	Before  string // the value in the network of which the output is sigmoid or softmax, exactly; "" where none was found
	Rising  string // a value of which each probability is a rising function of its own class; "" likewise
	Log     bool   // the output is the logarithm of probabilities
	Pairs   int    // of outputs with two values a class, the axis of the two; 0 for others
	Shape   []int64
	Bounds  [2]float64
	Mixed   bool // some classes have probabilities, others not
	Bounded bool // within bounds that logits have not, such as -1..1 or 0..100
}

// The tests are made on rows of chosen values before the tail. Sigmoid is 1 - 3e-7
// at 15 and 1e-13 at -30: what saturates does so here.
const (
	exactly   = 1e-5 // of sigmoid and softmax: the rounding of floats, and Clip(eps, 1-eps) with its small eps
	drawnRows = 40
	leastRows = 12 // that must give numbers
)

// Session runs the tail; that of an engine does.
type Session interface {
	// Run computes the outputs in the order of Open.
	Run(ctx context.Context, inputs []tensor.Tensor) ([]tensor.Tensor, error)
	Close() error
}

// Open loads a network whose inputs and outputs are taken in the order given. Runs may fail:
// nothing needs to be printed then.
type Open func(model []byte, inputs, outputs []string) (Session, error)

// Probe runs a tail on chosen values and says what it makes of them. It is
// the same question for every spelling of an activation: a Sigmoid node,
// 1/(1+exp(-x)), tanh(x/2), a quantised table, operating points. Of a tail that could be
// run the Verdict has a Shape, beside an error too.
func Probe(open Open, t *classifier.Tail) (Verdict, error) {
	b, err := t.Model.Encode()
	if err != nil {
		return Verdict{}, err
	}
	var inputs, outputs []string
	for _, in := range t.Inputs {
		inputs = append(inputs, in.Fed)
	}
	for _, v := range t.Values {
		outputs = append(outputs, t.Name(v))
	}
	s, err := open(b, inputs, append(outputs, t.Name(t.Output)))
	if err != nil {
		return Verdict{}, err
	}
	p := tailRows{t: t, values: make([][][]float32, len(t.Values))}
	err = p.run(s)
	if err = errors.Join(err, s.Close()); err != nil {
		return Verdict{}, err
	}
	return p.judge()
}

// tailRows are the results on the chosen rows.
type tailRows struct {
	t      *classifier.Tail
	shape  []int64       // of the output
	out    [][]float64   // [row][class]
	values [][][]float32 // [value][row][class]
	near   []bool        // rows of values that networks really give
}

// farOut is beyond the logits that networks give.
const farOut = 100

// chosen are the values that every element takes at once; then come drawn ones.
var chosen = [...]float32{-300, -30, -8, -3, -1, -.3, 0, .3, 1, 3, 8, 30, 300}

// run feeds the rows. It fails where too few of them give anything.
func (p *tailRows) run(s Session) error {
	rng := rand.New(rand.NewPCG(17, 3))
	var failed error
	for row := range len(chosen) + drawnRows {
		in := make([]tensor.Tensor, len(p.t.Inputs))
		for i, v := range p.t.Inputs {
			in[i] = tensor.New(v.Shape...)
			spread := []float64{1, 4, 15}[row%3]
			for k := range in[i].Data {
				in[i].Data[k] = float32(rng.NormFloat64() * spread)
				if row < len(chosen) {
					in[i].Data[k] = chosen[row]
				}
				if v.Levels {
					in[i].Data[k] = float32(rng.IntN(256))
				}
				if v.Signed {
					in[i].Data[k] -= 128
				}
			}
		}
		out, err := s.Run(context.Background(), in)
		if err != nil { // some exports of masks fail where a mask is empty
			failed = err
			continue
		}
		p.add(out, row >= len(chosen) || math.Abs(float64(chosen[row])) < farOut)
	}
	if len(p.out) < leastRows {
		return failed
	}
	return nil
}

// add keeps a row, unless something in it is no number: 0/0 far out is no sign.
func (p *tailRows) add(out []tensor.Tensor, near bool) {
	last := out[len(out)-1]
	row := make([]float64, len(last.Data))
	for i, v := range last.Data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 1) {
			return
		}
		row[i] = math.Max(float64(v), -math.MaxFloat32)
	}
	p.shape, p.out, p.near = last.Shape, append(p.out, row), append(p.near, near)
	for i := range p.values {
		p.values[i] = append(p.values[i], out[i].Data)
	}
}

func (p *tailRows) judge() (Verdict, error) {
	v := Verdict{Shape: p.shape}
	if len(p.out) < leastRows {
		return v, message.Errorf("output %q gives no numbers for most values before it", p.t.Output)
	}
	lo, hi, near := math.Inf(1), math.Inf(-1), math.Inf(-1)
	for i, row := range p.out {
		for _, x := range row {
			lo, hi = math.Min(lo, x), math.Max(hi, x)
			if p.near[i] {
				near = math.Max(near, x)
			}
		}
	}
	v.Bounds = [2]float64{lo, hi}
	flat := hi-near <= exactly*(hi-lo) // it grows no more far out
	v.Bounded = flat && lo >= -exactly || lo >= -1-exactly && hi <= 1+exactly
	if hi-lo < exactly {
		return v, message.Errorf("output %q is %.3g whatever the network finds; it says nothing", p.t.Output, hi)
	}
	switch {
	case lo >= -exactly && hi <= 1+exactly:
		p.probabilities(&v, func(x float64) float64 { return x })
	case hi <= exactly && p.isLog(&v):
	default:
		v.Meaning, v.Mixed = Logits, p.mixed()
	}
	return v, nil
}

// mixed tells whether some elements move within 0..1 on every row, and others
// beyond.
func (p *tailRows) mixed() bool {
	within, beyond := false, false
	for i := range p.out[0] {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, row := range p.out {
			lo, hi = math.Min(lo, row[i]), math.Max(hi, row[i])
		}
		inside := lo >= -exactly && hi <= 1+exactly
		within = within || inside && hi-lo > .5
		beyond = beyond || !inside
	}
	return within && beyond
}

// isLog finds the logarithms of probabilities: of a softmax, or of sigmoids.
func (p *tailRows) isLog(v *Verdict) bool {
	v.Log = true
	p.probabilities(v, math.Exp)
	if v.Meaning == Softmax || v.Before != "" {
		return true
	}
	*v = Verdict{Shape: v.Shape, Bounds: v.Bounds}
	return false
}

// probabilities says which: those of exclusive classes, or of independent ones,
// and where the values before them are.
func (p *tailRows) probabilities(v *Verdict, of func(float64) float64) {
	v.Meaning = Probabilities
	groups := p.addUp(v, of)
	if groups != nil {
		v.Meaning = Softmax
	}
	for i, name := range p.t.Values {
		if groups == nil && p.equals(i, of, sigmoids) || groups != nil && p.equals(i, of, groups.softmax) {
			v.Before = name
			return
		}
	}
	if groups != nil {
		return
	}
	for i, name := range p.t.Values {
		if p.rises(i, of) {
			v.Rising = name
		}
	}
}

// classGroups are the elements of an output that exclude each other, by index.
type classGroups [][]int

// addUp finds the axis along which every row adds up to one: that of the classes,
// or of the two values of each class.
func (p *tailRows) addUp(v *Verdict, of func(float64) float64) classGroups {
	for axis, size := range p.shape {
		if size < 2 || axis == 0 && len(p.shape) > 1 {
			continue
		}
		g := groupsAlong(p.shape, axis)
		if !p.sumsToOne(g, of) {
			continue
		}
		if len(g) > 1 && size == 2 {
			v.Pairs = axis
		} else if len(g) > 1 {
			continue // several groups of exclusive classes: not one set of classes
		}
		return g
	}
	return nil
}

// loose is how far rounding carries the sum of n probabilities from one.
func (p *tailRows) loose(n int) float64 {
	if p.t.Quantised() {
		return float64(n) / 256
	}
	return 1e-3
}

func groupsAlong(shape []int64, axis int) classGroups {
	inner := 1
	for _, d := range shape[axis+1:] {
		inner *= int(d)
	}
	size := int(shape[axis])
	outer := tensor.Elements(shape) / (inner * size)
	var g classGroups
	for o := range outer {
		for i := range inner {
			var at []int
			for k := range size {
				at = append(at, (o*size+k)*inner+i)
			}
			g = append(g, at)
		}
	}
	return g
}

func (p *tailRows) sumsToOne(g classGroups, of func(float64) float64) bool {
	for _, row := range p.out {
		for _, at := range g {
			sum := 0.
			for _, i := range at {
				sum += of(row[i])
			}
			if math.Abs(sum-1) > p.loose(len(at)) {
				return false
			}
		}
	}
	return true
}

// softmax is that of each group.
func (g classGroups) softmax(v []float32) []float64 {
	out := make([]float64, len(v))
	for _, at := range g {
		top, sum := math.Inf(-1), 0.
		for _, i := range at {
			top = math.Max(top, float64(v[i]))
		}
		for _, i := range at {
			out[i] = math.Exp(float64(v[i]) - top)
			sum += out[i]
		}
		for _, i := range at {
			out[i] /= sum
		}
	}
	return out
}

func sigmoids(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = 1 / (1 + math.Exp(-float64(x)))
	}
	return out
}

// equals tells whether the output is a function of a value, on every row.
func (p *tailRows) equals(value int, of func(float64) float64, f func([]float32) []float64) bool {
	for r, v := range p.values[value] {
		if len(v) != len(p.out[r]) {
			return false
		}
		for i, want := range f(v) {
			if !(math.Abs(of(p.out[r][i])-want) <= exactly) {
				return false
			}
		}
	}
	return true
}

// rises tells whether each element of the output is a rising function of the same
// element of a value.
func (p *tailRows) rises(value int, of func(float64) float64) bool {
	rows := p.values[value]
	if len(rows) == 0 || len(rows[0]) != len(p.out[0]) {
		return false
	}
	up := false
	for i := range p.out[0] {
		for a := range rows {
			for b := range rows {
				d := of(p.out[b][i]) - of(p.out[a][i])
				if rows[a][i] <= rows[b][i] && d < -1e-6 {
					return false
				}
				up = up || rows[a][i] < rows[b][i] && d > 1e-6
			}
		}
	}
	return up
}
