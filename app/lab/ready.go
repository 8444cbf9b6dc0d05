package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hilum/internal/phantom"
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
		l, err := DecodeLesson(r.Bytes)
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

// isFinding tells the classes that phantoms can show from other words.
func isFinding(label string) bool { return slices.Contains(phantom.Findings(), phantom.Finding(label)) }

// folder names an experiment's folder: another experiment has another name.
func (e Experiment) folder() string {
	data, _ := json.Marshal(e) // numbers and words: nothing that could fail
	sum := sha256.Sum256(data)
	return "experiment-" + strings.ReplaceAll(e.Confounder, ":", "-") + "-" + hex.EncodeToString(sum[:4])
}
