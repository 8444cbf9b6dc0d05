package app

import (
	"context"

	"hilum/app/answers"
	"hilum/app/foreign"
	"hilum/app/models"
	"hilum/app/readers"
	"hilum/app/records"
	"hilum/app/settings"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Blinded reading: while it is on, whatever would tell what the model says of a film is
// hidden until the reader in the chair has answered, or insists. It is hidden where it comes
// from: Findings has no result, the list no margins, the maps nothing to be made of, so that
// pages, exports and windows have nothing to show. What is decided here is whose findings are
// hidden, and what has to follow when that changes.

// blinding decides whose findings of a workstation are hidden.
type blinding struct{ w *Workstation }

func blindingOf(w *Workstation) blinding { return blinding{w} }

// newReaders has who reads; without records nobody's answers are kept, so that nothing is
// hidden until there are some.
func (w *Workstation) newReaders(blinded bool) *readers.Readers {
	if w.cfg.Records == nil {
		return readers.New(w.hub, readersLink{now{w}}, "", false)
	}
	return readers.New(w.hub, readersLink{now{w}}, w.cfg.Reader, blinded)
}

// hides tells whether the findings of a study are not to be seen yet.
func (b blinding) hides(tx store.Tx, id int) bool {
	if !b.w.Readers.In(tx).Blinded {
		return false
	}
	picture := ""
	if i := b.w.Studies.Index(tx, id); i >= 0 {
		picture = b.w.list.PictureKey(b.w.Studies.In(tx).Studies[i].Entry)
	}
	return b.w.Readers.Hides(tx, picture)
}

// hidden tells whether the findings of the current study are not to be seen yet.
func (b blinding) hidden(tx store.Tx) bool {
	id, open := b.w.Studies.Current(tx)
	return open && b.hides(tx, id)
}

// veil brings everything in line with what may be seen now.
func (b blinding) veil(tx store.Tx) {
	before := b.w.Findings.In(tx).Hidden
	b.w.History.Quietly(tx)
	b.w.list.Veil(b.w.Readers.Shown(tx).Hides)
	b.w.Findings.Veil(tx)
	switch now := b.w.Findings.In(tx).Hidden; {
	case now && !before:
		b.w.Maps.Veil(tx)
		b.w.Answers.In(tx).Chosen, b.w.Answers.In(tx).Last = "", nil
		b.w.History.Reset(tx)
		b.w.Notices.Say(tx, message.Message{})
	case before && !now:
		b.w.Maps.Follow(tx)
	}
	b.w.Answers.Veiled(tx)
	b.w.Comparison.Find(tx)
	b.w.Measure.Show(tx)
	b.w.hub.GoIn(tx, "mapping", func() {
		b.w.Maps.Want()
		b.w.Comparison.Load()
	})
}

// turned lets go of what the reader of before said and did.
func (b blinding) turned(tx store.Tx) {
	b.w.Answers.Turned(tx)
	b.w.Remarks.Turned(tx)
	b.w.History.Reset(tx)
	b.w.Measure.Drop(tx)
}

// mask takes out of a state what the features keep but hidden findings would be told by.
func (st *State) mask() {
	st.Measure = st.Measure.Seen()
	if st.FindingsState.Hidden {
		st.ForeignState = ForeignState{Foreign: foreign.About{Hidden: st.Foreign.Hidden}}
		st.Mapping, st.Method.Maps, st.Map.On = false, nil, false
	}
}

// Asked is the film and the model of the state, for what is said of a film whose findings are
// hidden; see answers.Asked.
func (st *State) Asked() answers.Asked {
	q := answers.Asked{Study: -1, Model: modelInUse(st.Model)}
	if st.Current >= 0 && st.Current < len(st.Studies) {
		q.Study = st.Studies[st.Current].ID
	}
	return q
}

// Unanswered is how many of the classes in sight have no answer yet.
func (st *State) Unanswered() (n int) {
	for _, r := range st.Rows {
		if _, ok := st.Answers[r.Class]; !ok {
			n++
		}
	}
	return n
}

type readersLink struct{ now }

func (l readersLink) Later(f func(ctx context.Context, s *records.Store) error) bool {
	return l.w.Answers.Later(f)
}

func (l readersLink) Model(tx store.Tx) records.ModelID { return blindingOf(l.w).using(tx) }
func (l readersLink) Turned(tx store.Tx)                { blindingOf(l.w).turned(tx) }
func (l readersLink) Veiled(tx store.Tx)                { blindingOf(l.w).veil(tx) }

func (l readersLink) KeepBlinded(on bool) {
	if err := l.w.Settings.SetPreferences(func(p *settings.Preferences) { p.Blinded = on }); err != nil {
		l.w.Notices.Fail(err)
	}
}

// using is the model in use by file and preprocessing: what of it was seen does not depend on
// its thresholds.
func (b blinding) using(tx store.Tx) records.ModelID { return modelInUse(b.w.Models.In(tx).Model) }

func modelInUse(m models.Model) records.ModelID {
	if m.Open {
		return records.ModelID{SHA256: m.SHA256, Prep: m.Prep.Hash()}
	}
	return records.ModelID{}
}

func (l answersLink) Hidden(tx store.Tx) bool               { return blindingOf(l.w).hidden(tx) }
func (l answersLink) Reader(tx store.Tx) string             { return l.w.Readers.Key(tx) }
func (l answersLink) Using(tx store.Tx) records.ModelID     { return blindingOf(l.w).using(tx) }
func (l answersLink) Revealed(tx store.Tx, v records.Sight) { l.w.Readers.Revealed(tx, v) }

// Scored is the result of the current study, whether it may be seen or not.
func (l answersLink) Scored(tx store.Tx) *inference.Result {
	if id, open := l.Current(tx); open {
		return l.w.Findings.Of(tx, id)
	}
	return nil
}

func (l answersLink) Hides() (hides func(picture string) bool) {
	l.w.hub.Look(func(tx store.Tx) { hides = l.w.Readers.Shown(tx).Hides })
	return hides
}

func (l answersLink) Blinded() (is bool) {
	l.w.hub.Look(func(tx store.Tx) { is = l.w.Readers.In(tx).Blinded })
	return is
}

func (l answersLink) Follow(ctx context.Context, s *records.Store) error {
	return l.w.Readers.Read(ctx, s)
}

// Opened takes over what the records know of the picture on the screen.
func (l answersLink) Opened(ctx context.Context, s *records.Store, im *dicomio.Image, p records.Picture) error {
	l.w.hub.Change(func(tx store.Tx) {
		e := l.w.Studies.Entry(tx)
		if e == nil || l.Image(tx) != im || l.w.list.PictureKey(e) == p.Key() {
			return
		}
		l.w.list.Know(e, p.Key())
		if l.w.Findings.In(tx).Hidden != blindingOf(l.w).hidden(tx) {
			blindingOf(l.w).veil(tx)
		}
	})
	return l.w.Remarks.Read(ctx, s, im, p)
}

// Seen is what is on the screen, for the audit log.
func (l answersLink) Seen() (seen answers.Seen) {
	l.w.hub.Look(func(tx store.Tx) {
		st := l.w.stateIn(tx)
		seen = answers.Seen{Reader: l.w.Readers.Key(tx), Result: l.Scored(tx), Open: st.Shown() && !st.Blinded,
			Map: answers.ShownMap{Class: st.Map.Class, PerMap: st.Map.PerMap, Signed: st.Map.Signed}}
		if st.Model.Open {
			seen.Model = st.Model.SHA256
		}
		if st.Picture != nil {
			seen.Image = st.Picture.Image
		}
		seen.Mapped = st.Map.Shown() && st.Result != nil && st.Result.Maps != nil
	})
	return seen
}

func (l findingsLink) Hides(tx store.Tx, id int) bool { return blindingOf(l.w).hides(tx, id) }
func (l mapsLink) Hidden(tx store.Tx) bool            { return blindingOf(l.w).hidden(tx) }
func (l foreignLink) Hidden(tx store.Tx) bool         { return blindingOf(l.w).hidden(tx) }

func (l measureLink) Reader(tx store.Tx) (key string, alone bool) {
	return l.w.Readers.Key(tx), blindingOf(l.w).hidden(tx)
}
