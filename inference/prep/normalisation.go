package prep

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"hilum/internal/message"
)

// Normalisation is what becomes of grey levels before a network sees them: black
// and white to Lo and Hi, then minus Mean, over Std.
type Normalisation struct {
	Lo, Hi    float64
	Mean, Std []float64  // one for all channels, or one each
	Resize    ResizeRule // "" leaves it open
	Channels  int        // that it is made for; 0 for any
}

// UnitNormalisation is 0 (black) to 1 (white) and nothing else.
func UnitNormalisation() Normalisation {
	return Normalisation{Lo: 0, Hi: 1, Mean: []float64{0}, Std: []float64{1}}
}

// ImageNetNormalisation is torchvision's.
func ImageNetNormalisation() Normalisation {
	p := ImageNetPrep(1, 1)
	return Normalisation{Lo: p.Lo, Hi: p.Hi, Mean: p.Mean, Std: p.Std, Channels: p.Channels}
}

// XrvNormalisation is TorchXRayVision's.
func XrvNormalisation() Normalisation {
	return Normalisation{Lo: -1024, Hi: 1024, Mean: []float64{0}, Std: []float64{1}, Resize: CentreCrop, Channels: 1}
}

// NormalisationForms says in words what ParseNormalisation reads.
const NormalisationForms = "imagenet, xrv, none (0..1), LO..HI, mean,std, or the means and then the deviations of three channels"

// ParseNormalisation reads a normalisation as people type it. "" is nil.
func ParseNormalisation(text string) (*Normalisation, error) {
	n := UnitNormalisation()
	switch word := strings.ToLower(strings.TrimSpace(text)); word {
	case "":
		return nil, nil
	case "imagenet":
		n = ImageNetNormalisation()
		return &n, nil
	case "xrv":
		n = XrvNormalisation()
		return &n, nil
	case "none":
		return &n, nil
	default:
		err := n.parse(word)
		return &n, err
	}
}

func (n *Normalisation) parse(text string) error {
	wrong := message.Errorf("normalisation %q is not of the form %s", text, NormalisationForms)
	if lo, hi, ok := strings.Cut(text, ".."); ok {
		v, ok := numbers(lo + "," + hi)
		if !ok || len(v) != 2 {
			return wrong
		}
		n.Lo, n.Hi = v[0], v[1]
		return nil
	}
	for _, word := range []string{"mean=", "std=", "mean:", "std:"} {
		text = strings.ReplaceAll(text, word, " ")
	}
	v, ok := numbers(text)
	if !ok || len(v) != 2 && len(v) != 6 {
		return wrong
	}
	half := len(v) / 2
	n.Mean, n.Std = v[:half], v[half:]
	if half == 3 {
		n.Channels = 3
	}
	for _, s := range n.Std {
		if !(s > 0) {
			return message.Errorf("normalisation %q: a deviation must be more than 0; %s", text, NormalisationForms)
		}
	}
	return nil
}

// numbers reads a list with any of the separators that people use.
func numbers(text string) ([]float64, bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;/: \t[]()", r) })
	out := make([]float64, len(words))
	for i, w := range words {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// Apply sets a preprocessing's scale for a network of some channels.
func (n Normalisation) Apply(p *Prep, channels int) error {
	if n.Channels != 0 && n.Channels != channels {
		return message.Errorf("its input has %d channels and the normalisation is for %d; give another with --normalise", channels, n.Channels)
	}
	p.Channels, p.Lo, p.Hi = channels, n.Lo, n.Hi
	p.Mean, p.Std = spread(n.Mean, channels), spread(n.Std, channels)
	if n.Resize != "" {
		p.Resize = n.Resize
	}
	return nil
}

func spread(v []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v[min(i, len(v)-1)]
	}
	return out
}

// String writes it for people.
func (n Normalisation) String() string {
	text := fmt.Sprintf("%g..%g", n.Lo, n.Hi)
	for i, m := range n.Mean {
		if m != 0 || n.Std[i] != 1 {
			return text + fmt.Sprintf(", mean %g, deviation %g", n.Mean, n.Std)
		}
	}
	return text
}

// Steps of a network that begins with arithmetic on its picture: what it is meant
// to be fed is what comes out of that around zero, neither flat nor far off.
const (
	leastExtent = .5
	lopsided    = 20 // how much further the bright end may lie than the dark one
)

// ScaleFor finds whether a network that begins by scale x + shift is fed 0..1 or
// 0..255: that of the two for which the result is about centred and not flat.
func ScaleFor(scale, shift float64) (white float64, ok bool) {
	found := 0
	for _, w := range []float64{1, 255} {
		lo, hi := shift, scale*w+shift
		if lo > hi {
			lo, hi = hi, lo
		}
		if hi-lo >= leastExtent && lo <= leastExtent && hi >= -leastExtent &&
			hi <= lopsided*math.Max(math.Abs(lo), leastExtent) {
			white = w
			found++
		}
	}
	return white, found == 1
}
