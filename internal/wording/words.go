package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence makes an error readable: capital first, full stop last.
func Sentence(err error) string {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), "\n", "; "))
	if text == "" {
		return "Something failed without saying why."
	}
	// A path or a file name keeps its case.
	if first, size := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		word, _, _ := strings.Cut(text, " ")
		if !strings.ContainsAny(strings.TrimRight(word, ":,"), "./_\\") {
			text = string(unicode.ToUpper(first)) + text[size:]
		}
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
