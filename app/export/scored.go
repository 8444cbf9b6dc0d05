package export

import (
	"context"

	"hilum/app/classmap"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/raster"
)

// Scored is a picture that a model has scored, as it is exported when nobody has looked at
// it: with the map of the class whose relative margin is largest. file reads it again.
func Scored(ctx context.Context, m *inference.Model, s inference.Scored, file ImageFile) (Subject, error) {
	const opacity = 0.45
	sub := Subject{Image: s.Image, File: file, Result: s.Result, Model: m, Window: s.Image.DefaultWindow(),
		Held: s.Result.Withheld,
		Map:  classmap.Map{Class: s.Result.LargestMargin().Class, On: true, Opacity: opacity, Colours: raster.Ember}}
	var err error
	if s.Result.Maps, err = m.Maps(ctx, s.Image, s.Result); err != nil {
		return sub, message.Errorf("no class map: %w", err)
	}
	return sub, nil
}
