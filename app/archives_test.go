package app

import (
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"hilum/app/apptest"
	"hilum/app/archives"
	"hilum/app/servers"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/pacs"
	"hilum/dicomio/scan"
	"hilum/internal/peertest"
)

// patientFilm writes a film into a folder; instance numbers its studies and films.
func patientFilm(t *testing.T, dir string, h dicomio.Header, n int) string {
	t.Helper()
	im := apptest.Image(int32(n+1) * 300)
	im.Header = h
	im.Header.SeriesUID, im.Header.InstanceUID = h.StudyUID+".1", fmt.Sprintf("%s.1.%d", h.StudyUID, n+1)
	path := filepath.Join(dir, im.Header.InstanceUID+".dcm")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := derived.WriteImage(f, im); err != nil {
		t.Fatal(err)
	}
	return path
}

// erika is a chest film of the patient of these tests, of a study and a day.
func erika(study, day string) dicomio.Header {
	return dicomio.Header{PatientName: "Muster^Erika", PatientID: "P-4711", PatientBirthDate: "19500102", Modality: "DX",
		BodyPart: "CHEST", ViewPosition: "PA", StudyUID: "1.2.826.0.1.3680043.8.498.88." + study, StudyDate: day,
		StudyTime: "101500", StudyDescription: "Thorax p.a.", Accession: "A-77"}
}

// pacsSession is a workstation that knows an Orthanc by both protocols, under the names "web"
// and "dicom", and a closed port under "gone".
func pacsSession(t *testing.T, films ...string) (s *Workstation, traced func() string) {
	t.Helper()
	keyring.MockInit()
	orthanc := peertest.Orthanc(t, "")
	var mu sync.Mutex
	var log strings.Builder
	dir := t.TempDir()
	s = testSession(t, &apptest.Engine{}, func(c *Config) {
		c.Sources, c.Fetched, c.Dir = scan.Sources(), filepath.Join(dir, "fetched"), dir
		c.Trace = func(m string) { mu.Lock(); defer mu.Unlock(); log.WriteString(m + "\n") }
	})
	for name, address := range map[string]string{"web": "dicomweb+" + orthanc.DICOMweb(),
		"dicom": "dicom://ORTHANC@" + peertest.Address(orthanc.DICOM), "gone": "dicom://A@127.0.0.1:1"} {
		if err := s.Archives.Book.Keep(servers.Server{Name: name, Address: address}); err != nil {
			t.Fatal(err)
		}
	}
	if len(films) > 0 {
		to, err := pacs.Open("dicom://ORTHANC@"+peertest.Address(orthanc.DICOM), pacs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := to.Send(context.Background(), films, func(pacs.Event) {}); err != nil {
			t.Fatal(err)
		}
	}
	return s, func() string { mu.Lock(); defer mu.Unlock(); return log.String() }
}

// asked waits for the end of a search.
func asked(t *testing.T, s *Workstation, q archives.Search) archives.Archive {
	t.Helper()
	if err := s.Archives.Search(q); err != nil {
		t.Fatal(err)
	}
	return wait(t, s, "an answer", func(st State) bool { return !st.Archive.Searching }).Archive
}

func fetched(st State) bool { return len(st.Archive.Under()) == 0 }

// films lists the open films of a study.
func films(st State, uid string) (list []studies.Study) {
	for _, o := range st.Studies {
		if o.Header.StudyUID == uid {
			list = append(list, o)
		}
	}
	return list
}

// TestAStudyFromAServer is found, comes on the screen with its first film, has all of them in
// the list, and is not doubled when it is asked for again.
func TestAStudyFromAServer(t *testing.T) {
	source := t.TempDir()
	first, second := erika("1", "20240229"), erika("2", "20250301")
	lateral := first
	lateral.ViewPosition = "LL"
	s, traced := pacsSession(t, patientFilm(t, source, first, 0), patientFilm(t, source, lateral, 1),
		patientFilm(t, source, second, 0))
	for _, server := range []string{"web", "dicom"} {
		got := asked(t, s, archives.Search{Server: server, Name: "Muster, Erika", From: "1.1.2024", To: "2025-12-31"})
		if len(got.Results) != 2 || got.Results[0].UID != second.StudyUID || got.Results[1].Images != 2 || got.More ||
			!got.Failure.IsZero() || server == "web" && got.Results[1].Here != archives.NotHere {
			t.Fatalf("%s: %+v", server, got)
		}
		if got := asked(t, s, archives.Search{Server: server, ID: "P-4711", View: archives.LateralView}); len(got.Results) != 1 ||
			got.Results[0].UID != first.StudyUID {
			t.Errorf("%s: lateral films: %+v", server, got.Results)
		}
		s.Archives.Retrieve(server, got.Results[1].Study, true)
		st := wait(t, s, "the study", func(st State) bool {
			return fetched(st) && len(films(st, first.StudyUID)) == 2 && st.Picture != nil
		})
		if st.Picture.Image.Header.StudyUID != first.StudyUID || len(st.Studies) != 2 {
			t.Errorf("%s: %d films, on the screen %q", server, len(st.Studies), st.Picture.Image.Header.StudyUID)
		}
		if now := asked(t, s, archives.Search{Server: server, ID: "P-4711"}); now.Results[1].Here != archives.AllHere {
			t.Errorf("%s: it is not said to be here", server)
		}
	}
	// Without showing, the screen stays.
	s.Archives.Retrieve("web", pacs.Study{UID: second.StudyUID}, false)
	st := wait(t, s, "the other study", func(st State) bool { return fetched(st) && len(films(st, second.StudyUID)) == 1 })
	if st.Picture.Image.Header.StudyUID != first.StudyUID {
		t.Error("a study that was not to be shown is on the screen")
	}
	for _, secret := range []string{"Muster", "Erika", "4711", "A-77", "1950"} {
		if strings.Contains(traced(), secret) {
			t.Errorf("the trace holds %q", secret)
		}
	}
	info, err := os.Stat(s.Archives.Folder())
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may look into the fetched studies: %v %v", info, err)
	}
}

// stalling is a DICOM web service with a study of two films that stops in the middle of the
// second until it is let go.
func stalling(t *testing.T, uid string, films ...string) (address string, letGo func()) {
	t.Helper()
	gate := make(chan struct{})
	letGo = sync.OnceFunc(func() { close(gate) })
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/instances") {
			w.Header().Set("Content-Type", "application/dicom+json")
			var list []string
			for n := range films {
				list = append(list, fmt.Sprintf(`{"0020000E":{"vr":"UI","Value":["%s.1"]},"00080018":{"vr":"UI","Value":["%s.1.%d"]}}`,
					uid, uid, n+1))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
			return
		}
		parts := multipart.NewWriter(w)
		w.Header().Set("Content-Type", `multipart/related; type="application/dicom"; boundary=`+parts.Boundary())
		for n, path := range films {
			data, err := os.ReadFile(path)
			part, failed := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/dicom"}})
			if err != nil || failed != nil {
				return
			}
			_, _ = part.Write(data[:len(data)/2])
			if n > 0 {
				_ = http.NewResponseController(w).Flush()
				select {
				case <-gate:
				case <-r.Context().Done():
					return
				}
			}
			_, _ = part.Write(data[len(data)/2:])
		}
		_ = parts.Close()
	}))
	t.Cleanup(s.Close)
	t.Cleanup(letGo)
	return "dicomweb+" + s.URL, letGo
}

// TestTheFirstFilmDoesNotWaitForTheOthers: it is on the screen while they come, progress is told,
// a second study waits, one that the reader has gone on from stays off the screen, and what is
// cancelled leaves whole files only.
func TestTheFirstFilmDoesNotWaitForTheOthers(t *testing.T) {
	source, dir := t.TempDir(), t.TempDir()
	h := erika("40", "20240229")
	address, letGo := stalling(t, h.StudyUID, patientFilm(t, source, h, 0), patientFilm(t, source, h, 1))
	s := testSession(t, &apptest.Engine{}, func(c *Config) {
		c.Sources, c.Fetched, c.Dir = scan.Sources(), filepath.Join(dir, "fetched"), dir
	})
	if err := s.Archives.Book.Keep(servers.Server{Name: "slow", Address: address}); err != nil {
		t.Fatal(err)
	}
	study := pacs.Study{UID: h.StudyUID, Images: 2}
	s.Archives.Retrieve("slow", study, true)
	st := wait(t, s, "the first film", func(st State) bool { return st.Picture != nil })
	under := st.Archive.Under()
	if len(under) != 1 || !under[0].Running || under[0].Done != 1 || under[0].Total != 2 || len(st.Studies) != 1 {
		t.Errorf("while the second comes: %+v", under)
	}
	s.Archives.Retrieve("slow", study, true) // asked for twice it is fetched once
	s.Archives.Retrieve("slow", pacs.Study{UID: "1.2.9"}, true)
	if under := s.State().Archive.Under(); len(under) != 2 || under[1].Running {
		t.Errorf("the queue is %+v", under)
	}
	s.Archives.CancelAll()
	wait(t, s, "the end", func(st State) bool { return len(st.Archive.Retrievals) == 0 })
	deadline := time.Now().Add(5 * time.Second)
	folder := filepath.Join(s.Archives.Folder(), h.StudyUID)
	for {
		files, err := filepath.Glob(filepath.Join(folder, "*.dcm"))
		left, _ := filepath.Glob(filepath.Join(folder, ".hilum-*"))
		if err == nil && len(files) == 1 && len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after cancelling there are %v and %v, %v", files, left, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	letGo()
	s.Archives.Retrieve("slow", study, true)
	st = wait(t, s, "both films", func(st State) bool { return fetched(st) && len(films(st, h.StudyUID)) == 2 })
	if len(st.Studies) != 2 {
		t.Errorf("%d films are open", len(st.Studies))
	}
}

// TestAServerThatFails is named in one sentence, which tells nothing of who was looked for; so
// is what is no search.
func TestAServerThatFails(t *testing.T) {
	s, traced := pacsSession(t)
	got := asked(t, s, archives.Search{Server: "gone", Name: "Muster", ID: "P-4711"})
	if !strings.Contains(got.Failure.String(), "nothing answers there") || strings.Contains(got.Failure.String(), "Muster") {
		t.Errorf("the failure is %q", got.Failure)
	}
	if got := asked(t, s, archives.Search{Server: "web", ID: "nobody"}); !got.Answered || len(got.Results) > 0 {
		t.Errorf("nobody: %+v", got)
	}
	for name, q := range map[string]archives.Search{"no server": {Name: "x"}, "day": {Server: "web", From: "yesterday"},
		"order": {Server: "web", From: "2025-01-02", To: "2025-01-01"}, "backslash": {Server: "web", ID: `a\b`},
		"long": {Server: "web", Name: strings.Repeat("x", 65)}} {
		if s.Archives.Search(q) == nil {
			t.Errorf("%s: searched", name)
		}
	}
	s.Archives.Open("gone", "1.2.3")
	st := wait(t, s, "the end", func(st State) bool {
		return len(st.Archive.Retrievals) == 1 && st.Archive.Retrievals[0].Failed()
	})
	if len(st.Studies) > 0 || st.Message.IsZero() || strings.Contains(traced(), "Muster") {
		t.Errorf("%+v %q", st.Archive.Retrievals, traced())
	}
	s.Archives.Open("nowhere", "1.2.3")
	s.Archives.Open("gone", "../../x")
	wait(t, s, "the refusal", func(st State) bool { return fetched(st) && len(st.Archive.Retrievals) == 2 })
	s.Archives.CancelAll()
	if st := s.State(); len(st.Archive.Retrievals) > 0 {
		t.Errorf("left: %+v", st.Archive.Retrievals)
	}
}

// TestAStudyFromDCMTK: an archive that tells neither views nor body parts is searched and fetched
// from likewise, and what it does not tell is said.
func TestAStudyFromDCMTK(t *testing.T) {
	keyring.MockInit()
	archive := peertest.QueryRetrieveSCP(t, 0)
	dir := t.TempDir()
	h := erika("50", "20240229")
	address := "dicom://ARCHIVE@" + peertest.Address(archive.DICOM)
	to, err := pacs.Open(address, pacs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := []string{patientFilm(t, dir, h, 0), patientFilm(t, dir, h, 1)}
	if err := to.Send(context.Background(), list, func(pacs.Event) {}); err != nil {
		t.Fatal(err)
	}
	s := testSession(t, &apptest.Engine{}, func(c *Config) {
		c.Sources, c.Fetched, c.Dir = scan.Sources(), filepath.Join(dir, "fetched"), dir
	})
	if err := s.Archives.Book.Keep(servers.Server{Name: "dcmtk", Address: address}); err != nil {
		t.Fatal(err)
	}
	got := asked(t, s, archives.Search{Server: "dcmtk", Name: "Muster", View: archives.LateralView, Modality: "cr dx"})
	if len(got.Results) != 1 || got.Results[0].Images != 2 || !strings.Contains(got.Warning.String(), "views of 1") {
		t.Fatalf("%+v", got)
	}
	s.Archives.Retrieve("dcmtk", got.Results[0].Study, true)
	wait(t, s, "the study", func(st State) bool {
		return st.Picture != nil && fetched(st) && len(films(st, h.StudyUID)) == 2
	})
}

// TestAFilmIsOpenOnce, from whichever place it comes: a folder, a server, an inbox.
func TestAFilmIsOpenOnce(t *testing.T) {
	source := t.TempDir()
	h := erika("60", "20240229")
	first, second := patientFilm(t, source, h, 0), patientFilm(t, source, h, 1)
	s, _ := pacsSession(t, first, second)
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	s.Studies.Open(source)
	wait(t, s, "the folder", func(st State) bool { return st.Picture != nil })
	s.Archives.Retrieve("web", pacs.Study{UID: h.StudyUID, Images: 2}, true)
	st := wait(t, s, "the study", func(st State) bool { return fetched(st) && len(st.Studies) == 2 && st.Picture != nil })
	if got := films(st, h.StudyUID); len(got) != 2 || got[0].Header.InstanceUID == got[1].Header.InstanceUID {
		t.Errorf("open are %+v", got)
	}
	s.Inbox.Follow(filepath.Join(s.Archives.Folder(), h.StudyUID))
	wait(t, s, "the inbox", func(st State) bool { return st.Inbox.Films == 2 })
	time.Sleep(100 * time.Millisecond)
	if st = s.State(); len(st.Studies) != 2 {
		t.Errorf("%d films are open", len(st.Studies))
	}
}

// TestPriorsComeByThemselves: those of the same patient, part and kind, newest first; a patient
// of the same number with another birth date, or one whose file does not tell, is told and
// never mixed in.
func TestPriorsComeByThemselves(t *testing.T) {
	source := t.TempDir()
	now, older, oldest, later := erika("10", "20250601"), erika("11", "20240601"), erika("12", "20230601"), erika("13", "20260101")
	knee, other, silent := erika("14", "20240101"), erika("15", "20240201"), erika("16", "20240301")
	knee.BodyPart, other.PatientBirthDate, silent.PatientBirthDate = "KNEE", "19510102", ""
	elsewhere := erika("17", "20240401")
	away := patientFilm(t, source, elsewhere, 0)
	peertest.Succeeds(t, "dcmodify", "-nb", "-i", "(0010,0021)=OTHER HOSPITAL", away)
	list := []string{away}
	for _, h := range []dicomio.Header{now, older, oldest, later, knee, other, silent} {
		list = append(list, patientFilm(t, source, h, 0))
	}
	s, _ := pacsSession(t, list...)
	s.Archives.Open("web", now.StudyUID)
	wait(t, s, "the film", func(st State) bool { return st.Picture != nil && fetched(st) })
	time.Sleep(300 * time.Millisecond)
	if st := s.State(); len(st.Studies) != 1 {
		t.Fatalf("%d films came unasked", len(st.Studies)-1)
	}
	if err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.Priors, p.HangEach = true, true }); err != nil {
		t.Fatal(err)
	}
	s.Select(0)
	st := wait(t, s, "the priors", func(st State) bool {
		return len(films(st, older.StudyUID)) == 1 && len(films(st, oldest.StudyUID)) == 1 && fetched(st)
	})
	var uids []string
	for _, o := range st.Studies {
		uids = append(uids, o.Header.StudyUID)
	}
	if len(uids) != 3 || st.Picture.Image.Header.StudyUID != now.StudyUID ||
		slices.Index(uids, older.StudyUID) > slices.Index(uids, oldest.StudyUID) {
		t.Errorf("open are %v", uids)
	}
	st = wait(t, s, "hanging", func(st State) bool { return len(st.Compare.Priors) > 0 && st.Compare.Priors[0].Picture != nil })
	if got := st.Compare.Priors[0].Picture.Image.Header.StudyUID; got != older.StudyUID {
		t.Errorf("beside the film hangs %s", got)
	}
	if len(st.Archive.Retrievals) > 2 || st.Message.IsZero() {
		t.Errorf("nothing is said of those that were left out: %q, %+v", st.Message, st.Archive.Retrievals)
	}
}

// TestFetchedStudiesGoOldestFirst, never those that are open.
func TestFetchedStudiesGoOldestFirst(t *testing.T) {
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources, c.Fetched = scan.Sources(), t.TempDir() })
	lies := func(n int) string { return filepath.Join(s.Archives.Folder(), fmt.Sprint("1.2.", n)) }
	for n := range 4 {
		if err := os.Mkdir(lies(n), 0o700); err != nil {
			t.Fatal(err)
		}
		h := erika("9", "20240229")
		h.StudyUID = fmt.Sprint("1.2.", n)
		path := patientFilm(t, lies(n), h, 0)
		if err := os.Truncate(path, 60<<20); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(n-10) * time.Hour)
		if err := os.Chtimes(lies(n), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(s.Archives.Folder(), "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Studies.Open(lies(0))
	wait(t, s, "the oldest", func(st State) bool { return len(st.Studies) == 1 })
	if err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.FetchedMB = 130 }); err != nil {
		t.Fatal(err)
	}
	if err := s.Archives.Prune(); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(s.Archives.Folder())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if strings.Join(left, " ") != "1.2.0 1.2.3 mine" {
		t.Errorf("left are %v", left)
	}
}

// TestLinksAskKeptServersOnly: another is put before the reader, and gets no login.
func TestLinksAskKeptServersOnly(t *testing.T) {
	source := t.TempDir()
	h := erika("20", "20240229")
	s, _ := pacsSession(t, patientFilm(t, source, h, 0))
	list, err := s.Archives.Book.List()
	if err != nil {
		t.Fatal(err)
	}
	var web string
	for _, one := range list {
		if one.Name == "web" {
			web = one.Address
		}
	}
	if err := s.Archives.Book.Forget("web"); err != nil {
		t.Fatal(err)
	}
	s.Archives.Follow(archives.Link{Server: "web", Study: h.StudyUID})
	if st := s.State(); st.Message.IsZero() || len(st.Archive.Retrievals) > 0 || st.Archive.Asking.Study != "" {
		t.Errorf("a server that is not kept: %q %+v", st.Message, st.Archive)
	}
	for _, yes := range []bool{false, true} {
		s.Archives.Follow(archives.Link{Server: web, Study: h.StudyUID})
		if st := s.State(); st.Archive.Asking.Server != web || len(st.Studies) > 0 || len(st.Archive.Retrievals) > 0 {
			t.Fatalf("an address was asked before the reader agreed: %+v", st.Archive)
		}
		s.Archives.Agree(yes)
	}
	wait(t, s, "the study", func(st State) bool { return st.Picture != nil })
	s.Archives.Follow(archives.Link{Server: "dicom", Study: h.StudyUID})
	wait(t, s, "the kept server", func(st State) bool { return fetched(st) && len(st.Studies) == 1 })
}

// TestAnInboxFills: what comes into the folder comes into the list, once it is whole; the
// screen stays as it is, and the next start follows it again.
func TestAnInboxFills(t *testing.T) {
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = scan.Sources() })
	dir := t.TempDir()
	incoming := filepath.Join(dir, "incoming")
	if err := os.Mkdir(incoming, 0o755); err != nil {
		t.Fatal(err)
	}
	first := patientFilm(t, incoming, erika("30", "20240229"), 0)
	s.Inbox.Follow(dir)
	st := wait(t, s, "the film that lay there", func(st State) bool { return st.Picture != nil })
	if st.Inbox.Folder != dir || s.Settings.Preferences().Inbox != dir {
		t.Errorf("%+v", st.Inbox)
	}
	half, err := os.ReadFile(patientFilm(t, t.TempDir(), erika("31", "20250229"), 0))
	if err != nil {
		t.Fatal(err)
	}
	slow := filepath.Join(incoming, "slow.dcm")
	for n := 1; n <= 8; n++ { // it is written for longer than one look
		if err := os.WriteFile(slow, half[:len(half)*n/8], 0o644); err != nil {
			t.Fatal(err)
		}
		if len(s.State().Studies) > 1 && n < 8 {
			t.Error("a film came before it was whole")
		}
		time.Sleep(300 * time.Millisecond)
	}
	st = wait(t, s, "the second film", func(st State) bool { return len(st.Studies) == 2 })
	if st.Studies[st.Current].Location() != first || st.Inbox.Films != 2 {
		t.Errorf("on the screen is %s; %+v", st.Studies[st.Current].Location(), st.Inbox)
	}
	s.Inbox.End()
	patientFilm(t, incoming, erika("32", "20250228"), 0)
	time.Sleep(2500 * time.Millisecond)
	if st := s.State(); len(st.Studies) != 2 || st.Inbox.Folder != "" || s.Settings.Preferences().Inbox != "" {
		t.Errorf("it is still followed: %+v", st.Inbox)
	}
	s.Inbox.Follow(filepath.Join(dir, "none"))
	if st := s.State(); st.Inbox.Folder != "" || st.Message.IsZero() {
		t.Errorf("%+v %q", st.Inbox, st.Message)
	}
}
