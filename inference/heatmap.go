package inference

import (
	"math"

	"hilum/internal/message"
)

// Heatmap is the class map of one finding: signed evidence over the part of the
// picture that the network saw. Value (x, y), row-major, is the contribution of
// that place to the class's logit: positive for, negative against. With global
// average pooling and one linear layer the values are sum_k w_ck A_k(x,y)/(W*H),
// which before its ReLU is Grad-CAM and HiResCAM (Selvaraju 2017, Draelos 2020);
// their sum and the layer's bias make the logit.
type Heatmap struct {
	Class         string
	Width, Height int
	Values        []float32 // len Width*Height

	// The part of the picture that the map covers, as fractions of its width
	// and height.
	X0, Y0, X1, Y1 float64
}

// Largest is the largest absolute value: a scale that two maps can share. What is
// no number does not count.
func (h *Heatmap) Largest() float64 {
	var m float64
	for _, v := range h.Values {
		m = max(m, math.Abs(float64(number(v))))
	}
	return m
}

// number is 0 for what is none: it cannot be drawn.
func number(v float32) float32 {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return 0
	}
	return v
}

// Dead says in a sentence why the map points nowhere: it has values that are no
// numbers, is zero everywhere, or has no place that speaks for the class. It is
// "" for a map with evidence.
func (h *Heatmap) Dead() message.Message {
	broken, positive, other := 0, false, false
	for _, v := range h.Values {
		switch {
		case number(v) != v:
			broken++
		case v > 0:
			positive = true
		case v < 0:
			other = true
		}
	}
	switch {
	case broken > 0:
		return message.Of("The map is not a number at %d of %d places.", broken, len(h.Values))
	case positive:
		return message.Message{}
	case other:
		return message.Of("Nothing speaks for the class: all evidence is against it.")
	}
	return message.Of("The map is zero everywhere: there is no evidence.")
}

// MinMax is the display of the literature: negative evidence cut off, then
// stretched to 0..1 with the 1e-7 of pytorch-grad-cam in the denominator. It
// shows noise of any size as full red; prefer Scaled for comparing classes.
func (h *Heatmap) MinMax() []float32 {
	out := make([]float32, len(h.Values))
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	for i, v := range h.Values {
		out[i] = max(number(v), 0)
		lo, hi = min(lo, out[i]), max(hi, out[i])
	}
	for i := range out {
		out[i] = (out[i] - lo) / (1e-7 + (hi - lo))
	}
	return out
}

// Scaled divides by a fixed scale, the same for every class, and cuts to
// -1..1: the sign survives, and a weak map looks weak.
func (h *Heatmap) Scaled(scale float64) []float32 {
	out := make([]float32, len(h.Values))
	if !(scale > 0) {
		return out
	}
	for i, v := range h.Values {
		out[i] = float32(max(-1, min(1, float64(number(v))/scale)))
	}
	return out
}

// Peak is the place of the strongest evidence for the class, as fractions of the
// picture's width and height (the centre of the map's cell). A map without
// evidence has none: see Dead.
func (h *Heatmap) Peak() (x, y float64, ok bool) {
	if !h.Dead().IsZero() {
		return 0, 0, false
	}
	return h.Top()
}

// Top is the place of the largest value, whether that speaks for the class or
// least against it. It is false where values are no numbers, or all are equal.
func (h *Heatmap) Top() (x, y float64, ok bool) {
	best := 0
	for i, v := range h.Values {
		if number(v) != v {
			return 0, 0, false
		}
		if v > h.Values[best] {
			best = i
		}
		ok = ok || v != h.Values[0]
	}
	if !ok && !(len(h.Values) > 0 && h.Values[0] > 0) {
		return 0, 0, false
	}
	cx := (float64(best%h.Width) + 0.5) / float64(h.Width)
	cy := (float64(best/h.Width) + 0.5) / float64(h.Height)
	return h.X0 + cx*(h.X1-h.X0), h.Y0 + cy*(h.Y1-h.Y0), true
}

// heatmaps cuts the network's map output, shape [1, classes, h, w], into one
// map a class.
func heatmaps(t Tensor, classes []string, footprint [4]float64) ([]Heatmap, error) {
	if len(t.Shape) != 4 || t.Shape[0] < 1 || t.Shape[1] != int64(len(classes)) {
		return nil, message.Errorf("class maps of shape %v for %d classes", t.Shape, len(classes))
	}
	h, w := int(t.Shape[2]), int(t.Shape[3])
	if h < 1 || w < 1 {
		return nil, message.New("class maps without extent")
	}
	out := make([]Heatmap, len(classes))
	for i, c := range classes {
		out[i] = Heatmap{
			Class: c, Width: w, Height: h, Values: t.Data[i*w*h : (i+1)*w*h : (i+1)*w*h],
			X0: footprint[0], Y0: footprint[1], X1: footprint[2], Y1: footprint[3],
		}
	}
	return out, nil
}
