// Package app is the program without its window. Its core type is [Workstation]: the
// features of a reading, each in a room of its own with its state, its commands and its
// words, behind one lock. What crosses features is written here and nowhere else:
// selecting and closing a study (selecting.go), opening a model (opening.go), what each
// feature sees of the others (links.go). It knows no toolkit; the desktop program draws
// the state and calls the commands, and tests do the same without a display. It imports
// the features, inference, dicomio and internal/store.
package app

import (
	"context"
	"fmt"
	"time"

	"hilum/app/answers"
	"hilum/app/archives"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/export"
	"hilum/app/findings"
	"hilum/app/foreign"
	"hilum/app/history"
	"hilum/app/inbox"
	"hilum/app/measure"
	"hilum/app/models"
	"hilum/app/notice"
	"hilum/app/readers"
	"hilum/app/records"
	"hilum/app/recovery"
	"hilum/app/remarks"
	"hilum/app/servers"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/thumbnail"
	"hilum/app/tour"
	"hilum/app/viewport"
	"hilum/app/worklist"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Config says what a workstation works with. Everything may be left out: without an
// engine pictures still open.
type Config struct {
	// OpenEngine loads the runtime; nil for none. It is called once, in the
	// background.
	OpenEngine func() (inference.Engine, error)
	// LoadModel reads the model to open on the engine; nil for none.
	LoadModel func() (inference.Source, error)
	// Sources are where pictures can come from; nil is scan.Sources.
	Sources scan.Registry
	// Annotations keeps what is drawn on pictures; nil is Records, and without
	// those it is kept only while the program runs.
	Annotations measure.Store
	// Dir is the folder for preferences; "" keeps nothing.
	Dir string
	// Fetched is the folder for what is fetched from servers; "" fetches nothing.
	Fetched string
	// Bare has a start without files open nothing, not even the demo studies.
	Bare bool
	// Records keeps answers and the audit log; nil keeps none. Whoever made it
	// closes it, after the workstation.
	Records *records.Store
	// Reader is the key of who answers where the records name nobody; "" is the system's user.
	Reader string
	// Findings are the sets of findings that models may speak; nil is findingset.Sets.
	Findings findingset.Registry
	// Methods are the ways in which maps can be computed, besides the model's own; nil
	// is saliency.Methods.
	Methods saliency.Registry
	// Forms are those in which pictures can leave the program; nil is export.Standard.
	Forms export.Forms
	// Trace is told of milestones ("picture", "findings"); nil for nobody.
	Trace func(milestone string)
}

// Workstation is the features of the program. All methods, its own and theirs, may be
// called from any goroutine and return at once unless they say otherwise; work goes on in
// goroutines that Close waits for.
type Workstation struct {
	Studies    *studies.Collection
	Viewport   *viewport.Viewport
	Comparison *viewport.Comparison
	Findings   *findings.List
	Maps       *classmap.Overlay
	Measure    *measure.Marker
	Answers    *answers.Answers
	Readers    *readers.Readers
	Remarks    *remarks.Remarks
	Foreign    *foreign.Results
	History    *history.History
	Models     *models.Models
	Exports    *export.Exports
	Settings   *settings.Settings
	Tour       *tour.Tour
	Thumbnails *thumbnail.Shelf
	Notices    *notice.Notices
	Recovery   *recovery.Recovery
	Archives   *archives.Archives
	Inbox      *inbox.Inbox

	cfg      Config
	hub      *store.Hub
	list     *worklist.List
	commands command.Registry
}

// New makes a workstation with nothing open.
func New(cfg Config) *Workstation {
	cfg = cfg.whole()
	w := &Workstation{cfg: cfg}
	w.hub = store.New(w.failed)
	p, unread := settings.Open(cfg.Dir, time.Now())
	w.Foreign = foreign.New(w.hub, foreignLink{now{w}})
	sources := cfg.Sources.Objects(w.Foreign.Take)
	w.list = worklist.New(worklist.Config{Records: cfg.Records, Sources: sources,
		OnChange: func() { w.Studies.Listed() }})
	w.Notices = notice.New(w.hub)
	w.Models = models.New(w.hub, cfg.Findings)
	w.Studies = studies.New(studies.Config{Hub: w.hub, Reading: studiesLink{now{w}}, Sources: sources,
		List: w.list})
	w.Viewport = viewport.New(w.hub, viewportLink{now{w}}, p.Corners)
	w.Comparison = viewport.NewComparison(w.hub, w.Viewport, comparisonLink{now{w}})
	w.Findings = findings.New(w.hub, findingsLink{now{w}},
		findings.Choices{Sort: p.Sort, Details: p.Details})
	w.Maps = classmap.NewOverlay(w.hub, mapsLink{now{w}}, cfg.Methods,
		classmap.Map{Opacity: p.Opacity, PerMap: p.PerMap, Signed: p.Signed, Colours: p.Colours})
	w.Measure = measure.New(w.hub, measureLink{now{w}}, cfg.Annotations)
	w.Answers = answers.New(w.hub, answersLink{now{w}}, cfg.Records)
	w.Readers = w.newReaders(p.Blinded)
	w.Remarks = remarks.New(w.hub, remarksLink{now{w}})
	w.Exports = export.New(exportsLink{w}, cfg.Records, cfg.Forms, cfg.Findings)
	w.Settings = settings.New(w.hub, settingsLink{now{w}}, cfg.Dir, p)
	w.Tour = tour.New(w.hub, w.tourEnded)
	w.Thumbnails = thumbnail.New(w.hub, w.list.Rested)
	w.Recovery = recovery.New(w.hub, recoveryLink{now{w}}, cfg.Dir)
	w.Archives = archives.New(archives.Config{Hub: w.hub, Reading: archivesLink{now{w}}, Book: servers.In(cfg.Dir),
		Dir: cfg.Fetched})
	w.Inbox = inbox.New(w.hub, inboxLink{now{w}})
	w.hub.Look(w.Findings.Arrange)
	w.History = history.New(w.hub, historyLink{now{w}})
	w.commands.Register(w.builtIn()...)
	w.hub.Look(func(tx store.Tx) { w.list.Veil(w.Readers.Shown(tx).Hides) })
	w.Answers.Start()
	if !unread.IsZero() {
		w.Notify(unread)
	}
	return w
}

// whole is the configuration with what was left out.
func (c Config) whole() Config {
	if c.Sources == nil {
		c.Sources = scan.Sources()
	}
	if c.Annotations == nil && c.Records != nil {
		c.Annotations = c.Records
	}
	if c.Trace == nil {
		c.Trace = func(string) {}
	}
	if c.Methods == nil {
		c.Methods = saliency.Methods()
	}
	if c.Reader == "" {
		c.Reader = settings.ReaderName()
	}
	return c
}

// Subscribe has f called after every change of the state, on any goroutine and
// with no lock held. f must be quick. cancel ends it.
func (w *Workstation) Subscribe(f func()) (cancel func()) { return w.hub.Subscribe(f) }

// Context ends when the workstation closes; work beside the window watches it.
func (w *Workstation) Context() context.Context { return w.hub.Context() }

// failed makes a message of a panic, and the place goes to the trace, instead of the end
// of the program.
func (w *Workstation) failed(p store.Panic) {
	w.cfg.Trace(fmt.Sprintf("panic while %s: %v\n%s", p.What, p.Value, p.Stack))
	w.Notify(message.Of("Something went wrong while %s: %v. The other studies are not affected.", p.What, p.Value))
}

// Guard runs f; a panic in it becomes a message to the reader. what names the work for
// the message, as "opening a study".
func (w *Workstation) Guard(what string, f func()) { w.hub.Guard(what, f) }

// Notify shows one sentence to the reader.
func (w *Workstation) Notify(m message.Message) { w.Notices.Notify(m) }

// Fail shows the reader an error as one sentence.
func (w *Workstation) Fail(err error) { w.Notices.Fail(err) }

// Conclude shows the reader what was done, or why it was not.
func (w *Workstation) Conclude(done message.Message, err error) {
	if err != nil {
		w.Notices.Fail(err)
		return
	}
	w.Notices.Tell(done)
}

// Resume opens the files that are named, or what was open; see recovery.Recovery. The inbox of
// the last time is followed again.
func (w *Workstation) Resume(paths ...string) {
	w.Recovery.Resume(paths...)
	if folder := w.Settings.Preferences().Inbox; folder != "" {
		w.Inbox.Follow(folder)
	}
}

// Close ends all work, waits for it, and closes model and engine.
func (w *Workstation) Close() error {
	w.hub.Close()
	w.list.Close()
	w.Settings.Save()
	w.Recovery.End()
	return w.Models.Close()
}

// tourEnded remembers that the tour was offered.
func (w *Workstation) tourEnded() {
	if err := w.Settings.SetPreferences(func(p *settings.Preferences) { p.TourSeen = true }); err != nil {
		w.Notices.Fail(err)
	}
}
