// Package archives is the servers of a reader's at the workstation: what they hold is
// searched for, fetched in the background, shown as soon as its first film is there, and kept
// in a folder of bounded size. Its core type is [Archives]. It imports app/command, app/servers, dicomio
// and its rooms pacs and scan, internal/regular and internal/store.
package archives

import (
	"context"
	"errors"
	"slices"

	"hilum/app/servers"
	"hilum/dicomio/pacs"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/internal/store"
)

// State is what a window shows of it.
type State struct{ Archive Archive }

// Archive is the last search, and what is being fetched.
type Archive struct {
	Asked     Search
	Results   []Result // the newest first
	Searching bool
	Answered  bool            // the search was answered: without results there are none
	More      bool            // the server has more than these
	Failure   message.Message // why there is no answer
	Warning   message.Message // about the answer

	Asking Link // that somebody else's program wants opened, until the reader agrees

	Retrievals []Retrieval // in their order: running, waiting, and those that failed
}

// Result is a study that a server has.
type Result struct {
	pacs.Study
	Here Here
}

// Here tells how much of a study is on this machine.
type Here int

// How much there can be.
const (
	NotHere Here = iota
	PartlyHere
	AllHere
)

// Opened is a film of the list, by where it lies and the study that it is of.
type Opened struct{ Disk, Study string }

// Reading is what the archives ask of the rest of the program.
type Reading interface {
	// Current is the study that is selected, within a transaction.
	Current(store.Tx) (id int, ok bool)
	// Opened lists what is open, within a transaction.
	Opened(store.Tx) []Opened
	// Find gives the pictures in a file or folder; objects that are none go to those who take
	// them.
	Find(ctx context.Context, path string) []*scan.Instance
	// Join adds pictures to the list; with show the first comes on the screen.
	Join(show bool, found ...*scan.Instance)
	// SelectStudy shows the first film of a study that is open, by UID; false where none is.
	SelectStudy(uid string) bool
	// Limit is how many bytes may be kept of what was fetched.
	Limit() int64
	// Priors tells whether priors are fetched by themselves, and from which server; "" is that
	// which the study came from.
	Priors() (wanted bool, server string)
	// Notify shows the reader one sentence of what needs care, Tell of what was done.
	Notify(m message.Message)
	Tell(m message.Message)
}

// Config says what archives work with.
type Config struct {
	Hub     *store.Hub
	Reading Reading
	Book    servers.Book
	Dir     string // where what was fetched is kept; "" for nowhere, and nothing is fetched
}

// Archives is the servers at the workstation. All methods may be called from any goroutine and
// return at once unless they say otherwise.
type Archives struct {
	Book   servers.Book
	Logins *servers.Logins

	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	cache   cache

	asked  int    // the search that is wanted, by number
	stop   func() // ends it
	most   int    // studies that it asks for
	nextID int
	busy   bool              // the queue is worked on
	cancel map[int]func()    // of what is being fetched, by ID
	looked map[string]bool   // studies whose priors were asked for, by UID
	jobs   map[int]*delivery // of the queue, by ID
}

// New has searched for nothing.
func New(c Config) *Archives {
	return &Archives{hub: c.Hub, state: store.NewValue(c.Hub, State{}), reading: c.Reading, Book: c.Book,
		Logins: &servers.Logins{}, cache: cache{c.Dir}, stop: func() {}, cancel: map[int]func(){},
		looked: map[string]bool{}, jobs: map[int]*delivery{}}
}

// In is the state within a transaction.
func (a *Archives) In(tx store.Tx) *State { return a.state.In(tx) }

// Folder is where what was fetched is kept; "" for nowhere.
func (a *Archives) Folder() string { return a.cache.dir }

// with makes a server of the name of one that is kept, or of an address, which gets no login,
// and does something with it. It may wait for the keyring; that it does not answer is said
// only where the server wants a login.
func (a *Archives) with(named string, warn func(message.Message), do func(pacs.Server) error) error {
	if isAddress(named) {
		server, err := servers.Server{Address: named}.Open(pacs.Login{}, warn)
		if err != nil {
			return err
		}
		return do(server)
	}
	kept, err := a.Book.Named(named)
	if err != nil {
		return err
	}
	login, locked := a.Logins.Of(kept.Address)
	server, err := kept.Open(login, warn)
	if err != nil {
		return err
	}
	err = do(server)
	var step *pacs.StepError
	if locked != nil && errors.As(err, &step) && step.Step == pacs.Authenticate {
		return message.Errorf("%w; no keyring of the desktop answers with one, so give it in the preferences under Servers", err)
	}
	return err
}

// change changes the slice of the state.
func (a *Archives) change(f func(tx store.Tx, s *Archive)) {
	a.hub.Change(func(tx store.Tx) { f(tx, &a.state.In(tx).Archive) })
}

// here tells how much of a study is on this machine, within a transaction.
func (a *Archives) here(tx store.Tx, study pacs.Study) Here {
	kept := a.cache.count(study.UID)
	open := 0
	for _, o := range a.reading.Opened(tx) {
		if o.Study == study.UID {
			open++
		}
	}
	switch n := max(kept, open); {
	case n == 0:
		return NotHere
	case n >= study.Images && study.Images > 0:
		return AllHere
	}
	return PartlyHere
}

// look says anew of the results of a study whether they are here, within a transaction.
func (a *Archives) look(tx store.Tx, uid string) {
	s := &a.state.In(tx).Archive
	s.Results = slices.Clone(s.Results)
	for i := range s.Results {
		if s.Results[i].UID == uid {
			s.Results[i].Here = a.here(tx, s.Results[i].Study)
		}
	}
}
