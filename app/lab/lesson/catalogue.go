package lesson

import (
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/inference/saliency"
	"hilum/internal/message"
)

// Catalogue is what there is to choose from in the lab. It is a value: whoever has an
// entry of their own hands on a longer list. An empty list is the standard one.
type Catalogue struct {
	Edits   edit.Operations   // of a film
	Methods saliency.Registry // that map the evidence
}

// Standard is the catalogue that comes along.
func Standard() Catalogue { return Catalogue{}.Filled() }

// Filled takes the standard lists for those that are empty.
func (c Catalogue) Filled() Catalogue {
	if c.Edits == nil {
		c.Edits = edit.Standard()
	}
	if c.Methods == nil {
		c.Methods = saliency.Methods()
	}
	return c
}

// CheckMethods says what keeps a strip from comparing some methods, or nil.
func (c Catalogue) CheckMethods(names []string) error {
	if len(names) == 0 || len(names) > effect.MaxCells {
		return message.Errorf("a strip compares 1 to %d methods, and %d are named", effect.MaxCells, len(names))
	}
	for _, name := range names {
		if _, ok := c.Methods.Find(name); !ok {
			return message.Errorf("saliency method %q is not known", name)
		}
	}
	return nil
}

// MethodTitle names a method for people.
func (c Catalogue) MethodTitle(name string) string {
	if m, ok := c.Methods.Find(name); ok {
		return m.Title
	}
	return name
}
