package classmap

import (
	"slices"
	"strings"
)

// ClassSet is a set of classes that compares as a value.
type ClassSet string

const classMark = "\n" // no label holds a line break

// List gives the classes in the order in which they were added.
func (s ClassSet) List() []string {
	if s == "" {
		return nil
	}
	return strings.Split(string(s), classMark)
}

// Has tells whether a class is in the set.
func (s ClassSet) Has(class string) bool { return slices.Contains(s.List(), class) }

// With is the set with a class.
func (s ClassSet) With(class string) ClassSet {
	if class == "" || s.Has(class) || strings.Contains(class, classMark) {
		return s
	}
	return ClassSet(strings.Join(append(s.List(), class), classMark))
}

// Without is the set without a class.
func (s ClassSet) Without(class string) ClassSet {
	return ClassSet(strings.Join(slices.DeleteFunc(s.List(), func(c string) bool { return c == class }), classMark))
}
