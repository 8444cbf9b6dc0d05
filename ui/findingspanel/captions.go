package findingspanel

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/findings"
	"hilum/ui/kit"
)

// captions stand over the columns of the findings: the side of the bar in
// words, and what the two figures are.
type captions struct {
	widget.BaseWidget
	negative, positive, figures *canvas.Text
	env                         *kit.Environment
}

const captionsHeight = 16

func newCaptions(env *kit.Environment) *captions {
	text := func(s string, align fyne.TextAlign) *canvas.Text {
		t := canvas.NewText(s, env.Colours.Second)
		t.TextSize, t.Alignment = kit.CaptionSize, align
		return t
	}
	c := &captions{env: env,
		negative: text(env.T("negative"), fyne.TextAlignTrailing),
		positive: text(env.T("positive"), fyne.TextAlignLeading),
		figures:  text(env.T("prob. / thr."), fyne.TextAlignTrailing),
	}
	c.ExtendBaseWidget(c)
	return c
}

// Present takes a state of the session: the figures are others when a prior is
// shown, and on the operating-point scale.
func (c *captions) Present(st app.State) {
	words := c.env.T("prob. / thr.")
	switch {
	case slices.ContainsFunc(st.Rows, func(r findings.Row) bool { return r.Compared }):
		words = c.env.T("prob., change")
	case st.Scale == findings.OperatingScale:
		words = c.env.T("op. point")
	}
	if st.Hidden {
		words = ""
	}
	if c.figures.Text != words || c.negative.Hidden != st.Hidden {
		c.figures.Text = words
		c.negative.Hidden, c.positive.Hidden = st.Hidden, st.Hidden
		c.Refresh()
	}
}

// MinSize implements fyne.Widget.
func (c *captions) MinSize() fyne.Size { return fyne.NewSize(100, captionsHeight) }

// CreateRenderer implements fyne.Widget.
func (c *captions) CreateRenderer() fyne.WidgetRenderer { return kit.Cached(c, &captionsRenderer{c}) }

type captionsRenderer struct{ c *captions }

func (r *captionsRenderer) Destroy()           {}
func (r *captionsRenderer) Refresh()           { canvas.Refresh(r.c) }
func (r *captionsRenderer) MinSize() fyne.Size { return r.c.MinSize() }
func (r *captionsRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.negative, r.c.positive, r.c.figures}
}

func (r *captionsRenderer) Layout(s fyne.Size) {
	left, w := track(s.Width)
	const gap = 4
	kit.Put(r.c.negative, left, 0, w/2-gap, s.Height)
	kit.Put(r.c.positive, left+w/2+gap, 0, w/2-gap, s.Height)
	kit.Put(r.c.figures, s.Width-8-tallyWidth, 0, tallyWidth, s.Height)
}
