package lesson

import (
	"strings"

	"hilum/internal/message"
	"hilum/resources"
)

// Named is a lesson that comes with the program.
type Named struct {
	Name   string // as on a command line
	Lesson *Lesson
}

// BuiltIn are the lessons that come with the program, in order.
func BuiltIn() []Named {
	var out []Named
	for _, r := range resources.Lessons() {
		l, err := decode(r.Bytes, Standard())
		if err != nil {
			continue // the test of the package reads every one of them
		}
		out = append(out, Named{r.Name, l})
	}
	return out
}

// Find gives a ready lesson by its name.
func Find(name string) (*Lesson, error) {
	var names []string
	for _, r := range BuiltIn() {
		if r.Name == name {
			return r.Lesson, nil
		}
		names = append(names, r.Name)
	}
	return nil, message.Errorf("there is no ready lesson %q; there are %s", name, strings.Join(names, ", "))
}
