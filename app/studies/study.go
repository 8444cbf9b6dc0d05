package studies

import (
	"hilum/inference"
	"hilum/internal/message"
)

// rate notes the largest margin of a result.
func (st *Study) rate(r *inference.Result) {
	st.Scored, st.Largest = true, -1
	for _, f := range r.Findings {
		st.Largest = max(st.Largest, f.RelMargin)
	}
}

// Failure is why the study cannot be shown; the zero value where it can, or was not tried.
func (st *Study) Failure() message.Message {
	if st.Status == Failed {
		return st.Error
	}
	return message.Message{}
}

// Place tells the study's picture from others: where its file lies, or what it
// goes by.
func (st *Study) Place() string {
	if st.Demo {
		return DemoFolder + st.Name
	}
	return st.Path
}

// Study is one opened file in the list on the left.
type Study struct {
	ID      int    // stays the same while the study is open
	Path    string // "" for the embedded demo
	Name    string // the file's name
	Title   string // patient as people write it, or the file's name
	Detail  string // date, view; "" when the file is silent
	Status  Status
	Error   message.Message // one sentence when Status is Failed
	Seen    bool            // it was the current study once
	Largest float64         // the largest relative margin, -1..1; valid when Scored
	Scored  bool
	Demo    bool

	Patient string // who, as far as is known; "" when nothing tells. Equal for studies of one person
	When    string // when it was taken, sorting as time among those of one person; "" when nothing tells
}

// Status is how far a study is.
type Status int

// The states of a study.
const (
	Waiting Status = iota // not decoded yet
	Ready                 // decoded
	Failed                // cannot be read, see Error
)

// DemoFolder is where the demo studies are said to lie.
const DemoFolder = "demo studies/"
