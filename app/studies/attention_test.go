package studies

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hilum/app/apptest"
	"hilum/app/radiograph"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/internal/message"
	"hilum/internal/store"
)

// quiet is a program in which nothing else happens.
type quiet struct{}

func (quiet) Select(int)                 {}
func (quiet) CloseStudy(int)             {}
func (quiet) Busy(store.Tx) bool         { return false }
func (quiet) Known(store.Tx, int) bool   { return true }
func (quiet) Fetch(context.Context, int) {}
func (quiet) HasModel() bool             { return false }
func (quiet) ChosenClass() string        { return "" }
func (quiet) Notify(message.Message)     {}

// reader is a collection of three studies, the first of two pictures, and whoever looks
// at them.
type reader struct {
	*testing.T
	*Collection
	hub *store.Hub
}

// looks has f done by a reader, in time that passes as fast as can be.
func looks(t *testing.T, f func(r reader)) {
	synctest.Test(t, func(t *testing.T) {
		hub := store.New(func(p store.Panic) { t.Error(p.What, p.Value) })
		var c *Collection
		list := worklist.New(worklist.Config{OnChange: func() { c.Listed() }})
		c = New(Config{Hub: hub, Reading: quiet{}, List: list})
		for _, name := range []string{"a", "b", "c"} {
			i := apptest.Instance(name, nil)
			i.Header = dicomio.Header{StudyUID: name, PatientID: name}
			c.Add(i)
		}
		second := apptest.Instance("a2", nil)
		second.Header = dicomio.Header{StudyUID: "a", PatientID: "a"}
		c.Add(second)
		time.Sleep(time.Second) // the list is published
		f(reader{t, c, hub})
		hub.Close()
		list.Close()
	})
}

// opens has the picture of a name in sight.
func (r reader) opens(name string) {
	r.hub.Change(func(tx store.Tx) {
		for i, st := range r.In(tx).Studies {
			if st.Name() == name {
				r.Begin(tx, i)
				r.Show(tx, st.ID, radiograph.New(apptest.Image(0)))
			}
		}
	})
}

// seen holds which studies count as looked at against those that should.
func (r reader) seen(when string, want ...string) {
	r.Helper()
	time.Sleep(200 * time.Millisecond) // the list is published
	var got []string
	l := r.state.Get().Listed
	for i := range l.Len() {
		if row := l.Row(i); row.Seen {
			got = append(got, row.Key)
		}
	}
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		r.Errorf("%s: %q are seen, want %q", when, got, want)
	}
}

func TestSeenMeansLookedAt(t *testing.T) {
	looks(t, func(r reader) {
		r.opens("a")
		time.Sleep(time.Second)
		r.opens("b")
		r.seen("a was passed after a second")
		time.Sleep(time.Second)
		r.seen("b was in sight for 1.4 s")
		time.Sleep(200 * time.Millisecond)
		r.seen("b was in sight for 1.6 s", "b")
	})
}

func TestPicturesOfAStudyCountTogether(t *testing.T) {
	looks(t, func(r reader) {
		r.opens("a")
		time.Sleep(time.Second)
		r.opens("a2")
		time.Sleep(600 * time.Millisecond)
		r.seen("each picture was in sight for a part of 1.6 s", "a")
	})
}

func TestNothingIsLookedAtWithoutTheFocus(t *testing.T) {
	looks(t, func(r reader) {
		r.opens("a")
		time.Sleep(time.Second)
		r.Attend(false)
		time.Sleep(time.Hour)
		r.seen("the reader was away")
		r.Attend(true)
		time.Sleep(time.Second)
		r.seen("the wait begins anew")
		time.Sleep(600 * time.Millisecond)
		r.seen("the reader is back", "a")
	})
}

func TestWhatTheReaderSaysOfSeenHolds(t *testing.T) {
	looks(t, func(r reader) {
		r.opens("a")
		r.Worklist.toggleSeen()
		r.seen("marked at once", "a")
		r.Worklist.toggleSeen()
		time.Sleep(time.Hour)
		r.opens("a2")
		time.Sleep(time.Hour)
		r.seen("marked as new, and left open")
	})
}

func TestAClosedStudyIsNotLookedAt(t *testing.T) {
	looks(t, func(r reader) {
		r.opens("a")
		r.hub.Change(r.Leave)
		time.Sleep(time.Hour)
		r.seen("closed at once")
	})
}
