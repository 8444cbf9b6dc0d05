package dcm

import (
	"math"
	"strconv"
	"strings"
)

// Texts returns the parts of a text of several values, without blanks around them.
func (e *Element) Texts() []string {
	text := e.Text()
	if text == "" {
		return nil
	}
	out := strings.Split(text, `\`)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// Decimals reads a DS or IS value of several components, each at its place; what
// is no finite decimal (PS3.5 6.2) is NaN. An empty value has none.
func (e *Element) Decimals() []float64 {
	text := e.Text()
	if text == "" {
		return nil
	}
	var out []float64
	for _, t := range strings.Split(text, `\`) {
		out = append(out, parseDecimal(t))
	}
	return out
}

// parseDecimal reads one decimal string, NaN for what is none: strconv also takes
// words and hexadecimal numbers.
func parseDecimal(t string) float64 {
	t = strings.Trim(t, " \t\r\n\x00")
	v, err := strconv.ParseFloat(t, 64)
	if err != nil || math.IsInf(v, 0) || strings.Trim(t, "0123456789+-.eE") != "" {
		return math.NaN()
	}
	return v
}

// Numbers is Decimals without the components that are no numbers.
func (e *Element) Numbers() []float64 {
	var out []float64
	for _, v := range e.Decimals() {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

// Number is the first of Numbers, or the value for silence.
func (e *Element) Number(silent float64) float64 {
	if v := e.Numbers(); len(v) > 0 {
		return v[0]
	}
	return silent
}

// TableLength is the number of entries of a look-up table by its descriptor, in
// which 65,536 is written as 0.
func TableLength(word uint16) int {
	if word == 0 {
		return 1 << 16
	}
	return int(word)
}

// Entries reads the data of a look-up table of n entries: words, whatever their
// representation; or bytes, which older writers packed entries of up to 8 bits
// into. Words that are too few are bytes only where such entries could not be
// words.
func (e *Element) Entries(n, bits int) []uint16 {
	words := e.Uint16s()
	if bits > 8 || len(words) >= n {
		return words
	}
	for _, w := range words {
		if w > 0xFF || e.VR == "OB" {
			return e.PackedBytes()
		}
	}
	return words
}

// PackedBytes reads entries of 8 bits, two in a word, the low byte first; a
// value of bytes is in order already.
func (e *Element) PackedBytes() []uint16 {
	out := make([]uint16, len(e.Value))
	if e.VR == "OB" || e.VR == "UN" {
		for i, v := range e.Value {
			out[i] = uint16(v)
		}
		return out
	}
	for i, w := range e.Uint16s() {
		out[2*i], out[2*i+1] = w&0xFF, w>>8
	}
	if n := len(e.Value); n%2 == 1 {
		out[n-1] = uint16(e.Value[n-1])
	}
	return out
}
