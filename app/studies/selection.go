package studies

import (
	"context"
	"slices"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// These are the collection's parts in selecting, showing and closing a study; what else
// happens then is written in app/selecting.go. All take the transaction.

// Begin makes a study the current one, without a picture yet; false where there is none
// at the index.
func (c *Collection) Begin(tx store.Tx, index int) (ctx context.Context, generation int) {
	s := c.state.In(tx)
	ctx, generation = c.Renew(tx)
	s.Current = index
	s.Key = c.list.KeyOf(s.Studies[index].Entry)
	s.ListRow = s.Listed.Index(s.Key)
	c.list.Keep(s.Key)
	if s.Key != c.attention.key {
		c.attention.lose()
	}
	s.Picture, s.Loading = nil, true
	return ctx, generation
}

// Renew begins a new generation of the selection: what was begun for the last one is
// cancelled.
func (c *Collection) Renew(tx store.Tx) (context.Context, int) {
	c.stopCurrent()
	c.generation++
	c.Touch(tx)
	c.current, c.stopCurrent = context.WithCancel(c.hub.Context())
	return c.current, c.generation
}

// Selection is the context and the generation of the current selection.
func (c *Collection) Selection(store.Tx) (context.Context, int) { return c.current, c.generation }

// Newest tells whether a generation of the selection is still the newest.
func (c *Collection) Newest(_ store.Tx, generation int) bool { return c.generation == generation }

// Loader gives the current study's ID and what decodes it; false when the reader has
// moved on. It looks the place up anew, because the list may have moved.
func (c *Collection) Loader(generation int) (id int, decode func(context.Context) (*dicomio.Image, error), ok bool) {
	c.hub.Look(func(tx store.Tx) {
		if s := c.state.In(tx); c.generation == generation && s.Current >= 0 {
			id, decode, ok = s.Studies[s.Current].ID, s.Studies[s.Current].Decode, true
		}
	})
	return id, decode, ok
}

// Decoder gives what decodes an open study, and its picture where that is kept.
func (c *Collection) Decoder(tx store.Tx,
	id int) (decode func(context.Context) (*dicomio.Image, error), p *radiograph.Picture, ok bool) {
	at := c.Index(tx, id)
	if at < 0 {
		return nil, nil, false
	}
	return c.state.In(tx).Studies[at].Decode, c.ahead.recent.get(id), true
}

// Show has the picture of the current study.
func (c *Collection) Show(tx store.Tx, id int, p *radiograph.Picture) {
	s := c.state.In(tx)
	c.ahead.recent.put(id, p)
	s.Picture, s.Loading = p, false
	c.edit(tx, id, func(st *Study) {
		st.Status, st.Error = Ready, message.Message{}
		st.decoded(p)
		st.whose(p)
	})
	c.attention.sight(tx, s.Key)
}

// Fail records why the current study cannot be shown, in one sentence.
func (c *Collection) Fail(tx store.Tx, why message.Message) {
	s := c.state.In(tx)
	s.Loading = false
	id, _ := c.Current(tx)
	c.edit(tx, id, func(st *Study) {
		st.Status, st.Error = Failed, why
		c.list.Note(st.Entry, "", nil, why)
	})
	c.attention.sight(tx, s.Key)
}

// Decoded keeps the picture of a study that is not the current one, and what it tells of
// it.
func (c *Collection) Decoded(tx store.Tx, id int, p *radiograph.Picture) {
	c.edit(tx, id, func(st *Study) {
		c.ahead.recent.put(id, p)
		if st.Status == Waiting {
			st.Status = Ready
		}
		st.decoded(p)
	})
}

// Picture is that of an open study where it is kept; nil otherwise.
func (c *Collection) Picture(_ store.Tx, id int) *radiograph.Picture { return c.ahead.recent.get(id) }

// Note tells the list of the current study's score.
func (c *Collection) Note(tx store.Tx, model string, r *inference.Result) {
	c.list.Note(c.Entry(tx), model, r, message.Message{})
}

// Leave has no study selected.
func (c *Collection) Leave(tx store.Tx) {
	c.Renew(tx)
	s := c.state.In(tx)
	s.Current, s.Picture, s.Key, s.ListRow, s.Loading = -1, nil, "", -1, false
	c.list.Keep("")
	c.attention.lose()
}

// Following is the study that comes when the current one is closed, by its ID: the next
// in the list, else the one before; where the current one is not listed, the neighbour in
// the order of opening. It is false where no other is open.
func (c *Collection) Following(tx store.Tx) (id int, ok bool) {
	s := c.state.In(tx)
	if s.ListRow >= 0 {
		for _, by := range []int{1, -1} {
			if i := beside(s, by); i != nil {
				return s.Studies[at(s.Studies, i)].ID, true
			}
		}
	}
	for _, index := range []int{s.Current + 1, s.Current - 1} {
		if index >= 0 && index < len(s.Studies) {
			return s.Studies[index].ID, true
		}
	}
	return 0, false
}

// Remove takes a study off the list. The current one is left first. Afterwards, outside
// of the transaction, Removed shows the list without it.
func (c *Collection) Remove(tx store.Tx, index int) (id int) {
	s := c.state.In(tx)
	gone := s.Studies[index].Entry
	c.ahead.recent.drop(gone.ID)
	c.list.Remove(gone)
	s.Studies = follow(s.Studies, c.list.Entries())
	if index < s.Current {
		s.Current--
	}
	return gone.ID
}

// Removed shows the list without what was removed.
func (c *Collection) Removed() { c.list.Refresh() }

// Kept is how many decoded pictures are in memory.
func (c *Collection) Kept(store.Tx) int { return len(c.ahead.recent.ids) }

// SelectPath makes the study at a path the current one, if it is open.
func (c *Collection) SelectPath(path string) {
	studies := c.state.Get().Studies
	if at := slices.IndexFunc(studies, func(o Study) bool { return o.Location() == path }); path != "" && at >= 0 {
		c.reading.Select(at)
	}
}

// Touch notes that the reader is at work: the background rests.
func (c *Collection) Touch(tx store.Tx) {
	c.ahead.touch(tx)
	c.Worklist.hold(tx)
}

// Prefetch fetches the next and the previous study, in the background.
func (c *Collection) Prefetch(generation int) { c.ahead.begin(generation) }

// Await gives the picture of a study that is kept, or is being decoded ahead
// this moment; nil when it is to be decoded.
func (c *Collection) Await(ctx context.Context, id int) *radiograph.Picture {
	return c.ahead.await(ctx, id)
}

// FileCommands are those of opening and closing.
func (c *Collection) FileCommands() []command.Command {
	study := func() bool { return c.state.Get().Current >= 0 }
	return []command.Command{
		{ID: "file.demo", Title: "Open the demo studies", Menu: "File", Shortcut: "Ctrl+D", Do: c.OpenDemo,
			Enabled: command.Always},
		{
			ID: "file.close", Title: "Close study", Menu: "File", Shortcut: "Ctrl+W",
			Do: func() { c.reading.CloseStudy(c.state.Get().Current) }, Enabled: study,
		},
	}
}
