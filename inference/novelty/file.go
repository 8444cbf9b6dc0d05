package novelty

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"

	"hilum/internal/message"
)

// schema is the only form so far.
const schema = 1

// file is a Reference as a model's metadata carries it: JSON, with the long rows
// as base64 of little-endian 32-bit floats.
type file struct {
	Schema    int             `json:"schema"`
	N         int             `json:"n"`
	Features  int             `json:"features"`
	Mean      string          `json:"mean"`
	Axes      string          `json:"axes"` // one after the other
	Variances []float64       `json:"variances"`
	Rest      float64         `json:"rest"`
	Distances [levels]float64 `json:"distances"` // at .5, .9, .95, .99, .995
}

// MarshalText gives the form for metadata.
func (r *Reference) MarshalText() ([]byte, error) {
	f := file{Schema: schema, N: r.N, Features: len(r.Mean), Mean: floats(r.Mean), Variances: r.Variances,
		Rest: r.Rest, Distances: r.Distances}
	var all []float32
	for _, a := range r.Axes {
		all = append(all, a...)
	}
	f.Axes = floats(all)
	return json.Marshal(f)
}

// UnmarshalText reads what MarshalText gives and refuses what cannot be used.
func (r *Reference) UnmarshalText(text []byte) error {
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return message.Errorf("statistics of the training pictures: %w", err)
	}
	got, err := f.reference()
	if err != nil {
		return message.Errorf("statistics of the training pictures: %w", err)
	}
	*r = *got
	return nil
}

func (f *file) reference() (*Reference, error) {
	if f.Schema != schema {
		return nil, message.Errorf("schema %d is not known here", f.Schema)
	}
	if f.Features < 1 || f.Features > maxFeatures || len(f.Variances) > axesMost || len(f.Variances) > f.Features ||
		f.N < 1 {
		return nil, message.Errorf("%d features, %d axes and %d pictures are not possible", f.Features,
			len(f.Variances), f.N)
	}
	mean, err := parseFloats(f.Mean, f.Features)
	if err != nil {
		return nil, err
	}
	axes, err := parseFloats(f.Axes, f.Features*len(f.Variances))
	if err != nil {
		return nil, err
	}
	r := &Reference{N: f.N, Mean: mean, Variances: f.Variances, Rest: f.Rest, Distances: f.Distances}
	for i := range f.Variances {
		r.Axes = append(r.Axes, axes[i*f.Features:(i+1)*f.Features])
	}
	return r, r.check()
}

// check says what keeps a reference from being used.
func (r *Reference) check() error {
	for _, v := range append([]float64{r.Rest}, r.Variances...) {
		if !(v > 0) || math.IsInf(v, 0) {
			return message.New("a variance is not above zero")
		}
	}
	last := 0.0
	for _, d := range r.Distances {
		if !(d >= last) || math.IsInf(d, 0) {
			return message.New("the distances are not in order")
		}
		last = d
	}
	return nil
}

func floats(list []float32) string {
	out := make([]byte, 0, 4*len(list))
	for _, v := range list {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(out)
}

// parseFloats reads so many finite floats.
func parseFloats(text string, n int) ([]float32, error) {
	if base64.StdEncoding.DecodedLen(len(text)) > 4*n+2 {
		return nil, message.Errorf("%d characters are too many for %d figures", len(text), n)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) != 4*n {
		return nil, message.Errorf("%d figures are missing or damaged", n)
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if v := float64(out[i]); math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, message.New("a figure is no number")
		}
	}
	return out, nil
}
