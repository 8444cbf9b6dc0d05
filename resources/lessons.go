package resources

// Lesson is an embedded lesson of the confounder lab.
type Lesson struct {
	Name  string
	Bytes []byte // the lesson file; not to be written to
}

// Lessons are the ready lessons, in the order in which they are best taken.
func Lessons() []Lesson {
	var out []Lesson
	for _, name := range []string{"text-marker", "chest-drain", "hospital"} {
		out = append(out, Lesson{name, file("lessons/" + name + ".json")})
	}
	return out
}
