package annotation

import (
	"fmt"
	"strings"
)

// Lines writes what is to stand beside a mark: its text, its figure, and where
// the millimetres come from.
func (m Mark) Lines(r Reading) []string {
	var out []string
	if m.Text != "" {
		out = strings.Split(m.Text, "\n")
	}
	switch m.Kind {
	case Length:
		out = append(out, r.Figure())
	case Angle:
		out = append(out, r.Figure())
	case Cobb:
		out = append(out, fmt.Sprintf("Cobb %s", r.Figure()))
	case CTR:
		if r.Unit != "" {
			out = append(out, fmt.Sprintf("Cardiothoracic ratio %s", r.Figure()),
				fmt.Sprintf("heart %s, thorax %s %s", plain(r.Widths[0]), plain(r.Widths[1]), r.WidthUnit()))
		}
	case Rectangle, Ellipse, Polygon:
		out = append(out, r.Figure())
		if s := r.Stats; s != nil {
			unit := ""
			if s.Unit != "" {
				unit = " " + s.Unit
			}
			out = append(out, fmt.Sprintf("mean %s, SD %s%s", plain(s.Mean), plain(s.SD), unit), fmt.Sprintf("%s to %s, %d pixels", plain(s.Least), plain(s.Largest), s.Pixels))
		}
	}
	if r.Source != "" && m.Kind != CTR { // a ratio needs no millimetres
		out = append(out, r.Source)
	}
	var lines []string
	for _, l := range out {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// Summary is one line about a mark, for lists and reports.
func (m Mark) Summary(r Reading) string { return strings.Join(m.Lines(r), "; ") }
