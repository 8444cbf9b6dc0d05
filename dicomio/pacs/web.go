package pacs

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/dicomweb"
	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// webServer is a server that speaks DICOM web services.
type webServer struct {
	name   string
	client *dicomweb.Client
	o      Options
}

// Address implements Server.
func (s *webServer) Address() string { return s.name }

// Echo implements Server. Web services have no verification; a search of one result is the
// least that can be asked.
func (s *webServer) Echo(ctx context.Context) error {
	err := s.client.Search(ctx, "/studies", nil, tag.StudyInstanceUID,
		func(dicomweb.Object) error { return dicomweb.ErrEnough })
	return at(s.name, err)
}

func (q Query) values() url.Values {
	v := url.Values{"includefield": {strings.Join([]string{dicomweb.Key(tag.StudyDescription),
		dicomweb.Key(tag.ModalitiesInStudy), dicomweb.Key(tag.NumberOfStudyRelatedInstances),
		dicomweb.Key(tag.PatientBirthDate), dicomweb.Key(tag.IssuerOfPatientID)}, ",")}}
	for key, value := range map[string]string{"StudyInstanceUID": q.StudyUID, "PatientID": q.PatientID,
		"PatientName": q.namePattern(), "AccessionNumber": q.Accession, "StudyDate": q.Dates,
		"ModalitiesInStudy": strings.Join(q.Modalities, ",")} {
		if value != "" {
			v.Set(key, value)
		}
	}
	return v
}

// Find implements Server.
func (s *webServer) Find(ctx context.Context, q Query, each func(Study) error) error {
	n, cut := 0, false
	err := s.client.Search(ctx, "/studies", q.values(), tag.StudyInstanceUID, func(o dicomweb.Object) error {
		if q.Most > 0 && n == q.Most {
			cut = true
			return dicomweb.ErrEnough
		}
		if n == mostStudies {
			s.o.Warn(tooMany())
			return dicomweb.ErrEnough
		}
		n++
		study := Study{UID: o.Text(tag.StudyInstanceUID), PatientID: o.Text(tag.PatientID),
			PatientName: o.Text(tag.PatientName), Accession: o.Text(tag.AccessionNumber), Date: o.Text(tag.StudyDate),
			Time: o.Text(tag.StudyTime), Description: o.Text(tag.StudyDescription),
			Modalities: o.Texts(tag.ModalitiesInStudy), Images: o.Int(tag.NumberOfStudyRelatedInstances, 0),
			BirthDate: o.Text(tag.PatientBirthDate), Issuer: o.Text(tag.IssuerOfPatientID)}
		if !q.fits(study) {
			return nil
		}
		return each(study)
	})
	if err == nil && cut {
		return ErrMore
	}
	return at(s.name, err)
}

// Describe implements Server.
func (s *webServer) Describe(ctx context.Context, study string) (c Contents, err error) {
	if _, err := (Folder{}).Path(study); err != nil { // it stands in an address
		return c, at(s.name, errNoStudy)
	}
	v := url.Values{"includefield": {strings.Join([]string{dicomweb.Key(tag.Modality),
		dicomweb.Key(tag.BodyPartExamined), dicomweb.Key(tag.ViewPosition)}, ",")}}
	n := 0
	err = s.client.Search(ctx, "/studies/"+study+"/instances", v, tag.SOPInstanceUID, func(o dicomweb.Object) error {
		c.add(o.Text(tag.Modality), o.Text(tag.BodyPartExamined), o.Text(tag.ViewPosition))
		if n++; n == mostDescribed {
			return dicomweb.ErrEnough
		}
		return nil
	})
	return c, at(s.name, err)
}

// mostDescribed bounds the images of a study that are asked what they show: a study of films
// has a few.
const mostDescribed = 200

// Get implements Server. Where nothing is here the study comes in one answer; otherwise its
// missing objects come one by one.
func (s *webServer) Get(ctx context.Context, study string, into Folder, event func(Event)) error {
	if err := into.Make(); err != nil {
		return err
	}
	if _, err := into.Path(study); err != nil { // it stands in an address
		return at(s.name, errNoStudy)
	}
	g := &webRetrieval{into: into, event: event, wanted: map[string]bool{}}
	missing, err := g.list(ctx, s, study)
	if err != nil {
		return at(s.name, err)
	}
	switch {
	case len(g.wanted) == 0:
		return at(s.name, errNoStudy)
	case len(missing) == 0:
		return nil
	case len(missing) == len(g.wanted):
		err = s.client.Retrieve(ctx, "/studies/"+study, g.take)
	default:
		err = g.single(ctx, s, missing)
	}
	if err != nil {
		return at(s.name, err)
	}
	return g.complete(s.name)
}

// webRetrieval is one Get.
type webRetrieval struct {
	into   Folder
	event  func(Event)
	wanted map[string]bool // by instance: whether it is here
	done   int
}

// list asks for the objects of a study, as paths of those that are missing here.
func (g *webRetrieval) list(ctx context.Context, s *webServer, study string) (missing []string, err error) {
	var all [][2]string
	err = s.client.Search(ctx, "/studies/"+study+"/instances", nil, tag.SOPInstanceUID, func(o dicomweb.Object) error {
		instance, series := o.Text(tag.SOPInstanceUID), o.Text(tag.SeriesInstanceUID)
		if len(all) < mostObjects {
			all = append(all, [2]string{series, instance})
			g.wanted[instance] = false
		}
		return nil
	})
	var status *dicomweb.StatusError
	if errors.As(err, &status) && status.Status == 404 { // as some say that there is none
		err = errNoStudy
	}
	for _, o := range all {
		if g.into.Has(o[1]) {
			g.here(Kept, o[1])
			continue
		}
		missing = append(missing, "/studies/"+study+"/series/"+o[0]+"/instances/"+o[1])
	}
	return missing, err
}

func (g *webRetrieval) here(kind EventKind, instance string) {
	if here, asked := g.wanted[instance]; asked && !here {
		g.done++
	}
	g.wanted[instance] = true
	path, _ := g.into.Path(instance) // it lies there, so it is valid
	g.event(Event{Kind: kind, Instance: instance, Path: path, Done: g.done, Total: len(g.wanted)})
}

// single fetches objects one by one.
func (g *webRetrieval) single(ctx context.Context, s *webServer, paths []string) error {
	for _, path := range paths {
		if err := s.client.Retrieve(ctx, path, g.take); err != nil {
			return err
		}
	}
	return nil
}

// headOfObject is how much of an object is read to see which it is.
const headOfObject = 32 << 10

// take keeps an object.
func (g *webRetrieval) take(p dicomweb.Part) error {
	head := make([]byte, headOfObject)
	n, err := io.ReadFull(p, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	said, _, err := dcm.ReadHead(dcm.InMemory(head))
	if err != nil {
		return message.Errorf("it sent something that is no DICOM object: %w", err)
	}
	_, err = g.into.Keep(said.Instance, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		_, err := io.Copy(w, p)
		return err
	})
	if err == nil {
		g.here(Received, said.Instance)
	}
	return err
}

func (g *webRetrieval) complete(server string) error {
	missing := 0
	for _, here := range g.wanted {
		if !here {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	return message.Errorf("%d of %d objects are missing; %s did not send them", missing, len(g.wanted), server)
}

const (
	// batchFiles and batchBytes bound what is sent in one request: what a broken connection
	// takes with it.
	batchFiles = 50
	batchBytes = 256 << 20
)

// Send implements Server.
func (s *webServer) Send(ctx context.Context, files []string, event func(Event)) error {
	b := &batch{total: len(files), event: event}
	for len(files) > 0 {
		n, parts := b.next(files)
		files = files[n:]
		if len(parts) == 0 {
			continue
		}
		var writes []func(io.Writer) error
		for _, p := range parts {
			writes = append(writes, p.write)
		}
		done, err := s.client.Store(ctx, writes)
		if err != nil {
			return b.stopped(at(s.name, err))
		}
		for _, p := range parts {
			if reason, failed := done.Failed[p.instance]; failed {
				b.fail(p.instance, p.path, &dimse.StatusError{Operation: "STOW-RS", Status: dimse.Status(reason)})
			} else if done.Silent || done.Kept[p.instance] {
				b.sent(p.instance, p.path)
			} else {
				b.fail(p.instance, p.path, message.New("the server did not say that it kept the object"))
			}
		}
	}
	return b.complete(s.name)
}

// part is a file of a request.
type part struct{ path, instance string }

// next are the files of the next request, and how many of the list they are. Files that are
// no objects are told here.
func (b *batch) next(files []string) (n int, parts []part) {
	size := int64(0)
	for ; n < len(files) && len(parts) < batchFiles && size < batchBytes; n++ {
		o, err := dimse.OpenObject(files[n])
		if err != nil {
			b.fail("", files[n], err)
			continue
		}
		size += o.Size()
		parts = append(parts, part{files[n], o.Instance})
		_ = o.Close()
	}
	return n, parts
}

func (p part) write(w io.Writer) error {
	f, err := regular.Open(p.path)
	if err != nil {
		return message.Errorf("cannot read %s: %w", p.path, err)
	}
	defer func() { _ = f.Close() }()
	_, err = io.Copy(w, f)
	return err
}
