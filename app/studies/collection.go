package studies

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/app/radiograph"
	"hilum/app/worklist"
	"hilum/dicomio/inspect"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
	"hilum/resources"
)

// State is what a window shows of what is open.
type State struct {
	Studies []Study
	Current int // index into Studies, -1 for none

	Listed  *worklist.Snapshot // the studies as they are listed; never nil
	ListRow int                // of the current study in Listed, -1 when it is not there
	Key     string             // of the current study in the worklist
	Query   worklist.Query     // what is listed and in which order

	Picture *radiograph.Picture // of the current study; nil until decoded
	Loading bool                // the current study is being decoded
}

// Reading is what the collection asks of the rest of the program.
type Reading interface {
	// Select makes a study the current one, by its index.
	Select(index int)
	// CloseStudy takes a study away, by its index.
	CloseStudy(index int)
	// Busy tells whether something is computed for the current study, within a
	// transaction.
	Busy(store.Tx) bool
	// Known tells whether a study that is not the current one has all that is fetched
	// ahead but its picture, within a transaction.
	Known(tx store.Tx, id int) bool
	// Fetch decodes and scores a study that is not the current one.
	Fetch(ctx context.Context, id int)
	// HasModel tells whether a model is open.
	HasModel() bool
	// ChosenClass is the finding that is spoken of.
	ChosenClass() string
	// Notify shows one sentence to the reader.
	Notify(m message.Message)
}

// Config says what a collection works with.
type Config struct {
	Hub     *store.Hub
	Reading Reading
	Sources scan.Registry
	List    *worklist.List
}

// Collection is the studies that are open, and which of them is current. They are listed
// by a worklist, which groups, sorts and filters them and scores them in the background.
type Collection struct {
	cfg     Config
	hub     *store.Hub
	state   *store.Value[State]
	list    *worklist.List
	reading Reading

	instances   []*scan.Instance // beside State.Studies, in the same order
	nextID      int
	generation  int             // of the current selection: a result of an older one is stale
	current     context.Context // of that generation
	stopCurrent context.CancelFunc
	recent      pictures
	ahead       *ahead // nil while nothing is fetched ahead
	touched     time.Time
	listPaused  bool        // the reader has stopped the scoring of the list
	resting     *time.Timer // until the list may go on
}

// New has nothing open.
func New(c Config) *Collection {
	return &Collection{
		cfg: c, hub: c.Hub, list: c.List, reading: c.Reading, stopCurrent: func() {},
		state: store.NewValue(c.Hub, State{Current: -1, ListRow: -1, Listed: c.List.Snapshot()}),
	}
}

// In is the state within a transaction.
func (c *Collection) In(tx store.Tx) *State { return c.state.In(tx) }

// Current is the study that is selected, by its ID; false for none.
func (c *Collection) Current(tx store.Tx) (id int, ok bool) {
	s := c.state.In(tx)
	if s.Current < 0 {
		return 0, false
	}
	return s.Studies[s.Current].ID, true
}

// Index finds an open study by its ID, -1 when it was closed.
func (c *Collection) Index(tx store.Tx, id int) int {
	return slices.IndexFunc(c.state.In(tx).Studies, func(o Study) bool { return o.ID == id })
}

// edit changes an open study; false when it was closed.
func (c *Collection) edit(tx store.Tx, id int, f func(*Study)) bool {
	at := c.Index(tx, id)
	if at < 0 {
		return false
	}
	s := c.state.In(tx)
	s.Studies = slices.Clone(s.Studies)
	f(&s.Studies[at])
	return true
}

// Open adds files, and the pictures in folders, to the list and selects the
// first. Folders are searched in the background.
func (c *Collection) Open(paths ...string) {
	if len(paths) == 0 {
		return
	}
	c.hub.Go("looking for pictures", func() {
		found, problems := Find(c.hub.Context(), c.cfg.Sources, paths)
		if c.hub.Context().Err() != nil {
			return
		}
		if len(found) > 0 {
			c.Add(found...)
		}
		c.notifyProblems(problems)
	})
}

// Add adds pictures that somebody else has found and selects the first.
func (c *Collection) Add(found ...*scan.Instance) { c.add(c.fromFiles(found)) }

// Reopen opens those pictures of files, folders and archives that were open before, and
// gives how many there are and how many could not be read.
func (c *Collection) Reopen(in, open []string) (opened, failed int) {
	found, problems := Find(c.hub.Context(), c.cfg.Sources, in)
	if c.hub.Context().Err() != nil {
		return 0, 0
	}
	list := slices.DeleteFunc(c.fromFiles(found), func(n added) bool { return !slices.Contains(open, n.Path) })
	c.add(list)
	return len(list), len(problems)
}

// notifyProblems says the first and counts the others.
func (c *Collection) notifyProblems(problems []Problem) {
	if len(problems) == 0 {
		return
	}
	said := message.Sentence(problems[0].Err)
	if n := len(problems) - 1; n > 0 {
		said = message.List(" ", said, message.Of("%d more files cannot be read.", n))
	}
	c.reading.Notify(said)
}

// OpenDemo adds the studies that come with the program.
func (c *Collection) OpenDemo() {
	var list []added
	for _, d := range resources.DemoStudies() {
		i, err := scan.InMemory(DemoFolder+d.Name, d.Bytes)
		if err != nil {
			c.reading.Notify(message.Sentence(err))
			continue
		}
		list = append(list, added{Study{Name: d.Name, Title: d.Name, Demo: true}, i})
	}
	c.add(list)
}

// added is a study that comes in.
type added struct {
	Study
	instance *scan.Instance
}

func (c *Collection) fromFiles(files []*scan.Instance) []added {
	var list []added
	for _, i := range files {
		n := added{Study{Path: i.Location(), Name: i.Name(), Title: i.Name(), Detail: filepath.Dir(i.Disk())}, i}
		n.Patient, n.When = radiograph.Whose(i.Location(), &i.Header)
		if title := radiograph.PersonName(i.Header.PatientName); title != "" {
			n.Title, n.Detail = title, strings.TrimSpace(radiograph.Date(i.Header.StudyDate)+"  "+i.Header.ViewPosition)
		}
		list = append(list, n)
	}
	return list
}

// add appends studies that are not open yet and selects the first of the list.
func (c *Collection) add(list []added) {
	if len(list) == 0 {
		return
	}
	first := -1
	c.hub.Change(func(tx store.Tx) {
		s := c.state.In(tx)
		studies := slices.Clone(s.Studies)
		places := make(map[string]int, len(studies)+len(list))
		for i := range studies {
			places[studies[i].Place()] = i
		}
		for _, n := range list {
			at, there := places[n.Place()]
			if !there {
				n.ID = c.nextID
				c.nextID++
				at = len(studies)
				places[n.Place()] = at
				studies = append(studies, n.Study)
				c.instances = append(c.instances, n.instance)
			}
			if first < 0 {
				first = at
			}
		}
		s.Studies = studies
	})
	c.enlist(list)
	c.reading.Select(first)
}

// Attributes reads the attributes of the current study's file, none for PNG and
// JPEG. It takes as long as reading the file does.
func (c *Collection) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	var from *scan.Instance
	c.hub.Look(func(tx store.Tx) { from = c.Instance(tx) })
	if from == nil {
		return nil, message.New("no study is open")
	}
	return from.Attributes(ctx)
}

// Instance is what the current study was opened from; nil for none.
func (c *Collection) Instance(tx store.Tx) *scan.Instance {
	if at := c.state.In(tx).Current; at >= 0 {
		return c.instances[at]
	}
	return nil
}

// Rate notes the largest margin of a study's score.
func (c *Collection) Rate(tx store.Tx, id int, r *inference.Result) {
	c.edit(tx, id, func(st *Study) { st.rate(r) })
}

// Unrate takes the scores of all studies away: another model scores from now on.
func (c *Collection) Unrate(tx store.Tx) {
	s := c.state.In(tx)
	s.Studies = slices.Clone(s.Studies)
	for i := range s.Studies {
		s.Studies[i].Scored = false
	}
}

// Before lists the open studies of a study's patient that came before it, newest first,
// by ID.
func (c *Collection) Before(tx store.Tx, id int) []int {
	studies := c.state.In(tx).Studies
	at := c.Index(tx, id)
	if at < 0 || studies[at].Patient == "" || studies[at].When == "" {
		return nil
	}
	var earlier []Study
	for i, o := range studies {
		if i != at && o.Patient == studies[at].Patient && o.When != "" && o.When < studies[at].When {
			earlier = append(earlier, o)
		}
	}
	slices.SortStableFunc(earlier, func(a, b Study) int { return strings.Compare(b.When, a.When) })
	var ids []int
	for _, o := range earlier {
		ids = append(ids, o.ID)
	}
	return ids
}
