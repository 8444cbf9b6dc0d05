package lab

import (
	"fmt"
	"strings"

	"hilum/resources"
)

// ReadyLesson is a lesson that comes with the program.
type ReadyLesson struct {
	Name   string // as on a command line
	Lesson *Lesson
}

// ReadyLessons are the lessons that come with the program, in order.
func ReadyLessons() []ReadyLesson {
	var out []ReadyLesson
	for _, r := range resources.Lessons() {
		l, err := DecodeLesson(r.Bytes, Standard())
		if err != nil {
			continue // the test of the package reads every one of them
		}
		out = append(out, ReadyLesson{r.Name, l})
	}
	return out
}

// FindLesson gives a ready lesson by its name.
func FindLesson(name string) (*Lesson, error) {
	var names []string
	for _, r := range ReadyLessons() {
		if r.Name == name {
			return r.Lesson, nil
		}
		names = append(names, r.Name)
	}
	return nil, fmt.Errorf("there is no ready lesson %q; there are %s", name, strings.Join(names, ", "))
}
