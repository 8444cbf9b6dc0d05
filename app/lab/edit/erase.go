package edit

import "context"

// erasing lays a smooth surface through the border: structure and texture go.
func erasing() Operation {
	return Operation{
		Kind: Erase, Title: always("Erase"), Doing: always("Erasing this"), Placed: true,
		Apply: func(ctx context.Context, s *Sheet, e Edit, _ Images) error {
			return s.replace(ctx, e, 1, func(_ context.Context, g grid, hole []bool) error {
				harmonic(g, hole)
				return nil
			})
		},
		Tools: []Tool{{Text: "Erase", Group: ChangesPlaces, Drawn: true,
			Edit: Edit{Kind: Erase, Soft: softBorder, Shape: Ellipse}}},
		Sliders: []Slider{softness()},
	}
}
