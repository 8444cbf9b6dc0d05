// Package wording is how texts that leave the program get into the reader's
// language: captions, pages, reports.
package wording

import "fmt"

// Words puts an English text into the reader's language; nil leaves it.
type Words func(string) string

// Say is a text in the reader's language, formatted as by Sprintf where there are
// arguments.
func (w Words) Say(text string, args ...any) string {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	if w == nil {
		return text
	}
	return w(text)
}
