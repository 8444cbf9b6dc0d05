package worklist

import (
	"cmp"
	"slices"
	"strings"

	"hilum/dicomio/scan"
	"hilum/internal/message"
)

// Query says which studies are shown, and in which order.
type Query struct {
	Text     string // every word must occur in patient, date, description, accession number or file name
	Unseen   bool   // only studies that were not looked at
	Positive string // only studies positive in this class; AnyClass for any
	State    *State // only studies of this state; nil for all
	Sort     SortKey
	Class    string // of ByMargin; "" is the largest margin of any class
	Reverse  bool   // the order turned round
}

// AnyClass stands for all classes in Query.Positive.
const AnyClass = "*"

// SortKey is what the list is sorted by.
type SortKey int

// The orders. Equal studies stand by patient and date, so an order is always
// the same.
const (
	ByPatient SortKey = iota // name, then the newest study first
	ByDate                   // the newest first
	ByMargin                 // the largest first; what is not scored last
	ByUnseen                 // what was not looked at first
)

// Snapshot is the list at one moment: which studies are shown and in which
// order. It is never changed; its rows are always as new as can be.
type Snapshot struct {
	Generation uint64 // differs between snapshots
	Studies    int    // in the whole list
	Patients   int
	Pictures   int
	Unseen     int // studies
	Hidden     int // studies whose findings are not to be seen yet
	Indexing   bool
	Scoring    Progress
	Classes    []string        // of Row.Margins; nil without a model
	Problems   []scan.Found    // what should be pictures and cannot be read; the first thousand
	Error      message.Message // the last trouble with the records; the zero value for none
	order      []*item
}

// Len is the number of studies that are shown.
func (s *Snapshot) Len() int { return len(s.order) }

// Row gives a row. It allocates nothing and may be called for every row on the
// screen at every frame.
func (s *Snapshot) Row(i int) Row { return s.order[i].row() }

// Index finds a study by its key, -1 when it is not shown.
func (s *Snapshot) Index(key string) int {
	return slices.IndexFunc(s.order, func(it *item) bool { return it.key == key })
}

// snapshot is made under the lock.
func (l *List) snapshot() *Snapshot {
	if l.fresh {
		l.regroup()
	}
	l.generation++
	s := &Snapshot{
		Generation: l.generation, Studies: len(l.items), Pictures: len(l.entries), Indexing: l.indexing > 0,
		Problems: l.problems, Error: l.lastErr,
	}
	if l.model != nil {
		s.Classes = l.model.Classes
	}
	s.Scoring = l.progress()
	var last *scan.Patient
	for _, it := range l.items {
		if it.patient != last {
			s.Patients++
			last = it.patient
		}
		if !it.seen.Load() {
			s.Unseen++
		}
		if it.sum.Load().hidden {
			s.Hidden++
		}
	}
	s.order = l.query.apply(l.items, s.Classes, l.kept)
	return s
}

// regroup makes the items anew after pictures came in.
func (l *List) regroup() {
	l.items, l.fresh = group(l.entries), false
	for _, it := range l.items {
		it.seen.Store(l.seen[it.key])
		l.count(it)
	}
}

// apply filters and sorts. The items come by patient and date; of that of the key kept only
// the words are asked.
func (q Query) apply(items []*item, classes []string, kept string) []*item {
	words := strings.Fields(strings.ToUpper(q.Text))
	positive, margin := slices.Index(classes, q.Positive), slices.Index(classes, q.Class)
	var out []*item
	for _, it := range items {
		takes := it.key == kept || (!q.Unseen || !it.seen.Load()) && q.takes(it.sum.Load(), positive)
		if takes && it.matches(words) {
			out = append(out, it)
		}
	}
	switch q.Sort {
	case ByDate:
		slices.SortStableFunc(out, func(a, b *item) int {
			return cmp.Or(cmp.Compare(b.study.Date, a.study.Date), cmp.Compare(b.study.Time, a.study.Time))
		})
	case ByMargin:
		sortByMargin(out, margin)
	case ByUnseen:
		slices.SortStableFunc(out, func(a, b *item) int { return compareBools(a.seen.Load(), b.seen.Load()) })
	}
	if q.Reverse {
		slices.Reverse(out)
	}
	return out
}

// takes tells whether a study's scores let it through.
func (q Query) takes(s *summary, positive int) bool {
	if q.State != nil && s.state != *q.State {
		return false
	}
	switch {
	case q.Positive == "":
		return true
	case q.Positive == AnyClass:
		return s.top >= 0 && s.margins[s.top] >= 0
	}
	return positive >= 0 && positive < len(s.margins) && s.margins[positive] >= 0
}

// sortByMargin puts the largest first; class -1 is the largest of any class.
func sortByMargin(list []*item, class int) {
	type keyed struct {
		*item
		margin float32
	}
	const unscored = -2 // below every margin
	keys := make([]keyed, len(list))
	for i, it := range list {
		s := it.sum.Load()
		at := class
		if at < 0 {
			at = s.top
		}
		keys[i] = keyed{it, unscored}
		if at >= 0 && at < len(s.margins) {
			keys[i].margin = s.margins[at]
		}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int { return cmp.Compare(b.margin, a.margin) })
	for i := range keys {
		list[i] = keys[i].item
	}
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (it *item) matches(words []string) bool {
	for _, w := range words {
		if !strings.Contains(it.words, w) {
			return false
		}
	}
	return true
}
