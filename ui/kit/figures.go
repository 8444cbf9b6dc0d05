package kit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/inference"
	"hilum/internal/message"
)

// Figure writes a probability or threshold with two decimals and no leading
// zero, as .71 or ,71; 1 is 1.00.
func (s *Style) Figure(v float64) string {
	if math.IsNaN(v) {
		return "?"
	}
	return s.Words().Fraction(v)
}

// SignedFigure writes a margin with its sign, as +.50.
func (s *Style) SignedFigure(v float64) string {
	if math.Abs(v) < 0.005 {
		v = 0 // never a sign of nothing but rounding
	}
	if v < 0 {
		return "\u2212" + s.Figure(-v)
	}
	return "+" + s.Figure(v)
}

// Number writes a value with as many decimals as tell it apart: whole numbers
// from 10 on, two significant digits below.
func (s *Style) Number(v float64) string {
	if v == math.Round(v) || math.Abs(v) >= 10 {
		return strings.Replace(fmt.Sprintf("%.0f", v), "-", "\u2212", 1)
	}
	short := strings.Replace(fmt.Sprintf("%.2g", v), "0.", ".", 1)
	return s.Words().Figure(strings.Replace(short, "-", "\u2212", 1))
}

// ReadNumber reads a number that a person typed, with the point or the language's decimal
// sign. A number that could be read in two ways is refused: 1,000 is one or a thousand.
func (s *Style) ReadNumber(text string) (float64, error) {
	text = strings.TrimSpace(text)
	own := s.Words().Figure(".")
	other := "."
	if own == "." {
		other = ","
	}
	whole, part, has := strings.Cut(text, other)
	whole = strings.TrimLeft(whole, "+-")
	if has && len(part) == 3 && len(whole) >= 1 && len(whole) <= 3 && whole[0] != '0' {
		return 0, message.Errorf("%q can be read in two ways; write it without a sign between the thousands", text)
	}
	v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, message.Errorf("%q is not a number", text)
	}
	return v, nil
}

// Percent writes a share in whole percent.
func Percent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

// NonEmpty are the texts that say something, without the white space around them.
func NonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Counted is a count with its noun: 1 warning, 2 warnings. The key is that of several.
func Counted(n int, key string) message.Message { return message.Of(key, message.Count(n)) }

// Measured writes a figure with its interval and counts.
func Measured(env *Environment, m inference.Measured) string {
	text := env.Figure(m.Value)
	if m.Hi > m.Lo {
		text += fmt.Sprintf(" (95%% %s\u2013%s)", env.Figure(m.Lo), env.Figure(m.Hi))
	}
	if m.Positive+m.Negative > 0 {
		text += ", " + env.T("%s with, %s without", message.Count(m.Positive), message.Count(m.Negative))
	}
	return text
}

// Capitalised begins a name with a capital.
func Capitalised(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Shorten cuts a text to a width and ends it with an ellipsis.
func Shorten(text string, width, size float32, style fyne.TextStyle) string {
	if fyne.MeasureText(text, size, style).Width <= width {
		return text
	}
	runes := []rune(text)
	lo, hi := 0, len(runes) // the longest prefix that fits
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"\u2026", size, style).Width <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:lo]), " ") + "\u2026"
}
