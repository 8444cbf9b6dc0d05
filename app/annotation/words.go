package annotation

import (
	"fmt"
	"slices"
	"strings"
)

// Lines writes what is to stand beside a mark: its text, its figure, and where
// the millimetres come from.
func (m Mark) Lines(r Reading) []string {
	return nonEmpty(append(strings.Split(m.Text, "\n"), m.figures(r)...))
}

// LinesIn are Lines in the reader's language: said translates what this program
// says, and a person's own words stay as they were written. m.Text is theirs.
func (m Mark) LinesIn(said func(string) string, r Reading) []string {
	out := strings.Split(m.Text, "\n")
	for _, l := range m.figures(r) {
		out = append(out, said(l))
	}
	return nonEmpty(out)
}

// figures are what was measured, line by line, and where its unit comes from.
func (m Mark) figures(r Reading) []string {
	var out []string
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
	return out
}

func nonEmpty(lines []string) []string {
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// Summary is one line about a mark, for lists and reports.
func (m Mark) Summary(r Reading) string { return strings.Join(m.Lines(r), "; ") }
