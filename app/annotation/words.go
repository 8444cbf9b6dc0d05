package annotation

import (
	"slices"
	"strings"

	"hilum/internal/message"
)

// Lines writes what is to stand beside a mark: its text, its figure, and where
// the millimetres come from.
func (m Mark) Lines(r Reading) []string { return m.LinesIn(message.Words{}, r) }

// LinesIn are Lines in the reader's language: what this program says follows it, and a
// person's own words stay as they were written. m.Text is theirs.
func (m Mark) LinesIn(w message.Words, r Reading) []string {
	return nonEmpty(append(strings.Split(m.Text, "\n"), w.Texts(m.figures(r))...))
}

// figures are what was measured, line by line, and where its unit comes from.
func (m Mark) figures(r Reading) []message.Message {
	var out []message.Message
	switch m.Kind {
	case Length:
		out = append(out, message.Data(r.Figure()))
	case Angle:
		out = append(out, message.Data(r.Figure()))
	case Cobb:
		out = append(out, message.Of("Cobb %s", r.Figure()))
	case CTR:
		if r.Unit != "" {
			out = append(out, message.Of("Cardiothoracic ratio %s", r.Figure()),
				message.Of("heart %s, thorax %s %s", plain(r.Widths[0]), plain(r.Widths[1]), r.WidthUnit()))
		}
	case Rectangle, Ellipse, Polygon:
		out = append(out, message.Data(r.Figure()))
		if s := r.Stats; s != nil {
			unit := ""
			if s.Unit != "" {
				unit = " " + s.Unit
			}
			out = append(out, message.Of("mean %s, SD %s%s", plain(s.Mean), plain(s.SD), unit),
				message.Of("%s to %s, %d pixels", plain(s.Least), plain(s.Largest), s.Pixels))
		}
	}
	if r.Source != "" && m.Kind != CTR { // a ratio needs no millimetres
		out = append(out, message.Of(r.Source))
	}
	return out
}

func nonEmpty(lines []string) []string {
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// Summary is one line about a mark, for lists and reports.
func (m Mark) Summary(r Reading) string { return strings.Join(m.Lines(r), "; ") }
