package archives

import (
	"context"
	"errors"
	"slices"
	"strings"

	"hilum/dicomio"
	"hilum/dicomio/pacs"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/internal/store"
)

// mostPriors is how many earlier studies are fetched by themselves: hanging shows two, and one
// more is at hand.
const mostPriors = 3

// mostAsked bounds the studies of a patient that are looked through.
const mostAsked = 200

// identity is who a patient is, as far as that is told.
type identity struct{ id, issuer, birth string }

func identityOf(h *dicomio.Header) identity {
	return identity{h.PatientID, h.PatientIDIssuer, h.PatientBirthDate}
}

// agreement is whether two identities are of one person.
type agreement int

const (
	samePerson agreement = iota
	doubtful             // something is told on one side only, or on neither
	otherPerson
)

// agrees compares two identities. Number and birth date must be told and be the same; so must
// be who gave the number, unless neither tells it: two hospitals give the same numbers.
func (p identity) agrees(q identity) agreement {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case differ(p.id, q.id), differ(p.issuer, q.issuer), differ(p.birth, q.birth):
		return otherPerson
	case p.id == "" || p.id != q.id, p.birth == "" || p.birth != q.birth, p.issuer != q.issuer:
		return doubtful
	}
	return samePerson
}

// Want asks, where the reader wants it, for the earlier studies of the patient on the screen,
// within a transaction. Each study is looked at once.
func (a *Archives) Want(tx store.Tx, h *dicomio.Header) {
	if h.StudyUID == "" || h.PatientID == "" || h.StudyDate == "" || a.looked[h.StudyUID] {
		return
	}
	of := *h
	a.hub.GoIn(tx, "looking for earlier films", func() {
		wanted, server := a.reading.Priors()
		if server == "" {
			server = a.cache.origin(of.StudyUID)
		}
		if !wanted || server == "" {
			return
		}
		first := false
		a.hub.Look(func(store.Tx) {
			first = !a.looked[of.StudyUID]
			a.looked[of.StudyUID] = true
		})
		if first {
			a.priors(a.hub.Context(), server, &of)
		}
	})
}

// priors finds the earlier studies and puts them into the queue, the newest first.
func (a *Archives) priors(ctx context.Context, named string, h *dicomio.Header) {
	err := a.with(named, nil, func(server pacs.Server) error {
		list, others, err := earlier(ctx, server, h)
		if others > 0 {
			a.reading.Notify(message.Of("Earlier studies (%d) under this patient's number were not fetched: another birth date, or another issuer of the number, stands there.", others))
		}
		for _, study := range list {
			a.queue(Retrieval{Server: named, Study: study, Prior: true}, &delivery{refuse: ofPatient(h)})
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.hub.Look(func(store.Tx) { delete(a.looked, h.StudyUID) }) // it is tried again
		a.reading.Notify(message.Sentence(message.Errorf("earlier films were not looked for: %w", err)))
	}
}

// ofPatient refuses films of others than the patient of a film, by what their files tell: a
// server may not tell all.
func ofPatient(h *dicomio.Header) func(*scan.Instance) error {
	who := identityOf(h)
	return func(film *scan.Instance) error {
		switch who.agrees(identityOf(&film.Header)) {
		case otherPerson:
			return message.New("an earlier study under this patient's number is of another patient by its birth date or by who gave the number; it is not shown")
		case doubtful:
			return message.New("an earlier study under this patient's number does not tell birth date and issuer as this one does; it is not shown by itself, open it from the server to see it")
		}
		return nil
	}
}

// earlier are the studies of a patient from before a film that show the same part in the same
// way, the newest first, then those whose server does not tell enough of whose they are, and
// how many there are of others under that number.
func earlier(ctx context.Context, server pacs.Server, h *dicomio.Header) (list []pacs.Study, others int, err error) {
	q := pacs.Query{PatientID: h.PatientID, Dates: "-" + h.StudyDate, Most: mostAsked}
	var all, unsure []pacs.Study
	err = server.Find(ctx, q, func(s pacs.Study) error { all = append(all, s); return ctx.Err() })
	if err != nil && !errors.Is(err, pacs.ErrMore) {
		return nil, 0, err
	}
	slices.SortStableFunc(all, func(a, b pacs.Study) int { return strings.Compare(b.Date+b.Time, a.Date+a.Time) })
	who := identityOf(h)
	for _, s := range all {
		if s.UID == h.StudyUID || s.Date == "" || s.Date > h.StudyDate ||
			s.Date == h.StudyDate && s.Time >= h.StudyTime || s.PatientID != h.PatientID {
			continue
		}
		into := &list
		switch who.agrees(identity{s.PatientID, s.Issuer, s.BirthDate}) {
		case otherPerson:
			others++
			continue
		case doubtful: // their files tell more
			into = &unsure
		}
		if len(*into) == mostPriors || !sameKind(h.Modality, s.Modalities) {
			continue
		}
		contents, err := server.Describe(ctx, s.UID)
		if err != nil {
			return nil, others, err
		}
		if samePart(h.BodyPart, contents.BodyParts) {
			*into = append(*into, s)
		}
	}
	return append(list, unsure...), others, nil
}

// sameKind tells whether one of some modalities makes the same kind of picture: computed and
// direct radiography both make films. A study that tells none may.
func sameKind(modality string, of []string) bool {
	films := []string{"CR", "DX", "RG", "DR"}
	alike := func(m string) bool {
		return m == modality || slices.Contains(films, m) && slices.Contains(films, modality)
	}
	return len(of) == 0 || slices.ContainsFunc(of, alike)
}

// samePart tells whether one of some body parts is that of a film. Where one side does not
// tell it, it may be.
func samePart(part string, of []string) bool {
	chest := func(p string) bool {
		p = strings.ToUpper(p)
		return strings.Contains(p, "CHEST") || strings.Contains(p, "THORAX") || strings.Contains(p, "LUNG")
	}
	return part == "" || len(of) == 0 || slices.ContainsFunc(of, func(o string) bool {
		return strings.EqualFold(o, part) || chest(o) && chest(part)
	})
}
