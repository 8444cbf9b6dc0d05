package pacs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio"
	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// dimseServer is a server that speaks DICOM's own protocol.
type dimseServer struct {
	name string
	peer dimse.Peer
	o    Options
}

// Address implements Server.
func (s *dimseServer) Address() string { return s.name }

// with does something over an association and ends it.
func (s *dimseServer) with(ctx context.Context, proposals []dimse.Proposal, do func(*dimse.Association) error) error {
	a, err := s.peer.Associate(ctx, proposals...)
	if err != nil {
		return associating(at(s.name, err))
	}
	if err := do(a); err != nil {
		a.Abort()
		return at(s.name, err)
	}
	if a.Release(ctx) != nil { // all is done; what remains is a courtesy
		a.Abort()
	}
	return nil
}

// associating names the step of what failed when the connection stood and the association did
// not.
func associating(err error) error {
	var step *StepError
	if errors.As(err, &step) && step.Step == Request {
		return &StepError{step.Server, Associate, step.Err}
	}
	return err
}

// Echo implements Server.
func (s *dimseServer) Echo(ctx context.Context) error {
	return s.with(ctx, []dimse.Proposal{dimse.Query(dimse.Verification)},
		func(a *dimse.Association) error { return a.Echo(ctx) })
}

func (q Query) keys() []dimse.Key {
	return []dimse.Key{
		dimse.AtLevel(dimse.StudyLevel),
		{Tag: tag.StudyInstanceUID, Value: q.StudyUID}, {Tag: tag.PatientID, Value: q.PatientID},
		{Tag: tag.PatientName, Value: q.namePattern()}, {Tag: tag.AccessionNumber, Value: q.Accession},
		{Tag: tag.StudyDate, Value: q.Dates}, {Tag: tag.StudyTime}, {Tag: tag.StudyDescription},
		{Tag: tag.ModalitiesInStudy, Value: strings.Join(q.Modalities, `\`)},
		{Tag: tag.NumberOfStudyRelatedInstances}, {Tag: tag.PatientBirthDate}, {Tag: tag.IssuerOfPatientID},
	}
}

// namePattern matches names that begin so, unless a person wrote a pattern (PS3.4
// C.2.2.2.4).
func (q Query) namePattern() string {
	if q.PatientName == "" || strings.ContainsAny(q.PatientName, "*?") {
		return q.PatientName
	}
	return q.PatientName + "*"
}

// fits says whether a study has one of the modalities; one that tells none may.
func (q Query) fits(s Study) bool {
	return len(q.Modalities) == 0 || len(s.Modalities) == 0 ||
		slices.ContainsFunc(s.Modalities, func(m string) bool { return slices.Contains(q.Modalities, m) })
}

// Find implements Server. What a server does not tell of studies is asked of their series.
func (s *dimseServer) Find(ctx context.Context, q Query, each func(Study) error) error {
	cut := false
	err := s.with(ctx, []dimse.Proposal{dimse.Query(dimse.StudyRootFind)}, func(a *dimse.Association) error {
		var found []Study
		err := a.Find(ctx, dimse.StudyRootFind, q.keys(), func(set dcm.Set) error {
			if q.Most > 0 && len(found) == q.Most {
				cut = true
				return dimse.ErrEnough
			}
			if len(found) == mostStudies {
				s.o.Warn(tooMany())
				return dimse.ErrEnough
			}
			if study := studyOf(set); study.UID != "" {
				found = append(found, study)
			}
			return nil
		})
		if err != nil {
			return err
		}
		refused := false
		for _, study := range found {
			if refused {
				// what the study itself tells must do
			} else if err := s.complete(ctx, a, &study); isRefused(err) {
				refused = true // and so it would the others
			} else if err != nil {
				return err
			}
			if !q.fits(study) {
				continue
			}
			if err := each(study); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && cut {
		return ErrMore
	}
	return err
}

// isRefused tells whether a server answered that it does not do what it was asked for: some
// search for studies only (PS3.4 C.4.1 has the levels of series and images besides).
func isRefused(err error) bool {
	var status *dimse.StatusError
	return errors.As(err, &status)
}

// Describe implements Server. What a server does not say of series and images stays unknown.
func (s *dimseServer) Describe(ctx context.Context, study string) (c Contents, err error) {
	err = s.with(ctx, []dimse.Proposal{dimse.Query(dimse.StudyRootFind)}, func(a *dimse.Association) error {
		list, err := seriesOf(ctx, a, study)
		if err != nil {
			return err
		}
		for _, series := range list {
			c.add(series.modality, series.part, "")
			err := a.Find(ctx, dimse.StudyRootFind, instanceKeys(study, series.uid), func(set dcm.Set) error {
				c.add("", "", set.Find(tag.ViewPosition).Text())
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if isRefused(err) {
		err = nil
	}
	return c, err
}

func studyOf(set dcm.Set) Study {
	h := dicomio.ReadHeader(set)
	return Study{UID: h.StudyUID, PatientID: h.PatientID, PatientName: h.PatientName, Accession: h.Accession,
		Date: h.StudyDate, Time: h.StudyTime, Description: h.StudyDescription,
		Modalities: set.Find(tag.ModalitiesInStudy).Texts(),
		Images:     int(set.Find(tag.NumberOfStudyRelatedInstances).Number(0)),
		BirthDate:  h.PatientBirthDate, Issuer: h.PatientIDIssuer}
}

// complete asks a study's series for what the study does not tell.
func (s *dimseServer) complete(ctx context.Context, a *dimse.Association, study *Study) error {
	if len(study.Modalities) > 0 && study.Images > 0 {
		return nil
	}
	tell := len(study.Modalities) == 0
	list, err := seriesOf(ctx, a, study.UID)
	if err != nil {
		return err
	}
	count := 0
	for _, series := range list {
		if tell && series.modality != "" && !slices.Contains(study.Modalities, series.modality) {
			study.Modalities = append(study.Modalities, series.modality)
		}
		if series.images == 0 && study.Images == 0 {
			instances, err := instancesOf(ctx, a, study.UID, series.uid)
			if err != nil {
				return err
			}
			series.images = len(instances)
		}
		count += series.images
	}
	if study.Images == 0 {
		study.Images = count
	}
	return nil
}

func seriesKeys(study string) []dimse.Key {
	return []dimse.Key{dimse.AtLevel(dimse.SeriesLevel), {Tag: tag.StudyInstanceUID, Value: study},
		{Tag: tag.SeriesInstanceUID}, {Tag: tag.Modality}, {Tag: tag.BodyPartExamined},
		{Tag: tag.NumberOfSeriesRelatedInstances}}
}

func instanceKeys(study, series string) []dimse.Key {
	return []dimse.Key{dimse.AtLevel(dimse.ImageLevel), {Tag: tag.StudyInstanceUID, Value: study},
		{Tag: tag.SeriesInstanceUID, Value: series}, {Tag: tag.SOPInstanceUID}, {Tag: tag.SOPClassUID},
		{Tag: tag.ViewPosition}}
}

// remoteSeries is a series as a server tells of it.
type remoteSeries struct {
	uid, modality, part string
	images              int
}

func seriesOf(ctx context.Context, a *dimse.Association, study string) ([]remoteSeries, error) {
	var list []remoteSeries
	err := a.Find(ctx, dimse.StudyRootFind, seriesKeys(study), func(set dcm.Set) error {
		if uid := set.Find(tag.SeriesInstanceUID).Text(); uid != "" && len(list) < mostObjects {
			list = append(list, remoteSeries{uid, set.Find(tag.Modality).Text(),
				set.Find(tag.BodyPartExamined).Text(), int(set.Find(tag.NumberOfSeriesRelatedInstances).Number(0))})
		}
		return nil
	})
	return list, err
}

// remote is an object that a server has.
type remote struct{ study, series, instance, class string }

// mostObjects bounds the list of a study's objects.
const mostObjects = 100000

func instancesOf(ctx context.Context, a *dimse.Association, study, series string) ([]remote, error) {
	var list []remote
	err := a.Find(ctx, dimse.StudyRootFind, instanceKeys(study, series), func(set dcm.Set) error {
		if uid := set.Find(tag.SOPInstanceUID).Text(); uid != "" && len(list) < mostObjects {
			list = append(list, remote{study, series, uid, set.Find(tag.SOPClassUID).Text()})
		}
		return nil
	})
	return list, err
}

// retrieval is one Get: what is missing, and what came.
type retrieval struct {
	s     *dimseServer
	into  Folder
	event func(Event)

	mu      sync.Mutex
	wanted  map[string]bool // by instance: whether it is here
	untold  bool            // the server does not list the objects; wanted are those that came
	done    int
	trouble error // the first reason why one could not be kept
}

// total is how many objects there will be; 0 where that is not known.
func (r *retrieval) total() int {
	if r.untold {
		return 0
	}
	return len(r.wanted)
}

// Get implements Server: by C-GET, or by C-MOVE where that is wanted and needed.
func (s *dimseServer) Get(ctx context.Context, study string, into Folder, event func(Event)) error {
	if err := into.Make(); err != nil {
		return err
	}
	r := &retrieval{s: s, into: into, event: event, wanted: map[string]bool{}}
	missing, whole, err := r.list(ctx, study)
	switch {
	case isRefused(err): // it is asked for the study as a whole then
		r.untold, missing, whole = true, []remote{{study: study}}, true
		err = r.getUntold(ctx, study)
	case err != nil || len(missing) == 0:
		return err
	default:
		err = r.get(ctx, missing, whole)
	}
	var lacking *dimse.NotOfferedError
	if errors.As(err, &lacking) && lacking.Class == dimse.StudyRootGet {
		if s.o.MovePort == 0 {
			return message.Errorf("%w; with a port for C-MOVE it can send the study there instead", err)
		}
		err = r.move(ctx, missing, whole)
	}
	if err != nil {
		return err
	}
	return r.complete()
}

// list asks for the objects of a study: those that are missing here, and whether that is
// all of them.
func (r *retrieval) list(ctx context.Context, study string) (missing []remote, whole bool, err error) {
	var all []remote
	err = r.s.with(ctx, []dimse.Proposal{dimse.Query(dimse.StudyRootFind)}, func(a *dimse.Association) error {
		series, err := seriesOf(ctx, a, study)
		if err != nil {
			return err
		}
		for _, one := range series {
			instances, err := instancesOf(ctx, a, study, one.uid)
			if err != nil {
				return err
			}
			all = append(all, instances...)
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = at(r.s.name, errNoStudy)
	}
	if err != nil {
		return nil, false, err
	}
	for _, o := range all {
		r.wanted[o.instance] = false
	}
	for _, o := range all {
		if r.into.Has(o.instance) {
			r.wanted[o.instance] = true
			r.done++
			path, _ := r.into.Path(o.instance) // it is there, so it is valid
			r.event(Event{Kind: Kept, Instance: o.instance, Path: path, Done: r.done, Total: len(r.wanted)})
			continue
		}
		missing = append(missing, o)
	}
	return missing, len(missing) == len(all), nil
}

var errNoStudy = message.New("it has no such study")

// take keeps an object that comes.
func (r *retrieval) take(in *dimse.Incoming) dimse.Status {
	path, status, err := r.into.Take(in)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.trouble == nil {
			r.trouble = err
		}
		r.event(Event{Kind: Failed, Instance: in.Instance, Err: err, Done: r.done, Total: r.total()})
		return status
	}
	if here, asked := r.wanted[in.Instance]; (asked || r.untold) && !here {
		r.wanted[in.Instance] = true
		r.done++
	}
	r.event(Event{Kind: Received, Instance: in.Instance, Path: path, Done: r.done, Total: r.total()})
	return status
}

// complete says what is still missing.
func (r *retrieval) complete() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	missing := 0
	for _, here := range r.wanted {
		if !here {
			missing++
		}
	}
	switch {
	case r.untold && r.trouble != nil:
		return r.trouble
	case r.untold && r.done == 0:
		return at(r.s.name, errNoStudy)
	case missing == 0:
		return nil
	case r.trouble != nil:
		return message.Errorf("%d of %d objects are missing: %w", missing, len(r.wanted), r.trouble)
	}
	return message.Errorf("%d of %d objects are missing; %s did not send them", missing, len(r.wanted), r.s.name)
}

// retrieveKeys are the identifiers that name what is missing (PS3.4 C.4.3.2): the study, or
// the objects of each series.
func retrieveKeys(missing []remote, whole bool) [][]dimse.Key {
	const most = 100 // UIDs of an identifier
	study := dimse.Key{Tag: tag.StudyInstanceUID, Value: missing[0].study}
	if whole {
		return [][]dimse.Key{{dimse.AtLevel(dimse.StudyLevel), study}}
	}
	var out [][]dimse.Key
	for len(missing) > 0 {
		n := 1
		uids := []string{missing[0].instance}
		for ; n < min(len(missing), most) && missing[n].series == missing[0].series; n++ {
			uids = append(uids, missing[n].instance)
		}
		out = append(out, []dimse.Key{dimse.AtLevel(dimse.ImageLevel), study,
			{Tag: tag.SeriesInstanceUID, Value: missing[0].series},
			{Tag: tag.SOPInstanceUID, Value: strings.Join(uids, `\`)}})
		missing = missing[n:]
	}
	return out
}

// storageProposals are the contexts in which objects of some classes can come. A peer
// chooses one transfer syntax of each context, before it knows which it needs; so each
// stands alone where there is room.
func storageProposals(missing []remote, room int) []dimse.Proposal {
	var classes []string
	for _, o := range missing {
		if dimse.IsStorage(o.class) && !slices.Contains(classes, o.class) {
			classes = append(classes, o.class)
		}
	}
	if len(classes) == 0 {
		classes = usualClasses()
	}
	syntaxes := dimse.StorageSyntaxes()
	var out []dimse.Proposal
	for i, class := range classes {
		left := room - len(out) - (len(classes) - i - 1)
		if left < len(syntaxes) {
			out = append(out, dimse.Proposal{Class: class, Syntaxes: syntaxes, Receives: true})
			continue
		}
		for _, syntax := range syntaxes {
			out = append(out, dimse.Proposal{Class: class, Syntaxes: []string{syntax}, Receives: true})
		}
	}
	return out[:min(len(out), room)]
}

// usualClasses are those of films and of what is most often said of them, for servers that do
// not tell the classes of their objects.
func usualClasses() []string {
	const computedRadiography = dcm.StandardRoot + "5.1.4.1.1.1"
	return []string{dcm.ClassDigitalXRay, computedRadiography, dcm.ClassSecondaryCapture, dcm.ClassGSPS,
		dcm.ClassComprehensive3D, dcm.ClassComprehensiveSR, dcm.ClassKeyObject}
}

// rareClasses are what else a study of films may hold (PS3.4 B.5), one context each: what is
// still missing from a server that does not tell classes is asked for in these.
func rareClasses() []dimse.Proposal {
	var out []dimse.Proposal
	for _, class := range []string{
		"1.1.1", "1.2", "1.3", "1.3.1", "2", "4", "6.1", "7.1", "7.2", "7.3", "7.4", "12.1", "12.2", "13.1.3", // pictures
		"11.2", "11.3", "11.4", "11.8", // presentation states
		"30", "66", "66.1", "66.2", "66.4", "66.5", "66.7", "67", "68.1", "90.1", // maps, masks, surfaces
		"88.11", "88.22", "88.35", "88.40", "88.50", "88.65", "88.67", "88.68", "88.71", // reports
		"104.1", "104.2", "104.3", "9.1.3", "9.2.1", "128", "481.1", "481.2", "481.3", "481.5", // documents, curves, plans
	} {
		out = append(out, dimse.Proposal{Class: dcm.StandardRoot + "5.1.4.1.1." + class,
			Syntaxes: dimse.PlainSyntaxes(), Receives: true})
	}
	return out
}

// get asks for what is missing over associations of ours. Some servers take the first
// context of a class, whatever an object is encoded in, and cannot send those of another
// syntax; these are asked for again in each syntax that the server knows, alone.
func (r *retrieval) get(ctx context.Context, missing []remote, whole bool) error {
	const most = 128 // contexts of an association (PS3.8 9.3.2.2)
	proposals := storageProposals(missing, most-1)
	accepted, err := r.getIn(ctx, proposals, retrieveKeys(missing, whole))
	for i := 0; cannotSend(err) && i < len(accepted); i++ {
		left := r.left(missing)
		if len(left) == 0 {
			break
		}
		_, err = r.getIn(ctx, inSyntax(proposals, accepted[i]), retrieveKeys(left, false))
	}
	if left := r.left(missing); cannotSend(err) && untold(left) {
		_, err = r.getIn(ctx, rareClasses(), retrieveKeys(left, false))
	}
	if cannotSend(err) && len(r.left(missing)) == 0 {
		return nil
	}
	return err
}

// getUntold asks for all of a study whose objects the server does not list, in as many kinds
// as fit into an association. What it could not send so is asked for in each transfer syntax
// alone; only then is the study as whole as it can be.
func (r *retrieval) getUntold(ctx context.Context, study string) error {
	const most = 127 // contexts besides that of the request (PS3.8 9.3.2.2)
	all := []remote{{study: study}}
	proposals := storageProposals(all, most)
	proposals = append(proposals, rareClasses()...)
	accepted, err := r.getIn(ctx, proposals[:min(len(proposals), most)], retrieveKeys(all, true))
	for i := 0; i < len(accepted) && r.lacks(err); i++ {
		_, err = r.getIn(ctx, inSyntax(proposals, accepted[i]), retrieveKeys(all, true))
	}
	if cannotSend(err) && !r.lacks(err) {
		return nil
	}
	return err
}

// lacks tells whether an answer counts objects that did not come, then or before.
func (r *retrieval) lacks(err error) bool {
	var incomplete *dimse.IncompleteError
	return cannotSend(err) && !(errors.As(err, &incomplete) && r.here() >= incomplete.Total())
}

// here counts what came.
func (r *retrieval) here() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// untold tells whether the class of an object is not known.
func untold(list []remote) bool {
	return slices.ContainsFunc(list, func(o remote) bool { return !dimse.IsStorage(o.class) })
}

// inSyntax proposes the classes of some proposals in one transfer syntax.
func inSyntax(proposals []dimse.Proposal, syntax string) (alone []dimse.Proposal) {
	for _, p := range proposals {
		known := func(o dimse.Proposal) bool { return o.Class == p.Class }
		if !slices.ContainsFunc(alone, known) {
			p.Syntaxes = []string{syntax}
			alone = append(alone, p)
		}
	}
	return alone
}

// cannotSend says whether a server did what was asked, but could not send some or all of the
// objects (PS3.4 C.4.3.1.4).
func cannotSend(err error) bool {
	const unable = 0xA702
	var incomplete *dimse.IncompleteError
	var status *dimse.StatusError
	return errors.As(err, &incomplete) || errors.As(err, &status) && status.Status == unable
}

// left are those of a list that are still missing.
func (r *retrieval) left(of []remote) []remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(of), func(o remote) bool { return r.wanted[o.instance] })
}

// getIn gets what identifiers name over one association, and gives the transfer syntaxes that
// the server accepts.
func (r *retrieval) getIn(ctx context.Context, proposals []dimse.Proposal, identifiers [][]dimse.Key) (accepted []string,
	err error) {
	all := append([]dimse.Proposal{dimse.Query(dimse.StudyRootGet)}, proposals...)
	err = r.s.with(ctx, all, func(a *dimse.Association) error {
		for _, syntax := range dimse.StorageSyntaxes() {
			takes := func(p dimse.Proposal) bool { return a.Accepts(p.Class, syntax) }
			if slices.ContainsFunc(proposals, takes) {
				accepted = append(accepted, syntax)
			}
		}
		var first error
		for _, keys := range identifiers {
			err := a.Get(ctx, dimse.StudyRootGet, keys, r.take, nil)
			if err != nil && !cannotSend(err) {
				return err
			}
			if first == nil {
				first = err
			}
		}
		return first
	})
	return accepted, err
}

// move has the server send what is missing to a port of ours.
func (r *retrieval) move(ctx context.Context, missing []remote, whole bool) error {
	l, err := net.Listen("tcp", fmt.Sprint(":", r.s.o.MovePort))
	if err != nil {
		return message.Errorf("cannot listen on port %d for C-MOVE: %w", r.s.o.MovePort, err)
	}
	ctx, stop := context.WithCancel(ctx)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop()
	receiver := &dimse.Server{Title: r.s.peer.Calling,
		Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return r.take(in) }}
	serving.Go(func() { _ = receiver.Serve(ctx, l) }) // what does not come is missed
	return r.s.with(ctx, []dimse.Proposal{dimse.Query(dimse.StudyRootMove)}, func(a *dimse.Association) error {
		for _, keys := range retrieveKeys(missing, whole) {
			if err := a.Move(ctx, dimse.StudyRootMove, r.s.peer.Calling, keys, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Send implements Server: over associations that propose each file's own class and syntax.
func (s *dimseServer) Send(ctx context.Context, files []string, event func(Event)) error {
	b := &batch{total: len(files), event: event}
	for len(files) > 0 {
		n, proposals := b.proposals(files)
		if len(proposals) == 0 {
			files = files[n:]
			continue
		}
		err := s.with(ctx, proposals, func(a *dimse.Association) error {
			for _, path := range files[:n] {
				if err := s.sendOne(ctx, a, path, b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return b.stopped(err)
		}
		files = files[n:]
	}
	return b.complete(s.name)
}

// batch is one Send: what became of the files.
type batch struct {
	event        func(Event)
	done, failed int
	total        int
	trouble      error           // the first reason
	unreadable   map[string]bool // files that are no objects, told already
}

func (b *batch) sent(instance, path string) {
	b.done++
	b.event(Event{Kind: Sent, Instance: instance, Path: path, Done: b.done, Total: b.total})
}

func (b *batch) fail(instance, path string, err error) {
	b.done++
	b.failed++
	if b.trouble == nil {
		b.trouble = err
	}
	b.event(Event{Kind: Failed, Instance: instance, Path: path, Err: err, Done: b.done, Total: b.total})
}

func (b *batch) complete(server string) error {
	if b.failed == 0 {
		return nil
	}
	return message.Errorf("%d of %d files were not sent to %s: %w", b.failed, b.total, server, b.trouble)
}

// stopped is an error after which nothing more can be sent.
func (b *batch) stopped(err error) error {
	if b.done == b.failed {
		return err
	}
	return message.Errorf("after %d of %d files: %w", b.done-b.failed, b.total, err)
}

// proposals are what the next files need of an association, and how many of them fit into
// one. Files that are no objects are told here.
func (b *batch) proposals(files []string) (n int, proposals []dimse.Proposal) {
	if b.unreadable == nil {
		b.unreadable = map[string]bool{}
	}
	const most = 128
	seen := map[[2]string]bool{}
	for _, path := range files {
		o, err := dimse.OpenObject(path)
		if err != nil {
			b.unreadable[path] = true
			b.fail("", path, err)
			n++
			continue
		}
		_ = o.Close()
		if kind := [2]string{o.Class, o.Syntax}; !seen[kind] {
			if len(proposals) == most {
				return n, proposals
			}
			seen[kind] = true
			proposals = append(proposals, o.Proposal())
		}
		n++
	}
	return n, proposals
}

// sendOne sends a file. Only errors after which the association cannot be used are returned.
func (s *dimseServer) sendOne(ctx context.Context, a *dimse.Association, path string, b *batch) error {
	if b.unreadable[path] {
		return nil
	}
	o, err := dimse.OpenObject(path)
	if err != nil {
		b.fail("", path, err)
		return nil
	}
	defer func() { _ = o.Close() }()
	err = a.Store(ctx, o)
	var status *dimse.StatusError
	var lacking *dimse.NotOfferedError
	switch {
	case err == nil:
		b.sent(o.Instance, path)
	case errors.As(err, &status), errors.As(err, &lacking):
		b.fail(o.Instance, path, err)
	default:
		return err
	}
	return nil
}
