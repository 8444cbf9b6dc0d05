package viewport

import (
	"context"
	"slices"

	"hilum/app/command"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// ComparisonState is what a window shows of the pictures beside the current one.
type ComparisonState struct{ Compare Compare }

// Earlier is what a comparison asks of the rest of the program. All but Fetch are called
// within a transaction.
type Earlier interface {
	// Current is the study that is selected, by its ID; false for none.
	Current(store.Tx) (id int, ok bool)
	// Open tells whether a study is still open.
	Open(tx store.Tx, id int) bool
	// Before lists the open studies of a study's patient that came before it, newest first.
	Before(tx store.Tx, id int) []int
	// OtherViews lists the open pictures of a study's pictures in the other view, lateral
	// for frontal and frontal for lateral.
	OtherViews(tx store.Tx, id int) []int
	// Hanging is the reader's rules, and whether each study is hung by them.
	Hanging(store.Tx) (rules []Rule, each bool)
	// HangEach says whether each study is hung by the rules from now on.
	HangEach(on bool)
	// Pane is what is known of a study, to be shown beside another.
	Pane(tx store.Tx, id int) Pane
	// Selection is the context and the generation of the current study.
	Selection(store.Tx) (context.Context, int)
	// Newest tells whether a generation of the selection is still the newest.
	Newest(tx store.Tx, generation int) bool
	// Scores tells whether there is a model to score priors with.
	Scores(store.Tx) bool
	// Changed is told that other priors are shown, or that one has been scored.
	Changed(store.Tx)
	// Say shows one sentence to the reader.
	Say(tx store.Tx, m message.Message)
	TellIn(tx store.Tx, m message.Message)
	// Fetch decodes and scores a study, or finds what is kept of it.
	Fetch(ctx context.Context, id int) (*radiograph.Picture, *inference.Result, error)
}

// Comparison is which pictures stand beside the current one, and how.
type Comparison struct {
	hub      *store.Hub
	state    *store.Value[ComparisonState]
	viewport *Viewport
	earlier  Earlier
	byRule   Rule // that the current study was hung by last
	pinned   int  // ID + 1 of the study that all others are compared with, 0 for none
}

// NewComparison shows one picture.
func NewComparison(h *store.Hub, v *Viewport, e Earlier) *Comparison {
	return &Comparison{hub: h, state: store.NewValue(h, ComparisonState{}), viewport: v, earlier: e}
}

// In is the state within a transaction.
func (c *Comparison) In(tx store.Tx) *ComparisonState { return c.state.In(tx) }

// Prior is the result that findings are compared with; nil for none. The score of another
// view is none, nor is that of another patient: what differs there is no change.
func (c *Comparison) Prior(tx store.Tx) *inference.Result {
	s, now := &c.state.In(tx).Compare, c.viewport.reading.Picture(tx)
	if len(s.Priors) == 0 || s.Layout.Panes() == 0 || now == nil {
		return nil
	}
	at := slices.IndexFunc(s.Priors, func(p Pane) bool { return p.View == "" })
	if at < 0 {
		return nil
	}
	p := s.Priors[at]
	if p.Identity != radiograph.SamePatient || p.Picture == nil || p.Picture.Image.Header.Projection() != now.Image.Header.Projection() || p.Result == nil ||
		p.Result.Withheld != nil {
		return nil
	}
	return p.Result
}

// Comparing tells whether priors are there to be shown beside the picture.
func (c *Comparison) Comparing() bool { return len(c.state.Get().Compare.Priors) > 0 }

// Begin begins with the newest priors of a study that was selected.
func (c *Comparison) Begin(tx store.Tx) {
	c.state.In(tx).Compare.Older = 0
	if _, each := c.earlier.Hanging(tx); each {
		c.hangByRules(tx)
		return
	}
	c.Find(tx)
}

// SetLayout chooses how many pictures are shown; choosing the one in use goes
// back to one. Priors are decoded and scored in the background.
func (c *Comparison) SetLayout(l Layout) {
	c.hub.Change(func(tx store.Tx) {
		s := &c.state.In(tx).Compare
		if l < OnePicture || l > BesideItself {
			return
		}
		if s.Layout == l && s.Hung == "" {
			l = OnePicture
		}
		c.arrange(tx, Rule{Layout: l})
		if _, open := c.earlier.Current(tx); open && l.Panes() > 0 && len(s.Priors) == 0 {
			s.Layout = OnePicture
			c.earlier.Say(tx,
				message.Of("No earlier picture of this patient is open. Open the folder with the earlier studies, or choose another study and then \"Compare with this study\"."))
		}
		c.viewport.Refit(tx)
	})
	c.Load()
}

// SetSwipe parts the swiped view at a fraction of the width.
func (c *Comparison) SetSwipe(at float64) {
	c.state.Change(func(s *ComparisonState) {
		if at >= 0 && at <= 1 {
			s.Compare.Swipe = at
		}
	})
}

// OlderPrior shows the next older prior.
func (c *Comparison) OlderPrior() { c.step(1) }

// NewerPrior shows the next newer prior.
func (c *Comparison) NewerPrior() { c.step(-1) }

func (c *Comparison) step(by int) {
	c.hub.Change(func(tx store.Tx) {
		s := &c.state.In(tx).Compare
		if s.Layout.Panes() == 0 {
			return
		}
		was := s.Older
		s.Older = max(0, s.Older+by)
		if c.Find(tx); len(s.Priors) == 0 {
			s.Older = was
			c.Find(tx)
		}
	})
	c.Load()
}

// PinPrior makes the current study the one that others are compared with,
// whatever patient it says it is of; a second time lets go of it.
func (c *Comparison) PinPrior() {
	c.hub.Change(func(tx store.Tx) {
		id, open := c.earlier.Current(tx)
		if !open {
			return
		}
		if c.pinned == id+1 {
			c.pinned = 0
			c.earlier.TellIn(tx, message.Of("Studies are compared with earlier ones of the same patient again."))
		} else {
			c.pinned = id + 1
			c.earlier.TellIn(tx,
				message.Of("Other studies are compared with this one now. Choose another study, then Compare."))
		}
		c.Find(tx)
	})
	c.Load()
}

// Find lists the priors of the current study that the layout shows, with what is
// known of them already.
func (c *Comparison) Find(tx store.Tx) {
	s := &c.state.In(tx).Compare
	s.Priors, s.Others = nil, 0
	if id, open := c.earlier.Current(tx); open && s.Layout.Panes() > 0 {
		all := c.priors(tx, id)
		shown := all[min(s.Older, len(all)):]
		if s.Hung != "" {
			shown = c.hang(tx, id, hungList(s.Hung))
		}
		s.Others = len(all)
		for _, beside := range shown[:min(len(shown), s.Layout.Panes())] {
			pane := c.earlier.Pane(tx, beside)
			if slices.Contains(all, beside) {
				pane.View = ""
				s.Others--
			}
			s.Priors = append(s.Priors, pane)
		}
	}
	c.earlier.Changed(tx)
}

// Reopen finds the priors of a layout that was undone or redone; one whose priors have
// been closed goes back to one picture.
func (c *Comparison) Reopen(tx store.Tx) {
	c.Find(tx)
	if s := &c.state.In(tx).Compare; s.Layout.Panes() > 0 && len(s.Priors) == 0 {
		s.Layout = OnePicture
		c.earlier.Changed(tx)
	}
}

// priors are the studies that one is compared with, newest first.
func (c *Comparison) priors(tx store.Tx, id int) []int {
	if pinned := c.pinned - 1; pinned >= 0 && pinned != id && c.earlier.Open(tx, pinned) {
		return []int{pinned}
	}
	return c.earlier.Before(tx, id)
}

// Load decodes and scores the priors in sight that lack it, one after the
// other, until the reader moves on.
func (c *Comparison) Load() {
	var ctx context.Context
	var generation int
	wanted := false
	c.hub.Look(func(tx store.Tx) {
		ctx, generation = c.earlier.Selection(tx)
		scored := c.earlier.Scores(tx)
		wanted = slices.ContainsFunc(c.state.In(tx).Compare.Priors, func(p Pane) bool { return p.lacks(scored) })
	})
	if !wanted || ctx == nil {
		return
	}
	c.hub.Go("opening a prior", func() {
		for {
			id, ok := c.next(generation)
			if !ok || ctx.Err() != nil {
				return
			}
			c.load(ctx, generation, id)
		}
	})
}

func (c *Comparison) next(generation int) (id int, ok bool) {
	c.hub.Look(func(tx store.Tx) {
		if !c.earlier.Newest(tx, generation) {
			return
		}
		for _, p := range c.state.In(tx).Compare.Priors {
			if p.lacks(c.earlier.Scores(tx)) {
				id, ok = p.StudyID, true
				return
			}
		}
	})
	return id, ok
}

func (c *Comparison) load(ctx context.Context, generation, id int) {
	picture, result, err := c.earlier.Fetch(ctx, id)
	c.hub.Change(func(tx store.Tx) {
		if !c.earlier.Newest(tx, generation) || ctx.Err() != nil {
			return
		}
		s := &c.state.In(tx).Compare
		s.Priors = slices.Clone(s.Priors)
		for i := range s.Priors {
			if p := &s.Priors[i]; p.StudyID == id {
				known := c.earlier.Pane(tx, id)
				p.Picture, p.Result, p.Identity, p.Hidden = picture, result, known.Identity, known.Hidden
				if p.Hidden {
					p.Result = nil
				}
				if err != nil {
					p.Error = message.Sentence(err)
				}
			}
		}
		c.earlier.Changed(tx)
	})
}

// Commands are those of comparing.
func (c *Comparison) Commands() []command.Command {
	study := func() (ok bool) {
		c.hub.Look(func(tx store.Tx) { _, ok = c.earlier.Current(tx) })
		return ok
	}
	picture := func() (ok bool) {
		c.hub.Look(func(tx store.Tx) { ok = c.viewport.reading.Picture(tx) != nil })
		return ok
	}
	beside := func() bool { return c.state.Get().Compare.Layout.Panes() > 0 }
	return []command.Command{
		{ID: "compare.two", Title: "Compare with the prior", Menu: "Compare", Shortcut: "C",
			Do: func() { c.SetLayout(TwoPictures) }, Enabled: study},
		{ID: "compare.four", Title: "Compare with three priors", Menu: "Compare", Shortcut: "Shift+C",
			Do: func() { c.SetLayout(FourPictures) }, Enabled: study},
		{ID: "compare.swipe", Title: "Swipe over the prior", Menu: "Compare", Shortcut: "Ctrl+Shift+C",
			Do: func() { c.SetLayout(SwipePictures) }, Enabled: study},
		{ID: "compare.beside", Title: "Map beside the bare picture", Menu: "Compare", Shortcut: "B",
			Do: func() { c.SetLayout(BesideItself) }, Enabled: picture},
		{ID: "compare.older", Title: "Older prior", Menu: "Compare", Shortcut: "Left", Do: c.OlderPrior,
			Enabled: beside},
		{ID: "compare.newer", Title: "Newer prior", Menu: "Compare", Shortcut: "Right", Do: c.NewerPrior,
			Enabled: beside},
		{ID: "compare.views", Title: "Other view beside this one", Menu: "Compare", Shortcut: "Shift+V",
			Do:      c.HangViews,
			Enabled: study},
		{ID: "compare.hang", Title: "Hang by the rules", Menu: "Compare", Shortcut: "Shift+B", Do: c.Hang,
			Enabled: study},
		{ID: "compare.hang.each", Title: "Hang each study by the rules, or by hand", Menu: "Compare",
			Shortcut: "Ctrl+H", Do: c.toggleEach,
			Enabled: command.Always},
		{ID: "compare.pin", Title: "Compare with this study", Menu: "Compare", Shortcut: "Ctrl+Shift+K", Do: c.PinPrior,
			Enabled: study},
	}
}
