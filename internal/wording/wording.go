// Package wording is how texts that leave the program get into the reader's
// language: captions, pages, reports.
package wording

import "fmt"

// Words puts English texts into the reader's language. The zero value leaves them.
// A person's own words, names of files and what a file says are arguments of Say:
// they never go through Said or Name.
type Words struct {
	Text     func(key string, args ...any) string // looks up a text and formats it
	Sentence func(sentence string) string         // recognises a finished sentence of layers that know no languages
	Class    func(class string) string            // names a class of a data set
}

// Say is a text in the reader's language, formatted as by Sprintf where there are
// arguments, which stay as they are.
func (w Words) Say(text string, args ...any) string {
	switch {
	case w.Text != nil:
		return w.Text(text, args...)
	case len(args) > 0:
		return fmt.Sprintf(text, args...)
	}
	return text
}

// Said is a finished sentence of this program in the reader's language.
func (w Words) Said(sentence string) string {
	if w.Sentence == nil {
		return sentence
	}
	return w.Sentence(sentence)
}

// Name is a class of a data set, whose English name is given as people write it.
func (w Words) Name(class string) string {
	if w.Class == nil {
		return class
	}
	return w.Class(class)
}
