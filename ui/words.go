package ui

import (
	"fmt"
	"math"
	"strings"

	"fyne.io/fyne/v2"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// figure writes a probability or threshold with two decimals and no leading
// zero, as .71; 1 is 1.00.
func figure(v float64) string {
	if math.IsNaN(v) {
		return "?"
	}
	return strings.TrimPrefix(fmt.Sprintf("%.2f", v), "0")
}

// signed writes a margin with its sign, as +.50.
func signedFigure(v float64) string {
	if math.Abs(v) < 0.005 {
		v = 0 // never a sign of nothing but rounding
	}
	if v < 0 {
		return "\u2212" + figure(-v)
	}
	return "+" + figure(v)
}

// verdict is the side of the threshold in words.
func verdict(f inference.Finding) string {
	switch {
	case f.NoValid != "":
		return kit.T("no valid threshold")
	case f.Positive:
		return kit.T("positive")
	}
	return kit.T("negative")
}

// commandTitle is a command's title as the menus show it; the rows of the
// findings share one with their number.
func commandTitle(c command.Command) string {
	if isRow(c) {
		return kit.T("Heat map of finding %s", strings.TrimPrefix(c.ID, rowPrefix))
	}
	return kit.T(c.Title)
}

// counted is a count with its noun: 1 warning, 2 warnings. The key is that of several.
func counted(n int, key string) message.Message { return message.Of(key, message.Count(n)) }

// measured writes a figure with its interval and counts.
func measured(m inference.Measured) string {
	text := figure(m.Value)
	if m.Hi > m.Lo {
		text += fmt.Sprintf(" (95%% %s\u2013%s)", figure(m.Lo), figure(m.Hi))
	}
	if m.Positive+m.Negative > 0 {
		text += ", " + kit.T("%s with, %s without", message.Count(m.Positive), message.Count(m.Negative))
	}
	return text
}

// patientLines are the top left corner: who.
func patientLines(s dicomio.Header) []string {
	var about []string
	for _, part := range []string{s.PatientID, s.PatientSex, kit.Text(radiograph.Age(s.PatientAge))} {
		if part != "" {
			about = append(about, part)
		}
	}
	return nonEmpty(radiograph.PersonName(s.PatientName), strings.Join(about, "  "))
}

// studyLines are the top right corner: what and when.
func studyLines(s dicomio.Header) []string {
	date := radiograph.Date(s.StudyDate)
	if len(s.StudyTime) >= 4 && date != "" {
		date += " " + s.StudyTime[:2] + ":" + s.StudyTime[2:4]
	}
	side := s.Laterality
	if side == "U" { // unpaired: says nothing of a chest
		side = ""
	}
	view := nonEmpty(s.Modality, s.ViewPosition, side)
	return nonEmpty(date, strings.Join(view, "  "), s.StudyDescription)
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// windowLine is the window and the zoom.
func windowLine(v radiograph.View) string {
	w := v.Window
	text := fmt.Sprintf("C %s  W %s", number(w.Center), number(w.Width))
	switch {
	case w.LUT != nil && w.Width <= 0:
		text = "VOI LUT " + w.Name
	case w.LUT != nil:
		text = "VOI LUT  " + text
	case w.Function == dicomio.Sigmoid:
		text += "  " + kit.T("S-shaped")
	}
	if v.Invert {
		text += "  " + kit.T("inverted")
	}
	return fmt.Sprintf("%s   %.0f%%", text, 100*v.Place.Zoom)
}

// number writes a value with as many decimals as tell it apart: whole numbers
// from 10 on, two significant digits below.
func number(v float64) string {
	if v == math.Round(v) || math.Abs(v) >= 10 {
		return strings.Replace(fmt.Sprintf("%.0f", v), "-", "\u2212", 1)
	}
	return strings.Replace(fmt.Sprintf("%.2g", v), "-", "\u2212", 1)
}

// pixelLine says what lies at pixel (x, y): the stored value and, where the
// modality transform changes it, the modality value with its unit.
func pixelLine(im *dicomio.Image, x, y int) string {
	if x < 0 || y < 0 || x >= im.Width || y >= im.Height {
		return ""
	}
	at := (y*im.Width + x) * im.Samples
	if at+im.Samples > len(im.Stored) {
		return ""
	}
	text := fmt.Sprintf("x %d  y %d   ", x, y)
	if im.Samples == 3 {
		return text + fmt.Sprintf("R %d  G %d  B %d", im.Stored[at], im.Stored[at+1], im.Stored[at+2])
	}
	stored := im.Stored[at]
	text += fmt.Sprint(stored)
	if m := im.ModalityValue(stored); m != float64(stored) {
		text += "  \u2192  " + number(m)
		if u := im.Modality.Units; u != "" && u != "US" { // US is "unspecified"
			text += " " + u
		}
	}
	return text
}

// scaleBar is the length in millimetres of a bar of at most room viewport
// pixels, a 1, 2 or 5 with zeros, and its length in pixels. perPixel is the
// millimetres of a viewport pixel.
func scaleBar(perPixel, room float64) (mm, pixels float64) {
	if !(perPixel > 0) || !(room > 0) {
		return 0, 0
	}
	most := perPixel * room
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	for _, k := range []float64{5, 2, 1} {
		if k*unit <= most {
			return k * unit, k * unit / perPixel
		}
	}
	return unit, unit / perPixel
}

// length writes millimetres in the unit people use for that size.
func length(mm float64) string {
	if mm >= 10 {
		return fmt.Sprintf("%g cm", mm/10)
	}
	return fmt.Sprintf("%g mm", mm)
}

// shorten cuts a text to a width and ends it with an ellipsis.
func shorten(text string, width, size float32, style fyne.TextStyle) string {
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
