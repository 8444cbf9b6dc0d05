package models

// ClassInfo says what a label means and what is known to go wrong with it.
type ClassInfo struct {
	What     string // is on the film
	Pitfalls string // of the label, and of models trained on it
	Source   string // of both
	Made     string // how the labels of the model's data came about, or that it is not known
}

// About describes a class of the model in the words of the set of findings that it
// speaks, and in general ones where that is not known; false where neither knows it.
func (m Model) About(class string) (ClassInfo, bool) {
	l, made, ok := m.Findings.About(class)
	return ClassInfo{What: l.What, Pitfalls: l.Pitfalls, Source: l.Source, Made: made}, ok
}
