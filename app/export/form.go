package export

import (
	"context"
	"io"
	"slices"
	"strings"

	"hilum/internal/message"
)

// Form is a form in which a picture leaves the program. It is a value: to add one, write it
// in a file of its own and list it in [Standard]; the export page, cxr export and its help
// are made from the list.
type Form struct {
	Name   string // short, as on a command line: "pdf"
	Title  string // in the export page; "" is not offered there
	About  string // one line, for the help of cxr
	Class  string // SOP class UID of what is made, "" where it is no object of its own
	Suffix string // end of the file's name, which tells it from the other forms'
	// Refers says that it is a DICOM object that refers to the film.
	Refers bool
	// Draw makes what it shows before anything is written; nil shows nothing.
	Draw func(p *Prepared) error
	// Write writes it; w is a file.
	Write func(ctx context.Context, p *Prepared, w io.Writer) error
}

// Forms is a list of forms in the order in which they are shown.
type Forms []Form

// Standard lists the forms that come along.
func Standard() Forms {
	return Forms{pdfForm(), pngForm(), png16Form(), captureForm(), structuredForm(), keyObjectForm(), stateForm(),
		imageForm()}
}

// Find finds a form by its name.
func (f Forms) Find(name string) (Form, bool) {
	i := slices.IndexFunc(f, func(o Form) bool { return o.Name == name })
	if i < 0 {
		return Form{}, false
	}
	return f[i], true
}

// Names lists the names.
func (f Forms) Names() []string {
	out := make([]string, len(f))
	for i, o := range f {
		out[i] = o.Name
	}
	return out
}

// take finds the forms of some names, each once.
func (f Forms) take(names []string) (Forms, error) {
	var out Forms
	for _, name := range names {
		form, ok := f.Find(name)
		if !ok {
			return nil, message.Errorf("a picture cannot be exported as %q", name)
		}
		out = append(out, form)
	}
	return out, nil
}

// endings are those parts of names that tell one form from another.
func (f Forms) endings() (out []string) {
	for _, o := range f {
		if strings.HasPrefix(o.Suffix, "-") {
			out = append(out, o.Suffix)
		}
	}
	return out
}

// refer tells whether one of the forms refers to the film.
func (f Forms) refer() bool { return slices.ContainsFunc(f, func(o Form) bool { return o.Refers }) }
