package raster

import "testing"

// BenchmarkFrame draws a 2500x3000 film into 1600x1000 pixels at zoom 0.64,
// where the viewport is full, with a 7x7 map.
func BenchmarkFrame(b *testing.B) {
	p := NewPyramid(noise(2500, 3000, 1))
	c, _ := FindColourMap(Ember)
	base := Frame{Pyramid: p, Place: Placement{1250, 1500, 0.64}, W: 1600, H: 1000, Table: identity(), Colours: &c,
		Opacity: 0.5}
	for name, heat := range map[string]*Heat{"bare": nil, "heat": randomHeat(7, 7, 1)} {
		f := base
		f.Heat = heat
		b.Run("window/"+name, func(b *testing.B) {
			var r Renderer
			r.Render(f)
			gray := make([]uint8, 1<<16)
			b.ReportAllocs()
			for i := range b.N {
				gray[0] = uint8(i)
				f.Table.Set(gray)
				r.Render(f)
			}
		})
		b.Run("pan/"+name, func(b *testing.B) {
			var r Renderer
			b.ReportAllocs()
			for i := range b.N {
				f.Place = base.Place.Pan(float64(i&1), 0)
				r.Render(f)
			}
		})
	}
}

func BenchmarkPyramid(b *testing.B) {
	src := noise(2500, 3000, 1)
	for b.Loop() {
		NewPyramid(src)
	}
}

func BenchmarkOverlay(b *testing.B) {
	gray, heat := make([]uint8, 2500*3000), randomHeat(7, 7, 1)
	c, _ := FindColourMap(Jet)
	for b.Loop() {
		Overlay(gray, 2500, 3000, heat, c, 0.5)
	}
}

// BenchmarkZoom is a frame of a zoom: both stages, on one core.
func BenchmarkZoom(b *testing.B) {
	p := NewPyramid(noise(2500, 3000, 1))
	c, _ := FindColourMap(Ember)
	f := Frame{Pyramid: p, W: 1600, H: 1000, Table: identity(), Colours: &c, Opacity: 0.5, Heat: randomHeat(7, 7, 1)}
	var r Renderer
	for i := 0; b.Loop(); i++ {
		f.Place = Placement{1250, 1500, 0.7 + 0.1*float64(i%7)}
		r.Render(f)
	}
}
