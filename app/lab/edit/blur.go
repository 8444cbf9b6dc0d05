package edit

import (
	"context"
	"math"

	"hilum/internal/message"
)

// maxRadius bounds a blur, as a fraction of the film's shorter side.
const maxRadius = 0.25

// blurring smooths a region by a Gaussian.
func blurring() Operation {
	return Operation{
		Kind: Blur, Title: always("Blur"), Doing: always("Blurring this"), Placed: true,
		Check: func(e Edit) error {
			if !(e.Radius > 0 && e.Radius <= maxRadius) {
				return message.Errorf("its radius %v is not within 0..%v", e.Radius, maxRadius)
			}
			return nil
		},
		Apply: func(ctx context.Context, s *Sheet, e Edit, _ Images) error {
			w, h := s.Pixels()
			sigma := e.Radius * float64(min(w, h))
			return s.replace(ctx, e, int(math.Ceil(3*e.Radius*float64(min(w, h)))),
				func(_ context.Context, g grid, _ []bool) error {
					blur(g, sigma)
					return nil
				})
		},
		Tools: []Tool{{Text: "Blur", Group: ChangesPlaces, Drawn: true,
			Edit: Edit{Kind: Blur, Radius: blurRadius, Soft: softBorder, Shape: Ellipse}}},
		Sliders: []Slider{softness(), {"Radius", 0.005, 0.1, 0.005, func(e *Edit) *float64 { return &e.Radius }}},
	}
}

// blur smooths a grid by a Gaussian of a standard deviation in pixels, made of
// three running means (Wells 1986), so that its cost does not grow with sigma.
// Beyond the edge, the edge's value goes on.
func blur(g grid, sigma float64) {
	line := make([]float32, max(g.w, g.h))
	out := make([]float32, max(g.w, g.h))
	for _, width := range boxes(sigma) {
		for y := range g.h {
			running(g.p[y*g.w:(y+1)*g.w], out[:g.w], width)
			copy(g.p[y*g.w:], out[:g.w])
		}
		for x := range g.w {
			for y := range g.h {
				line[y] = g.p[y*g.w+x]
			}
			running(line[:g.h], out[:g.h], width)
			for y := range g.h {
				g.p[y*g.w+x] = out[y]
			}
		}
	}
}

// boxes are the odd widths of three running means whose variances add up to
// sigma^2 as nearly as they can: a mean over w pixels has (w^2-1)/12.
func boxes(sigma float64) [3]int {
	const n = 3
	ideal := math.Sqrt(12*sigma*sigma/n + 1)
	lower := int(ideal)
	if lower%2 == 0 {
		lower--
	}
	lower = max(lower, 1)
	l := float64(lower)
	small := int(math.Round((12*sigma*sigma - n*l*l - 4*n*l - 3*n) / (-4*l - 4)))
	var out [n]int
	for i := range out {
		out[i] = lower
		if i >= small {
			out[i] += 2
		}
	}
	return out
}

// running is the mean over width pixels around each.
func running(src, dst []float32, width int) {
	r, last := width/2, len(src)-1
	clamped := func(i int) float64 { return float64(src[min(max(i, 0), last)]) }
	var sum float64
	for i := -r; i <= r; i++ {
		sum += clamped(i)
	}
	for i := range dst {
		dst[i] = float32(sum / float64(width))
		sum += clamped(i+r+1) - clamped(i-r)
	}
}
