package precision

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hilum/app/runs"
	"hilum/inference/calib"
	"hilum/training/dataset"
	"hilum/ui/kit"
)

// Frequencies are one row a class: its name, a bar for the share of films
// with it, and counts.
type Frequencies struct {
	Box *fyne.Container
	was *runs.DataSummary
	env *kit.Environment
}

// NewFrequencies makes an empty list.
func NewFrequencies(env *kit.Environment) *Frequencies {
	return &Frequencies{env: env, Box: container.NewVBox()}
}

// Present shows the classes of a data set.
func (p *Frequencies) Present(d *runs.DataSummary) {
	if d == p.was {
		return
	}
	p.was = d
	p.Box.RemoveAll()
	if d == nil {
		return
	}
	most := 0.01
	for _, c := range d.Classes {
		most = max(most, c.Prevalence())
	}
	p.Box.Add(
		container.New(
			&bar{}, caption(p.env, p.env.T("Finding")), canvas.NewRectangle(color.Transparent),
			caption(p.env, p.env.T("films with it (train / thresholds / held out)")),
		),
	)
	for _, c := range d.Classes {
		paint := p.env.Colours.Positive
		if c.ByPart[dataset.Validate] < calib.FewestEvents {
			paint = p.env.Colours.Warning
		}
		fill := canvas.NewRectangle(paint)
		line := fmt.Sprintf(
			"%s  %.1f%%   (%d / %d / %d)", p.env.Count(c.Positive), 100*c.Prevalence(), c.ByPart[dataset.Train],
			c.ByPart[dataset.Validate], c.ByPart[dataset.Test],
		)
		p.Box.Add(
			container.New(
				&bar{share: float32(c.Prevalence() / most)}, line13(p.env.ClassName(c.Name), p.env.Colours.Text), fill,
				line13(line, p.env.Colours.Second),
			),
		)
	}
}

func caption(env *kit.Environment, s string) *canvas.Text {
	t := line13(s, env.Colours.Second)
	t.TextSize = kit.CaptionSize
	return t
}

func line13(s string, c color.Color) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize = kit.TextSize
	return t
}

// bar lays out name, bar and counts of a class.
type bar struct{ share float32 } // of the longest bar, 0..1

const barName, barLongest, barHeight = 140, 100, 10

// MinSize implements fyne.Layout.
func (b *bar) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(barName+barLongest+8+o[2].MinSize().Width, 20)
}

// Layout implements fyne.Layout.
func (b *bar) Layout(o []fyne.CanvasObject, s fyne.Size) {
	kit.Put(o[0], 0, 0, barName, s.Height)
	kit.Put(o[1], barName, (s.Height-barHeight)/2, max(1, b.share*barLongest), barHeight)
	kit.Put(o[2], barName+barLongest+8, 0, max(0, s.Width-barName-barLongest-8), s.Height)
}
