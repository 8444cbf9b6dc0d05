package worklist

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"hilum/dicomio/scan"
	"hilum/internal/message"
)

// Row is one study as it is drawn. Its slices are shared and not to be written
// to.
type Row struct {
	Key                    string // tells the study from others: its UID, or its file's place
	Patient, PatientID     string // as DICOM has them
	BirthDate, Sex         string
	Date, Time             string // of the study, as DICOM has them
	Description, Accession string
	Views                  string           // of its pictures, as "PA LL"
	Pictures               []*scan.Instance // by series and number
	Keys                   []string         // of Pictures as the records know them, "" where not known yet
	Priors                 int              // earlier studies of the patient in the list
	Seen                   bool
	State                  State
	// the largest relative margin of its pictures by class, -1..1; nil before a score
	Margins []float32
	Top     int             // class with the largest margin, -1 before a score
	Error   message.Message // why a picture could not be scored; one sentence
	Hidden  bool            // its findings are not to be seen yet; State is Waiting then, and there are no margins
}

// Largest is the largest margin of any class, -1 before a score.
func (r *Row) Largest() float32 {
	if r.Top < 0 {
		return -1
	}
	return r.Margins[r.Top]
}

// Title is what a picture without a patient goes by as well.
func (r *Row) Title() string {
	return cmp.Or(r.Patient, r.PatientID, r.Pictures[0].Name())
}

// First is the picture to look at first: a frontal one where there is one.
func (r *Row) First() *scan.Instance {
	if i := slices.IndexFunc(r.Pictures, frontal); i >= 0 {
		return r.Pictures[i]
	}
	return r.Pictures[0]
}

// State is how far the scoring of a study is.
type State int

// The states of a study.
const (
	Waiting  State = iota // not scored, or not all of its pictures
	Scored                // every picture that the model is for
	Failed                // no picture could be scored
	Excluded              // it has no frontal picture
	Withheld              // the findings of all of its pictures are withheld, see Error
)

// item is a study of the list.
type item struct {
	key     string
	patient *scan.Patient
	study   *scan.Study
	views   string
	entries []*Entry
	list    []*scan.Instance // of entries
	priors  int
	words   string // what a search looks at, in capitals
	seen    atomic.Bool
	sum     atomic.Pointer[summary] // see count
}

// summary joins the outcomes of a study's pictures.
type summary struct {
	state   State
	margins []float32
	top     int
	err     message.Message
	hidden  bool
	keys    []string // of the pictures, as far as they are known
}

// count joins the outcomes of a study's pictures anew. It is called under the list's
// lock after each change of one, so that no older count can replace a newer.
func (l *List) count(it *item) {
	s := &summary{top: -1, keys: make([]string, len(it.entries))}
	for i, p := range it.entries {
		s.keys[i] = p.picture
	}
	if slices.ContainsFunc(it.entries, l.hidden) {
		s.hidden = true
		it.sum.Store(s)
		return
	}
	waiting, scored, excluded, withheld := 0, 0, 0, 0
	for _, p := range it.entries {
		o := p.outcome.Load()
		switch {
		case !frontal(p.Instance):
			excluded++
		case o == nil:
			waiting++
		case o.held:
			withheld++
			s.err = o.err
		case o.margins == nil:
			s.err = o.err
		default:
			scored++
			s.take(o.margins)
		}
	}
	switch {
	case excluded == len(it.entries):
		s.state = Excluded
	case waiting > 0:
		s.state = Waiting
	case scored > 0:
		s.state = Scored
	case withheld > 0:
		s.state = Withheld
	default:
		s.state = Failed
	}
	it.sum.Store(s)
}

// take keeps the larger margin of each class.
func (s *summary) take(margins []float32) {
	if s.margins == nil {
		s.margins = margins
	} else {
		s.margins = slices.Clone(s.margins)
		for i := range min(len(margins), len(s.margins)) {
			s.margins[i] = max(s.margins[i], margins[i])
		}
	}
	for i, m := range s.margins {
		if s.top < 0 || m > s.margins[s.top] {
			s.top = i
		}
	}
}

// frontal tells the pictures that models of frontal films are for. A file that
// does not name its view is taken for frontal.
func frontal(i *scan.Instance) bool { return i.Header.Projection().Frontal() }

// group makes the list's items of its pictures. Under the list's lock.
func group(pictures map[string]*Entry) []*item {
	all := make([]*scan.Instance, 0, len(pictures))
	for _, p := range pictures {
		all = append(all, p.Instance)
	}
	items := make([]*item, 0, len(all))
	for _, patient := range scan.Group(all) {
		for i, study := range patient.Studies { // the newest first
			it := &item{patient: patient, study: study}
			for _, series := range study.Series {
				it.list = append(it.list, series.Instances...)
			}
			if len(patient.Studies)-i > 1 {
				it.priors = len(patient.Priors(study))
			}
			it.describe(pictures)
			items = append(items, it)
		}
	}
	return items
}

func (it *item) describe(pictures map[string]*Entry) {
	first := it.list[0]
	it.key = cmp.Or(it.study.UID, first.Location())
	var views []string
	words := []string{it.patient.Name, strings.ReplaceAll(it.patient.Name, "^", " "), it.patient.ID, it.study.Date,
		isoDate(it.study.Date),
		it.study.Description, it.study.Accession}
	for _, i := range it.list {
		p := pictures[i.Location()]
		p.study = it
		it.entries = append(it.entries, p)
		words = append(words, i.Name())
		if v := i.Header.ViewPosition; v != "" && !slices.Contains(views, v) {
			views = append(views, v)
		}
	}
	it.views = strings.Join(views, " ")
	it.words = strings.ToUpper(strings.Join(words, "\n"))
}

// isoDate writes a DICOM date as people search for it.
func isoDate(da string) string {
	if len(da) != 8 {
		return ""
	}
	return da[:4] + "-" + da[4:6] + "-" + da[6:]
}

// row is the item as it is now.
func (it *item) row() Row {
	s := it.sum.Load()
	return Row{
		Key: it.key, Patient: it.patient.Name, PatientID: it.patient.ID, BirthDate: it.patient.BirthDate,
		Sex:  it.patient.Sex,
		Date: it.study.Date, Time: it.study.Time, Description: it.study.Description, Accession: it.study.Accession,
		Views: it.views, Pictures: it.list, Keys: s.keys, Priors: it.priors, Seen: it.seen.Load(),
		State: s.state, Margins: s.margins, Top: s.top, Error: s.err,
		Hidden: s.hidden,
	}
}
