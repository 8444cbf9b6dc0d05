package archives

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"hilum/dicomio"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Search is what a reader looks for. Empty fields match everything.
type Search struct {
	Server              string // its name
	Name, ID, Accession string
	From, To            string // days, as a person writes them
	Modality            string // one or several, with commas between them
	View                View
}

// View is which views a study has, where its server tells that.
type View string

// The views.
const (
	AnyView     View = ""
	PAView      View = "PA"
	APView      View = "AP"
	LateralView View = "lateral"
)

// Views lists them.
func Views() []View { return []View{AnyView, PAView, APView, LateralView} }

// has tells whether one of some views is it.
func (v View) has(views []string) bool {
	want := map[View]dicomio.Projection{PAView: dicomio.ProjectionPA, APView: dicomio.ProjectionAP,
		LateralView: dicomio.ProjectionLateral}[v]
	return slices.ContainsFunc(views, func(view string) bool {
		h := dicomio.Header{ViewPosition: view}
		return h.Projection() == want
	})
}

// ParseDay reads a day as people write it, 2026-11-30, 20261130, 30.11.2026 or 30/11/2026, as
// YYYYMMDD; "" is "".
func ParseDay(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	for _, form := range []string{"2006-01-02", "20060102", "2.1.2006", "2/1/2006"} {
		if day, err := time.Parse(form, text); err == nil {
			return day.Format("20060102"), nil
		}
	}
	return "", message.Errorf("%q is no day; write it as 2026-11-30 or 30.11.2026", text)
}

// page is how many studies are listed at first, and more each time.
const page = 100

// query is the search as servers are asked.
func (s Search) query() (q pacs.Query, err error) {
	if s.Server == "" {
		return q, message.New("choose a server; the preferences keep a list of them")
	}
	q = pacs.Query{PatientID: strings.TrimSpace(s.ID), Accession: strings.TrimSpace(s.Accession),
		PatientName: namePattern(s.Name)}
	from, err := ParseDay(s.From)
	if err != nil {
		return q, err
	}
	to, err := ParseDay(s.To)
	if err != nil {
		return q, err
	}
	switch {
	case from != "" && to != "" && from > to:
		return q, message.Errorf("%s is after %s", s.From, s.To)
	case from != "" && from == to:
		q.Dates = from
	case from != "" || to != "":
		q.Dates = from + "-" + to
	}
	for m := range strings.FieldsFuncSeq(strings.ToUpper(s.Modality), func(r rune) bool { return r == ',' || r == ' ' }) {
		q.Modalities = append(q.Modalities, m)
	}
	for _, text := range []string{q.PatientID, q.PatientName, q.Accession, strings.Join(q.Modalities, "")} {
		if strings.ContainsAny(text, "\\\r\n\t\x00") || len(text) > longest {
			return q, message.Errorf("what is searched for has at most %d characters, and no backslash", longest)
		}
	}
	return q, nil
}

// longest bounds what is searched for (PS3.5 6.2: 64 characters in most).
const longest = 64

// namePattern writes a name as people do, "Muster, Erika" or "Muster Erika", as DICOM does.
func namePattern(name string) string {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "^") {
		return name
	}
	family, given, found := strings.Cut(name, ",")
	if !found {
		family, given, found = strings.Cut(name, " ")
	}
	if !found {
		return name
	}
	return strings.TrimSpace(family) + "^" + strings.TrimSpace(given)
}

// Search asks a server which studies match, in the background. The error says what is wrong
// with the search itself.
func (a *Archives) Search(s Search) error {
	q, err := s.query()
	if err != nil {
		return err
	}
	a.ask(s, q, page)
	return nil
}

// More asks for more of the last search.
func (a *Archives) More() {
	s, most := Search{}, 0
	a.hub.Look(func(tx store.Tx) { s, most = a.state.In(tx).Archive.Asked, a.most })
	if q, err := s.query(); err == nil {
		a.ask(s, q, most+page)
	}
}

// StopSearch ends the search that is on.
func (a *Archives) StopSearch() {
	a.change(func(_ store.Tx, s *Archive) {
		a.stop()
		a.asked++
		s.Searching = false
	})
}

func (a *Archives) ask(s Search, q pacs.Query, most int) {
	q.Most = most
	a.change(func(tx store.Tx, now *Archive) {
		a.stop()
		ctx, stop := context.WithCancel(a.hub.Context())
		a.stop, a.most = stop, most
		a.asked++
		asked := a.asked
		if s != now.Asked || most == page {
			now.Results = nil
		}
		now.Asked, now.Searching, now.Answered, now.More = s, true, false, false
		now.Failure, now.Warning = message.Message{}, message.Message{}
		a.hub.GoIn(tx, "searching a server", func() {
			defer stop()
			got := a.find(ctx, s, q)
			a.change(func(tx store.Tx, now *Archive) {
				if a.asked == asked {
					got.into(now)
					for i := range now.Results {
						now.Results[i].Here = a.here(tx, now.Results[i].Study)
					}
				}
			})
		})
	})
}

// answer is what became of a search.
type answer struct {
	found   []pacs.Study
	more    bool
	warning message.Message
	err     error
}

func (g answer) into(now *Archive) {
	now.Searching = false
	if g.err != nil {
		now.Failure = message.Sentence(g.err)
		return
	}
	slices.SortStableFunc(g.found, func(a, b pacs.Study) int { return strings.Compare(b.Date+b.Time, a.Date+a.Time) })
	now.Results = make([]Result, len(g.found))
	for i, study := range g.found {
		now.Results[i].Study = study
	}
	now.Answered, now.More, now.Warning = true, g.more, g.warning
}

// find asks the server.
func (a *Archives) find(ctx context.Context, s Search, q pacs.Query) (g answer) {
	g.err = a.with(s.Server, func(m message.Message) { g.warning = m }, func(server pacs.Server) error {
		err := server.Find(ctx, q, func(study pacs.Study) error {
			g.found = append(g.found, study)
			return ctx.Err()
		})
		if g.more = errors.Is(err, pacs.ErrMore); err != nil && !g.more {
			return err
		}
		if s.View != AnyView {
			return g.ofView(ctx, server, s.View)
		}
		return nil
	})
	return g
}

// ofView keeps the studies of a view, and those whose server does not tell.
func (g *answer) ofView(ctx context.Context, server pacs.Server, v View) error {
	untold := 0
	var kept []pacs.Study
	for _, study := range g.found {
		contents, err := server.Describe(ctx, study.UID)
		if err != nil {
			return err
		}
		if len(contents.Views) == 0 {
			untold++
		} else if !v.has(contents.Views) {
			continue
		}
		kept = append(kept, study)
	}
	g.found = kept
	if untold > 0 {
		g.warning = message.Of("The server does not tell the views of %d of these studies; they are listed too.", untold)
	}
	return nil
}
