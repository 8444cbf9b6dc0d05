package studies

import (
	"context"
	"slices"
	"strings"

	"hilum/app/radiograph"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of what is open. There is one list, the worklist's; this
// is how it is looked at: in the order of opening, and ranked.
type State struct {
	Studies []Study // the list's entries in the order in which they came
	Current int     // index into Studies, -1 for none

	Listed  *worklist.Snapshot // the same entries grouped, filtered and ranked; never nil
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

// Config says what a collection works with. The list tells Collection.Listed of its changes.
type Config struct {
	Hub     *store.Hub
	Reading Reading
	Sources scan.Registry
	List    *worklist.List
}

// Collection is the studies that are open, and which of them is current. They are the
// entries of a worklist, which groups, sorts and filters them and scores them in the
// background.
type Collection struct {
	Worklist *Worklist // the entries as they are ranked, and the way through them

	core
	sources     scan.Registry
	generation  int             // of the current selection: a result of an older one is stale
	current     context.Context // of that generation
	stopCurrent context.CancelFunc
	ahead       *prefetch
	attention   *attention
}

// core is what the parts of a collection share.
type core struct {
	hub     *store.Hub
	state   *store.Value[State]
	list    *worklist.List
	reading Reading
}

// New has nothing open.
func New(c Config) *Collection {
	shared := core{
		hub: c.Hub, list: c.List, reading: c.Reading,
		state: store.NewValue(c.Hub, State{Current: -1, ListRow: -1, Listed: c.List.Snapshot()}),
	}
	out := &Collection{core: shared, sources: c.Sources, stopCurrent: func() {}}
	out.ahead = &prefetch{core: shared, newest: out.Newest}
	out.attention = &attention{core: shared, end: func() {}}
	out.Worklist = &Worklist{core: shared, touched: out.ahead.since, decided: out.attention.decide}
	return out
}

// In is the state within a transaction.
func (c *Collection) In(tx store.Tx) *State { return c.state.In(tx) }

// Listed takes what the list holds now into the state.
func (c *Collection) Listed() {
	c.hub.Change(func(tx store.Tx) {
		s := c.state.In(tx)
		s.Studies = follow(s.Studies, c.list.Entries())
		s.Listed = c.list.Snapshot()
		s.ListRow = s.Listed.Index(s.Key)
	})
}

// Attend tells that the reader is at this program, or has turned to another: what is in
// sight then is not looked at.
func (c *Collection) Attend(here bool) {
	c.hub.Look(func(tx store.Tx) { c.attention.turn(tx, here) })
}

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

// edit changes an open study; nothing happens when it was closed.
func (c *Collection) edit(tx store.Tx, id int, f func(*Study)) {
	at := c.Index(tx, id)
	if at < 0 {
		return
	}
	s := c.state.In(tx)
	s.Studies = slices.Clone(s.Studies)
	f(&s.Studies[at])
}

// Open adds files, and the pictures in folders, to the list and selects the
// first. Folders are searched in the background.
func (c *Collection) Open(paths ...string) {
	if len(paths) == 0 {
		return
	}
	c.hub.Go("looking for pictures", func() {
		found, problems := Find(c.hub.Context(), c.sources, paths)
		if c.hub.Context().Err() != nil {
			return
		}
		c.Add(found...)
		c.notifyProblems(problems)
	})
}

// Add adds pictures that somebody else has found, from whatever source, and selects the
// first.
func (c *Collection) Add(found ...*scan.Instance) {
	entries := c.list.Put(found...)
	if len(entries) == 0 {
		return
	}
	c.Worklist.score()
	first := -1
	c.hub.Look(func(tx store.Tx) { first = c.Index(tx, entries[0].ID) })
	c.reading.Select(first)
}

// Join adds pictures that came by themselves: what the reader looks at stays.
func (c *Collection) Join(found ...*scan.Instance) {
	if len(c.list.Put(found...)) > 0 {
		c.Worklist.score()
	}
}

// Sources are where pictures can come from.
func (c *Collection) Sources() scan.Registry { return c.sources }

// Reopen opens those pictures of files, folders and archives that were open before, and
// gives how many there are and how many could not be read.
func (c *Collection) Reopen(in, open []string) (opened, failed int) {
	found, problems := Find(c.hub.Context(), c.sources, in)
	if c.hub.Context().Err() != nil {
		return 0, 0
	}
	found = slices.DeleteFunc(found, func(i *scan.Instance) bool { return !slices.Contains(open, i.Location()) })
	c.Add(found...)
	return len(found), len(problems)
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
	found, problems := demo()
	c.Add(found...)
	for _, p := range problems {
		c.reading.Notify(message.Sentence(p.Err))
	}
}

// Attributes reads the attributes of the current study's file, none for PNG and
// JPEG. It takes as long as reading the file does.
func (c *Collection) Attributes(ctx context.Context) ([]inspect.Attribute, error) {
	var from *worklist.Entry
	c.hub.Look(func(tx store.Tx) { from = c.Entry(tx) })
	if from == nil {
		return nil, message.New("no study is open")
	}
	return from.Attributes(ctx)
}

// Entry is the current study's in the list; nil for none.
func (c *Collection) Entry(tx store.Tx) *worklist.Entry {
	s := c.state.In(tx)
	if s.Current < 0 {
		return nil
	}
	return s.Studies[s.Current].Entry
}

// Before lists the open studies of a study's patient that came before it and show the
// patient in the same way, lateral with lateral and frontal with frontal, newest first, by
// ID.
func (c *Collection) Before(tx store.Tx, id int) []int {
	studies := c.state.In(tx).Studies
	at := c.Index(tx, id)
	if at < 0 || studies[at].Patient == "" || studies[at].When == "" {
		return nil
	}
	var earlier []Study
	for i, o := range studies {
		if i != at && o.Patient == studies[at].Patient && o.When != "" && o.When < studies[at].When &&
			o.Header.Projection().Pairs(studies[at].Header.Projection()) {
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

// OtherViews lists the open pictures of a study's own that show it in the other view,
// lateral for frontal and frontal for lateral, by ID, in the order of opening.
func (c *Collection) OtherViews(tx store.Tx, id int) []int {
	studies := c.state.In(tx).Studies
	at := c.Index(tx, id)
	if at < 0 || studies[at].Header.StudyUID == "" {
		return nil
	}
	this := &studies[at].Header
	var ids []int
	for i, o := range studies {
		if i != at && o.Header.StudyUID == this.StudyUID && otherView(this.Projection(), o.Header.Projection()) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// otherView tells whether two views complete each other.
func otherView(p, q dicomio.Projection) bool {
	return p.Frontal() && q == dicomio.ProjectionLateral || p == dicomio.ProjectionLateral && q.Frontal()
}
