package findingset

import (
	"bytes"
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"hilum/internal/message"
)

//go:embed sets
var files embed.FS

// names are the sets that come along, one file each, in the order in which they
// are listed and asked.
func names() []string {
	return []string{"chestxray14", "chexpert", "vindr", "torchxrayvision", "phantoms"}
}

// Registry is a list of sets. It is a value: whoever has a set of their own appends
// it. The labels of its sets are not to be written to.
type Registry []Set

// Sets lists the sets that come along.
func Sets() Registry { return slices.Clone(builtIn()) }

// ChestXray14 are the labels of the NIH ChestX-ray14 data set in its order.
func ChestXray14() []string {
	s, _ := builtIn().Find("chestxray14")
	return s.Names()
}

// General is what is true of findings whatever data set a label is from.
func General() Set { return generalSet() }

var generalSet = sync.OnceValue(func() Set {
	s, err := read("general", Set{})
	if err != nil {
		return Set{} // TestShippedSets would fail
	}
	return s
})

var builtIn = sync.OnceValue(func() Registry {
	var out Registry
	for _, name := range names() {
		s, err := read(name, General())
		if err != nil {
			continue // TestShippedSets would fail
		}
		out = append(out, s)
	}
	return out
})

// read decodes one of the files that come along.
func read(name string, general Set) (Set, error) {
	data, err := files.ReadFile("sets/" + name + ".json")
	if err != nil {
		return Set{}, err
	}
	return decode(data, general)
}

// Decode reads a set from JSON, whoever wrote it, and completes its labels by the
// general set.
func Decode(data []byte) (Set, error) {
	s, err := decode(data, General())
	if err != nil {
		return Set{}, message.Errorf("the set of findings makes no sense: %w", err)
	}
	return s, nil
}

// maxSet bounds a set in bytes, and maxLabels what it may list.
const (
	maxSet    = 1 << 20
	maxLabels = 10_000
)

func decode(data []byte, general Set) (Set, error) {
	if len(data) > maxSet {
		return Set{}, message.New("it is too large for a set of labels")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var s Set
	if err := d.Decode(&s); err != nil {
		return Set{}, err
	}
	if err := s.check(); err != nil {
		return Set{}, err
	}
	for i := range s.Labels {
		s.Labels[i].complete(general)
	}
	return s, nil
}

func (s *Set) check() error {
	if strings.TrimSpace(s.Name) == "" || len(s.Labels) == 0 || len(s.Labels) > maxLabels {
		return message.Errorf("it has no name, or not 1 to %d labels", maxLabels)
	}
	seen := make(map[string]bool, len(s.Labels))
	for _, l := range s.Labels {
		if strings.TrimSpace(l.Name) == "" || seen[l.Name] {
			return message.Errorf("label %q is empty or given twice", l.Name)
		}
		seen[l.Name] = true
	}
	return nil
}

// complete takes what a label leaves out from the finding that it stands for. Texts
// and their source belong together: a label with pitfalls of its own keeps both.
func (l *Label) complete(general Set) {
	if l.Display == "" {
		l.Display = DisplayName(l.Name)
	}
	if l.As == "" {
		l.As = l.Name
	}
	g, _ := general.Label(l.As)
	if l.Code == nil {
		l.Code = g.Code
	}
	if l.What == "" {
		l.What = g.What
	}
	if l.Pitfalls == "" {
		l.Pitfalls = g.Pitfalls
	}
	if l.Source == "" {
		l.Source = g.Source
	}
	l.Device = l.Device || g.Device
}

// Find finds a set by what flags call it, whatever the case.
func (r Registry) Find(name string) (Set, bool) {
	i := slices.IndexFunc(r, func(s Set) bool { return strings.EqualFold(s.Name, name) })
	if i < 0 {
		return Set{}, false
	}
	return r[i], true
}

// Names lists what flags call the sets.
func (r Registry) Names() []string {
	out := make([]string, len(r))
	for i, s := range r {
		out[i] = s.Name
	}
	return out
}

// Label finds a label in the first set that has it, and then in the general one.
func (r Registry) Label(name string) (Label, bool) {
	for _, s := range r {
		if l, ok := s.Label(name); ok {
			return l, true
		}
	}
	return General().Label(name)
}

// Clues are what a model says of the labels that it speaks.
type Clues struct {
	Recorded string   // in its metadata: the name of a set, or one as JSON
	Data     string   // the data that it was trained on, in its maker's words
	Labels   []string // of its outputs
}

// Spoken is the set that a model speaks. What its file records counts most, then
// the data set that its card names; labels tell only where the card says nothing of
// the data, because other data is labelled in the same words. Where it is not known,
// or the card names several, it is the general set.
func (r Registry) Spoken(c Clues) Set {
	if c.Recorded != "" {
		if s, ok := r.Find(c.Recorded); ok {
			return s
		}
		if s, err := Decode([]byte(c.Recorded)); err == nil {
			return s
		}
	}
	is := func(s Set) bool { return s.speaks(c.Labels) }
	if strings.TrimSpace(c.Data) != "" {
		is = func(s Set) bool { return s.signed(c.Data) }
	}
	var found Registry
	for _, s := range r {
		if is(s) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return General()
	}
	return found[0]
}

// signed tells whether words name the data set.
func (s Set) signed(words string) bool {
	words = strings.ToLower(words)
	return slices.ContainsFunc(s.Signs, func(sign string) bool { return strings.Contains(words, sign) })
}
