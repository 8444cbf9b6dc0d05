package lab

import (
	"fmt"
	"math"
	"strings"

	"hilum/app"
	"hilum/inference"
)

// Title names an edit in a list.
func (e Edit) Title() string {
	switch e.Kind {
	case Erase:
		return "Erase"
	case InPaint:
		return "In-paint"
	case Blur:
		return "Blur"
	case Paste:
		if e.From != nil && e.From.Path != "" {
			return "Paste from another film"
		}
		return "Paste"
	case Marker:
		return e.Device.Title()
	case Exposure:
		return fmt.Sprintf("Exposure: gamma %s, scale %s, shift %s", Figure(e.Gamma), Figure(e.Scale), Signed(e.Shift))
	case Noise:
		return fmt.Sprintf("Noise %s", Figure(e.Amount))
	case Crop:
		return "Crop"
	case Rotate:
		return fmt.Sprintf("Rotate by %g degrees", e.Degrees)
	case Flip:
		if e.Upright {
			return "Flip top and bottom"
		}
		return "Flip left and right"
	}
	return string(e.Kind)
}

// Title names a device.
func (d Device) Title() string {
	switch d {
	case LetterL, LetterR:
		return "Letter " + string(d)
	case Tag:
		return "Portable tag"
	case Leads:
		return "ECG leads"
	case Drain:
		return "Chest drain"
	case Pacemaker:
		return "Pacemaker"
	case Clip:
		return "Surgical clip"
	}
	return string(d)
}

// doing is how a sentence about the edit begins.
func (e Edit) doing() string {
	switch e.Kind {
	case Erase:
		return "Erasing this"
	case InPaint:
		return "In-painting this"
	case Blur:
		return "Blurring this"
	case Paste:
		return "Pasting this"
	case Marker:
		return "Adding this " + strings.ToLower(e.Device.Title()[:1]) + e.Device.Title()[1:]
	case Exposure:
		return "This exposure"
	case Noise:
		return "This noise"
	case Crop:
		return "This crop"
	case Rotate:
		return "Rotating the film"
	}
	return "Flipping the film"
}

// Sentence says what an edit did to a class and what the same edit does at random
// places: "Erasing this lowered Mass by .31 (.82 to .51); at 20 random places it
// changed by .02 (-.01 to .05): no place did as much." c may be nil.
func Sentence(e Edit, former, now *inference.Result, class string, c *Control) string {
	at := indexOf(now, class)
	if at < 0 || former == nil {
		return ""
	}
	a, b := former.Findings[at].Probability, now.Findings[at].Probability
	name := app.ClassName(class)
	text := fmt.Sprintf("%s left %s at %s", e.doing(), name, Figure(b))
	if d := b - a; math.Abs(d) >= 0.005 {
		verb := "raised"
		if d < 0 {
			verb = "lowered"
		}
		text = fmt.Sprintf("%s %s %s by %s (%s to %s)", e.doing(), verb, name, Figure(math.Abs(d)), Figure(a), Figure(b))
	}
	switch {
	case !e.Kind.Placed():
		return text + "; it acts on the whole film, so there is no other place to try it."
	case c == nil:
		return text + "."
	case len(c.Places) == 0:
		return text + "; the film has no room for the same edit elsewhere."
	}
	mean, lo, hi := c.Interval(at)
	return fmt.Sprintf("%s; at %d random places it changed by %s (%s to %s): %s.", text, len(c.Places), Signed(mean-a), Signed(lo-a), Signed(hi-a), asMuch(c.AsMuch(at, a, b), len(c.Places)))
}

func asMuch(n, of int) string {
	switch {
	case n == 0:
		return "no place did as much"
	case n == 1:
		return "1 place did as much"
	case n == of:
		return "every place did as much"
	}
	return fmt.Sprintf("%d places did as much", n)
}

// indexOf is the place of a class among the findings, -1 for none.
func indexOf(r *inference.Result, class string) int {
	if r != nil {
		for i, f := range r.Findings {
			if f.Class == class {
				return i
			}
		}
	}
	return -1
}

// Figure writes .31 and -.31, and 1.20 from one on.
func Figure(v float64) string {
	s := strings.TrimPrefix(fmt.Sprintf("%.2f", math.Abs(v)), "0")
	if v < 0 && s != ".00" {
		s = "-" + s
	}
	return s
}

// Signed writes +.02 and -.01.
func Signed(v float64) string {
	s := Figure(v)
	if !strings.HasPrefix(s, "-") {
		s = "+" + s
	}
	return s
}
