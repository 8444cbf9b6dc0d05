package studies

import (
	"path/filepath"
	"strings"

	"hilum/app/radiograph"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/internal/message"
)

// Study is an entry of the list as it is looked at: one picture, from wherever it comes,
// with what opening it has told.
type Study struct {
	*worklist.Entry // which it is; pixels, attributes and file are asked of it

	Title  string // patient as people write it, or the file's name
	Detail string // date, view; "" when the file is silent
	Status Status
	Error  message.Message // one sentence when Status is Failed

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

// demoFolder is where the demo studies are said to lie.
const demoFolder = "demo studies/"

// of is what an entry tells before it is decoded.
func of(e *worklist.Entry) Study {
	st := Study{Entry: e, Title: e.Name()}
	if st.Demo() {
		return st
	}
	st.Patient, st.When = radiograph.Whose(e.Location(), &e.Header)
	st.Detail = filepath.Dir(e.Disk())
	if title := radiograph.PersonName(e.Header.PatientName); title != "" {
		st.Title, st.Detail = title, strings.TrimSpace(radiograph.Date(e.Header.StudyDate)+"  "+e.Header.ViewPosition)
	}
	return st
}

// Owner is whose picture it is, as far as is known.
func (st *Study) Owner() radiograph.Owner {
	return radiograph.Owner{Patient: st.Patient, Study: st.Header.StudyUID}
}

// Demo tells the studies that come with the program.
func (st *Study) Demo() bool { return st.Disk() == "" && strings.HasPrefix(st.Location(), demoFolder) }

// decoded takes over what a picture tells of its study.
func (st *Study) decoded(p *radiograph.Picture) {
	st.Title, st.Detail = radiograph.TitleOf(p.Image, st.Name())
}

// whose takes over whose a picture is, where its header alone did not tell.
func (st *Study) whose(p *radiograph.Picture) {
	if st.Patient != "" {
		return
	}
	location := st.Location()
	if st.Demo() {
		location = "" // its name tells nothing
	}
	st.Patient, st.When = radiograph.Whose(location, &p.Image.Header)
}

// Failure is why the study cannot be shown; the zero value where it can, or was not tried.
func (st *Study) Failure() message.Message {
	if st.Status == Failed {
		return st.Error
	}
	return message.Message{}
}

// follow gives the studies of the list's entries, those that were known as they were.
func follow(known []Study, entries []*worklist.Entry) []Study {
	if same(known, entries) {
		return known
	}
	old := make(map[*worklist.Entry]*Study, len(known))
	for i := range known {
		old[known[i].Entry] = &known[i]
	}
	out := make([]Study, 0, len(entries))
	for _, e := range entries {
		if st := old[e]; st != nil {
			out = append(out, *st)
		} else {
			out = append(out, of(e))
		}
	}
	return out
}

func same(known []Study, entries []*worklist.Entry) bool {
	if len(known) != len(entries) {
		return false
	}
	for i, e := range entries {
		if known[i].Entry != e {
			return false
		}
	}
	return true
}

// at finds the study of an instance, -1 for none.
func at(list []Study, i *scan.Instance) int {
	for n := range list {
		if list[n].Instance == i {
			return n
		}
	}
	return -1
}
