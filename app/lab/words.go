package lab

import (
	"fmt"
	"math"
	"strings"

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
		return fmt.Sprintf("Letter %s", string(d))
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
		return e.Device.adding()
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

// adding is how a sentence about a device begins.
func (d Device) adding() string {
	switch d {
	case LetterL, LetterR:
		return "Adding this letter"
	case Tag:
		return "Adding this portable tag"
	case Leads:
		return "Adding these ECG leads"
	case Drain:
		return "Adding this chest drain"
	case Pacemaker:
		return "Adding this pacemaker"
	}
	return "Adding this surgical clip"
}

// Sentence says what an edit did to a class and what the same edit does at random
// places: "Erasing this lowered Mass by .31 (.82 to .51); at 20 random places it
// changed by -.02 (-.05 to +.01): no place did as much." c may be nil. Each half is
// made from one format, by which a window finds its own language's.
func Sentence(e Edit, former, now *inference.Result, class string, c *Control) string {
	at := indexOf(now, class)
	if at < 0 || former == nil {
		return ""
	}
	a, b := former.Findings[at].Probability, now.Findings[at].Probability
	text := effect(e.doing(), inference.ClassName(class), a, b)
	switch {
	case !e.Kind.Placed():
		return fmt.Sprintf("%s; it acts on the whole film, so there is no other place to try it.", text)
	case c == nil:
		return text + "."
	case len(c.Places) == 0:
		return fmt.Sprintf("%s; the film has no room for the same edit elsewhere.", text)
	}
	mean, lo, hi := c.Interval(at)
	return fmt.Sprintf("%s; at %d random places it changed by %s (%s to %s): %s.", text, len(c.Places), Signed(mean-a), Signed(lo-a), Signed(hi-a), asMuch(c.AsMuch(at, a, b), len(c.Places)))
}

// effect says what something did to the probability of a class, from a to b.
func effect(what, class string, a, b float64) string {
	switch d := b - a; {
	case math.Abs(d) < 0.005:
		return fmt.Sprintf("%s left %s at %s", what, class, Figure(b))
	case d < 0:
		return fmt.Sprintf("%s lowered %s by %s (%s to %s)", what, class, Figure(-d), Figure(a), Figure(b))
	default:
		return fmt.Sprintf("%s raised %s by %s (%s to %s)", what, class, Figure(d), Figure(a), Figure(b))
	}
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
