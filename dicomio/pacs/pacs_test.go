package pacs_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/pacs"
	"hilum/internal/peertest"
)

const study = "1.2.826.0.1.3680043.8.498.79"

func open(t *testing.T, address string, o pacs.Options) pacs.Server {
	t.Helper()
	s, err := pacs.Open(address, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dicomAddress(s *peertest.Server) string {
	return fmt.Sprintf("dicom://%s@%s", s.Title, peertest.Address(s.DICOM))
}

func fingerprint(t *testing.T, path string) string {
	t.Helper()
	im, err := dicomio.Decode(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return im.Fingerprint().Pixels
}

// events collects what is told.
type events []pacs.Event

func (e *events) add(one pacs.Event) { *e = append(*e, one) }

func (e events) count(kind pacs.EventKind) int {
	n := 0
	for _, one := range e {
		if one.Kind == kind {
			n++
		}
	}
	return n
}

// goesThrough does everything that an archive is for.
func goesThrough(t *testing.T, s pacs.Server) {
	t.Helper()
	ctx := context.Background()
	if err := s.Echo(ctx); err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	var files []string
	for n := range 4 {
		files = append(files, dicomtest.StudyFilm(t, source, study, n))
	}
	lossless := filepath.Join(source, "lossless.dcm")
	peertest.Succeeds(t, "dcmcjpeg", files[3], lossless)
	if err := os.Rename(lossless, files[3]); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(source, "none.dcm")
	dicomtest.WriteFile(t, none, []byte("this is no DICOM object, but a text that is long enough to be looked at"))
	var sent events
	err := s.Send(ctx, append(slices.Clone(files), none), sent.add)
	if err == nil || !strings.Contains(err.Error(), "1 of 5 files") || sent.count(pacs.Sent) != 4 ||
		sent.count(pacs.Failed) != 1 {
		t.Fatalf("sent %+v, %v", sent, err)
	}
	finds(t, s)
	describes(t, s)
	gets(t, s, files)
}

func finds(t *testing.T, s pacs.Server) {
	t.Helper()
	want := pacs.Study{UID: study, PatientID: "P-1", PatientName: "Muster^Erika", Accession: "A-1", Date: "20240229",
		Time: "120000", Description: "Thorax", Modalities: []string{"DX"}, Images: 4, BirthDate: "19500102"}
	for name, q := range map[string]pacs.Query{
		"id": {PatientID: "P-1"}, "name": {PatientName: "Muster"}, "pattern": {PatientName: "Must?r^E*"},
		"accession": {Accession: "A-1"}, "day": {Dates: "20240229"}, "range": {Dates: "20240101-20241231"},
		"open range": {Dates: "20240101-"}, "modality": {Modalities: []string{"CR", "DX"}}, "uid": {StudyUID: study},
	} {
		var got []pacs.Study
		err := s.Find(context.Background(), q, func(one pacs.Study) error { got = append(got, one); return nil })
		if err != nil || len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, q := range map[string]pacs.Query{"id": {PatientID: "P-2"}, "modality": {Modalities: []string{"CT"}}, "day": {Dates: "20240301-"}} {
		err := s.Find(
			context.Background(),
			q,
			func(one pacs.Study) error { t.Errorf("%s: %+v", name, one); return nil },
		)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// describes tells what images show, and how many studies there are beyond those asked for.
func describes(t *testing.T, s pacs.Server) {
	t.Helper()
	got, err := s.Describe(context.Background(), study)
	want := pacs.Contents{Modalities: []string{"DX"}, BodyParts: []string{"CHEST"}, Views: []string{"PA"}}
	if strings.HasPrefix(s.Address(), "dicom://ARCHIVE@") { // DCMTK's archive does not tell it
		want.BodyParts, want.Views = nil, nil
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it shows %+v, %v", got, err)
	}
	other := dicomtest.StudyFilm(t, t.TempDir(), study+".9", 1)
	if err := s.Send(context.Background(), []string{other}, func(pacs.Event) {}); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]error{0: nil, 1: pacs.ErrMore, 2: nil} {
		n := 0
		err := s.Find(context.Background(), pacs.Query{PatientID: "P-1", Most: most}, func(pacs.Study) error { n++; return nil })
		if !errors.Is(err, want) || n != cmp.Or(most, 2) {
			t.Errorf("%d wanted: %d found, %v", most, n, err)
		}
	}
}

func gets(t *testing.T, s pacs.Server, files []string) {
	t.Helper()
	ctx := context.Background()
	into := pacs.Folder{Dir: filepath.Join(t.TempDir(), "new")}
	var got events
	if err := s.Get(ctx, study, into, got.add); err != nil {
		t.Fatal(err)
	}
	if got.count(pacs.Received) != 4 || got[3].Done != 4 || got[3].Total != 4 {
		t.Errorf("got %+v", got)
	}
	for _, path := range files {
		if a, b := fingerprint(t, filepath.Join(into.Dir, filepath.Base(path))), fingerprint(t, path); a != b {
			t.Errorf("%s arrived with other pixels", path)
		}
	}
	// What is whole is not fetched again; what is missing or damaged is.
	if err := os.Remove(filepath.Join(into.Dir, filepath.Base(files[1]))); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(into.Dir, filepath.Base(files[2])), 10); err != nil {
		t.Fatal(err)
	}
	var again events
	if err := s.Get(ctx, study, into, again.add); err != nil {
		t.Fatal(err)
	}
	if again.count(pacs.Kept) != 2 || again.count(pacs.Received) != 2 {
		t.Errorf("again %+v", again)
	}
	for _, path := range files {
		if a, b := fingerprint(t, filepath.Join(into.Dir, filepath.Base(path))), fingerprint(t, path); a != b {
			t.Errorf("%s is not whole", path)
		}
	}
	if err := s.Get(ctx, "1.2.3", into, got.add); err == nil || !strings.Contains(err.Error(), "no such study") {
		t.Errorf("a study that is not there gives %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(into.Dir, ".*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestOrthancOverWebServices(t *testing.T) {
	goesThrough(t, open(t, "dicomweb+"+peertest.Orthanc(t, "").DICOMweb(), pacs.Options{}))
}

func TestOrthancOverDIMSE(t *testing.T) {
	goesThrough(t, open(t, dicomAddress(peertest.Orthanc(t, "")), pacs.Options{}))
}

func TestDCMTKOverDIMSE(t *testing.T) {
	archive := peertest.QueryRetrieveSCP(t, 0, "+xs")
	goesThrough(t, open(t, dicomAddress(archive)+"?calling=STATION", pacs.Options{}))
}

// What others say of films comes with them, also from a server that does not tell the classes
// of its objects and takes few contexts: masks, maps and CAD reports beside states and films.
func TestAStudyComesWithAllThatIsSaidOfIt(t *testing.T) {
	archive := peertest.QueryRetrieveSCP(t, 0)
	files, err := filepath.Glob(filepath.Join("..", "evidence", "testdata", "*.dcm"))
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	var e events
	server := open(t, dicomAddress(archive), pacs.Options{})
	if err := server.Send(context.Background(), files, e.add); err != nil {
		t.Fatal(err)
	}
	const described = "2.25.7318349394477701.2" // see testdata/peers/dicom_evidence.py
	into := pacs.Folder{Dir: t.TempDir()}
	if err := server.Get(context.Background(), described, into, e.add); err != nil {
		t.Fatal(err)
	}
	came, err := filepath.Glob(filepath.Join(into.Dir, "*.dcm"))
	if err != nil || len(came) != len(files) {
		t.Errorf("%d of %d objects came, %v", len(came), len(files), err)
	}
}

// A server that searches for studies only, and refuses the levels of series and images, still
// finds and sends; what it does not tell stays unknown.
func TestAServerThatKnowsStudiesOnly(t *testing.T) {
	python := peertest.Python(t, "pynetdicom")
	source := t.TempDir()
	for n := range 3 {
		dicomtest.StudyFilm(t, source, study, n)
	}
	script, err := filepath.Abs(filepath.Join("..", "..", "testdata", "peers", "study_level_scp.py"))
	if err != nil {
		t.Fatal(err)
	}
	peer := &peertest.Server{DICOM: peertest.FreePort(t), Title: "STUDIES", Dir: source}
	peer.Run(t, python, script, fmt.Sprint(peer.DICOM), source)
	s := open(t, dicomAddress(peer), pacs.Options{})
	var found []pacs.Study
	err = s.Find(context.Background(), pacs.Query{PatientID: "P-1", Modalities: []string{"DX"}},
		func(one pacs.Study) error { found = append(found, one); return nil })
	if err != nil || len(found) != 1 || found[0].UID != study || found[0].Images != 0 || found[0].Description != "Thorax" {
		t.Fatalf("found %+v, %v\n%s", found, err, peer.Output())
	}
	if c, err := s.Describe(context.Background(), study); err != nil || len(c.Views) > 0 {
		t.Errorf("it shows %+v, %v", c, err)
	}
	into := pacs.Folder{Dir: filepath.Join(t.TempDir(), "new")}
	for range 2 { // a second time nothing is doubled
		var got events
		err := s.Get(context.Background(), study, into, got.add)
		if err != nil || got.count(pacs.Received) != 3 || got[2].Done != 3 || got[2].Total != 0 {
			t.Fatalf("got %+v, %v\n%s", got, err, peer.Output())
		}
	}
	files, err := filepath.Glob(filepath.Join(into.Dir, "*.dcm"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, path := range files {
		if a, b := fingerprint(t, path), fingerprint(t, filepath.Join(source, filepath.Base(path))); a != b {
			t.Errorf("%s arrived with other pixels", path)
		}
	}
	if err := s.Get(context.Background(), "1.2.3", into, func(pacs.Event) {}); err == nil ||
		!strings.Contains(err.Error(), "no such study") {
		t.Errorf("a study that is not there gives %v", err)
	}
}

// A server without C-GET sends to a port that was named, and only then.
func TestCMoveWhereItIsWanted(t *testing.T) {
	port := peertest.FreePort(t)
	archive := peertest.QueryRetrieveSCP(t, port, "--disable-get")
	source := t.TempDir()
	files := []string{dicomtest.StudyFilm(t, source, study, 1), dicomtest.StudyFilm(t, source, study, 2)}
	var e events
	if err := open(t, dicomAddress(archive), pacs.Options{}).Send(context.Background(), files, e.add); err != nil {
		t.Fatal(err)
	}
	into := pacs.Folder{Dir: t.TempDir()}
	err := open(t, dicomAddress(archive), pacs.Options{}).Get(context.Background(), study, into, e.add)
	if err == nil || !strings.Contains(err.Error(), "C-MOVE") {
		t.Fatalf("without a port: %v", err)
	}
	if err := open(t, dicomAddress(archive), pacs.Options{MovePort: port}).Get(context.Background(), study, into, e.add); err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if a, b := fingerprint(t, filepath.Join(into.Dir, filepath.Base(path))), fingerprint(t, path); a != b {
			t.Errorf("%s arrived with other pixels", path)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"dicom://ARCHIVE@host:11112?calling=ME": "dicom://ARCHIVE@host:11112", "dicom://ARCHIVE@host": "dicom://ARCHIVE@host",
		"dicom+tls://ARCHIVE@host": "dicom+tls://ARCHIVE@host", "dicomweb+https://host/dicom-web/": "dicomweb+https://host/dicom-web/",
	} {
		if s := open(t, address, pacs.Options{}); s.Address() != want {
			t.Errorf("%s became %s", address, s.Address())
		}
	}
	for _, address := range []string{"", "host", "http://host/", "dicom://host:104", "dicom://A:secret@host", "dicom://ABCDEFGHIJKLMNOPQ@host",
		"dicom://A@host?calling=%5C", "dicomweb+http://user:secret@host/"} {
		if s, err := pacs.Open(address, pacs.Options{}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q became %v, %v", address, s, err)
		}
	}
}

// Each step that fails is told from the others, with the server and what to do.
func TestErrorsSayWhichStepFailed(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	refuses := peertest.Orthanc(t, "")
	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }))
	defer denies.Close()
	for address, want := range map[string]struct {
		step pacs.Step
		text string
	}{
		"dicom://A@no-such-host.invalid:104":                             {pacs.Lookup, "its name is not known"},
		"dicomweb+http://no-such-host.invalid/":                          {pacs.Lookup, "its name is not known"},
		"dicom://A@127.0.0.1:1":                                          {pacs.Connect, "nothing answers there"},
		"dicomweb+http://127.0.0.1:1/dicom-web":                          {pacs.Connect, "nothing answers there"},
		"dicom+tls://A@" + silent.Addr().String():                        {pacs.Handshake, "over TLS"},
		"dicomweb+https://" + denies.URL[len("http://"):]:                {pacs.Handshake, "over TLS"},
		"dicom://A@" + silent.Addr().String():                            {pacs.Associate, "closed the connection"},
		fmt.Sprintf("dicom://WRONG@%s", peertest.Address(refuses.DICOM)): {pacs.Associate, "its application entity title is another"},
		"dicomweb+" + denies.URL:                                         {pacs.Authenticate, "it wants a login"},
		"dicomweb+" + refuses.DICOMweb() + "/wrong":                      {pacs.Request, "check the path"},
	} {
		err := open(t, address, pacs.Options{}).Echo(context.Background())
		var step *pacs.StepError
		if !errors.As(err, &step) || step.Step != want.step || !strings.Contains(err.Error(), want.text) ||
			!strings.Contains(err.Error(), step.Server) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAFolderKeepsWholeObjectsOnly(t *testing.T) {
	f := pacs.Folder{Dir: t.TempDir()}
	path := dicomtest.StudyFilm(t, t.TempDir(), study, 1)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	instance := study + ".1.1"
	keep := func(instance string, b []byte) error {
		_, err := f.Keep(instance, func(w io.Writer) error { _, err := w.Write(b); return err })
		return err
	}
	for name, bad := range map[string]func() error{
		"cut":     func() error { return keep(instance, whole[:len(whole)/2]) },
		"nothing": func() error { return keep(instance, nil) },
		"another": func() error { return keep(instance+".9", whole) },
		"outside": func() error { return keep("../1.2", whole) },
		"dots":    func() error { return keep("..", whole) },
	} {
		if bad() == nil {
			t.Errorf("%s is kept", name)
		}
	}
	if files, _ := os.ReadDir(f.Dir); len(files) > 0 || f.Has(instance) {
		t.Errorf("%v lie there", files)
	}
	if err := keep(instance, whole); err != nil || !f.Has(instance) {
		t.Errorf("a whole object: %v", err)
	}
}

// A refusal is told with its status and what that means.
func TestARefusalIsTold(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	s := &dimse.Server{
		Title: "HILUM",
		Store: func(context.Context, *dimse.Incoming) dimse.Status { return dimse.OutOfResources },
	}
	go func() { done <- s.Serve(ctx, l) }()
	defer func() { stop(); <-done }()
	var e events
	err = open(
		t,
		"dicom://HILUM@"+l.Addr().String(),
		pacs.Options{},
	).Send(
		ctx,
		[]string{dicomtest.StudyFilm(t, dir, study, 1)},
		e.add,
	)
	if err == nil || !strings.Contains(err.Error(), "A700") || !strings.Contains(err.Error(), "out of resources") ||
		e.count(pacs.Failed) != 1 {
		t.Errorf("%v, %+v", err, e)
	}
}
