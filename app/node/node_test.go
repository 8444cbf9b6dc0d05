package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hilum/app/apptest"
	"hilum/app/export"
	"hilum/app/node"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/dimse"
	"hilum/dicomio/pacs"
	"hilum/inference"
	"hilum/internal/peertest"
	"hilum/internal/phantom"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	if os.Getenv(killedEnv) != "" {
		runToBeKilled()
		return
	}
	os.Exit(m.Run())
}

// film writes a film of a patient and gives its path and SOP Instance UID.
func film(t testing.TB, dir string, n int, view string) (path, instance string) {
	t.Helper()
	drawn, err := phantom.Generate(phantom.Options{Seed: uint64(n + 1), Size: 128, View: phantom.PA})
	if err != nil {
		t.Fatal(err)
	}
	im := apptest.Image(0)
	stored := make([]int32, len(drawn.Pixels))
	for i, v := range drawn.Pixels {
		stored[i] = int32(v)
	}
	im = im.WithStored(drawn.Width, drawn.Height, stored)
	im.Header = dicomio.Header{
		PatientName:  "Muster^Erika",
		PatientID:    "P-1",
		Modality:     "DX",
		BodyPart:     "CHEST",
		ViewPosition: view,
		StudyUID:     "1.2.3",
		SeriesUID:    "1.2.3.4",
		InstanceUID:  fmt.Sprint("1.2.3.4.", n+1),
		StudyDate:    "20240229",
	}
	path = filepath.Join(dir, fmt.Sprintf("film%03d.dcm", n))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := derived.WriteImage(f, im); err != nil {
		t.Fatal(err)
	}
	return path, im.Header.InstanceUID
}

// destination is an archive that counts what it is sent.
type destination struct {
	mu     sync.Mutex
	got    map[string]int // by SOP Instance UID
	refuse bool
	port   int
	dir    string // where what came is kept; "" nowhere
}

func (d *destination) store(_ context.Context, in *dimse.Incoming) dimse.Status {
	var file bytes.Buffer
	if _, err := in.WriteTo(&file); err != nil {
		return dimse.CannotUnderstand
	}
	if d.dir != "" && os.WriteFile(filepath.Join(d.dir, in.Instance+".dcm"), file.Bytes(), 0o600) != nil {
		return dimse.OutOfResources
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse {
		return dimse.OutOfResources
	}
	d.got[in.Instance]++
	return dimse.Success
}

func (d *destination) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.got)
}

// listen has the destination answer until the test ends.
func (d *destination) listen(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", peertest.Address(d.port))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = (&dimse.Server{Title: "ARCHIVE", Store: d.store}).Serve(ctx, l) })
	t.Cleanup(func() { stop(); done.Wait() })
}

func newDestination(t testing.TB) *destination {
	t.Helper()
	return &destination{got: map[string]int{}, port: peertest.FreePort(t)}
}

func (d *destination) server(t testing.TB) pacs.Server {
	t.Helper()
	s, err := pacs.Open(fmt.Sprintf("dicom://ARCHIVE@127.0.0.1:%d", d.port), pacs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// station is a node that runs, and what it logs.
type station struct {
	title, http string
	port        int
	stop        func()
	mu          sync.Mutex
	log         []node.LogEntry
}

func (s *station) events(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.log {
		if e.Event.String() == name {
			n++
		}
	}
	return n
}

func (s *station) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%+v", s.log)
}

// start runs a node until it is stopped or the test ends.
func start(t testing.TB, c node.Config) *station {
	t.Helper()
	return startOn(t, &apptest.Engine{Classes: 3}, c)
}

// startOn is start with an engine.
func startOn(t testing.TB, e *apptest.Engine, c node.Config) *station {
	t.Helper()
	m, err := inference.OpenModel(e, apptest.TinySource(t, apptest.ThreeClasses...))
	if err != nil {
		t.Fatal(err)
	}
	s := &station{title: "HILUM"}
	c.Title, c.Forms, c.Workers, c.Poll, c.Retry = s.title, export.Standard(), 2, 20*time.Millisecond, 20*time.Millisecond
	if c.MinFree == 0 {
		c.MinFree = 1
	}
	also := c.Log
	c.Log = func(e node.LogEntry) {
		if also != nil {
			also(e)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, e)
	}
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	c.Listen, c.HTTP = listen(), listen()
	s.port, s.http = c.Listen.Addr().(*net.TCPAddr).Port, "http://"+c.HTTP.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := node.Run(ctx, m, c); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.text())
		}
	})
	s.stop = sync.OnceFunc(func() { cancel(); done.Wait(); _ = m.Close() })
	t.Cleanup(s.stop)
	return s
}

// runOnce gives what a node says that cannot begin.
func runOnce(t testing.TB, c node.Config) error {
	t.Helper()
	m, err := inference.OpenModel(&apptest.Engine{Classes: 3}, apptest.TinySource(t, apptest.ThreeClasses...))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.MinFree = l, 1
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return node.Run(ctx, m, c)
}

func (s *station) send(t testing.TB, files ...string) error {
	t.Helper()
	server, err := pacs.Open(fmt.Sprintf("dicom://%s@127.0.0.1:%d", s.title, s.port), pacs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return server.Send(context.Background(), files, func(pacs.Event) {})
}

func (s *station) page(t testing.TB, path string) (int, string) {
	t.Helper()
	answer, err := http.Get(s.http + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to pass: ", what)
		}
	}
}

func everything() []string {
	return []string{export.StructuredReport, export.Capture, export.PresentationState, export.KeyObject}
}

func TestFilmsComeInAndResultsGoOut(t *testing.T) {
	d := newDestination(t)
	d.listen(t)
	dir := t.TempDir()
	s := start(t, node.Config{Dir: dir, Objects: everything(), Send: node.Destinations(d.server(t))})
	source := t.TempDir()
	frontal, instance := film(t, source, 0, "PA")
	lateral, _ := film(t, source, 1, "LL")
	peertest.Succeeds(t, "storescu", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(s.port), frontal, lateral)
	eventually(t, "four objects arrive", func() bool { return d.count() == 4 })
	eventually(t, "the lateral film is passed over", func() bool { return s.events("skipped") == 1 })
	files, _ := filepath.Glob(filepath.Join(dir, "results", instance, "*", "*-sr.dcm"))
	if len(files) != 1 {
		t.Fatalf("reports: %v", files)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if r, err := derived.ReadStructuredReport("sr", b); err != nil || r.Source.Header.InstanceUID != instance ||
		len(r.Findings) != 3 {
		t.Errorf("the report is of %+v, %v", r, err)
	}
	// The same film again, from several at a time, changes nothing.
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.send(t, frontal, lateral); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if code, text := s.page(t, "/healthz"); code != 200 || text != "ok\n" {
		t.Errorf("/healthz says %d %s", code, text)
	}
	_, text := s.page(t, "/metrics")
	for _, line := range []string{"hilum_node_received_total 2\n", "hilum_node_duplicates_total 8\n", "hilum_node_scored_total 1\n",
		"hilum_node_skipped_total 1\n", `hilum_node_deliveries{state="done"} 4`} {
		if !strings.Contains(text, line) {
			t.Errorf("/metrics lacks %s:\n%s", line, text)
		}
	}
	if said := s.text() + text; strings.Contains(said, "Muster") || strings.Contains(said, "P-1") {
		t.Errorf("a patient is named: %s", said)
	}
	if d.count() != 4 {
		t.Errorf("%d objects arrived", d.count())
	}
}

func TestWhatIsLeftGoesOnAfterARestart(t *testing.T) {
	d := newDestination(t) // down
	dir, source := t.TempDir(), t.TempDir()
	c := node.Config{Dir: dir, Objects: []string{export.StructuredReport}, Send: node.Destinations(d.server(t))}
	s := start(t, c)
	var files []string
	for n := range 5 {
		path, _ := film(t, source, n, "PA")
		files = append(files, path)
	}
	if err := s.send(t, files...); err != nil {
		t.Fatal(err)
	}
	eventually(
		t,
		"all are scored and none is sent",
		func() bool { return s.events("scored") == 5 && s.events("not sent") > 1 },
	)
	s.stop()
	d.listen(t)
	d.refuse = true
	again := start(t, c)
	eventually(t, "the destination refuses", func() bool { return again.events("refused by destination") > 5 })
	d.mu.Lock()
	d.refuse = false
	d.mu.Unlock()
	eventually(t, "all arrive", func() bool { return d.count() == 5 })
	if again.events("scored") != 0 {
		t.Error("films are scored again")
	}
}

func TestAFullDiskRefuses(t *testing.T) {
	dir := t.TempDir()
	s := start(t, node.Config{Dir: dir, MinFree: 1 << 60})
	path, _ := film(t, t.TempDir(), 0, "PA")
	if err := s.send(t, path); err == nil || !strings.Contains(err.Error(), "A700") {
		t.Errorf("it says %v", err)
	}
	if code, text := s.page(t, "/healthz"); code != http.StatusServiceUnavailable ||
		!strings.Contains(text, "MB left") {
		t.Errorf("/healthz says %d %s", code, text)
	}
	if files, _ := os.ReadDir(filepath.Join(dir, "incoming")); len(files) > 0 {
		t.Errorf("%v lie there", files)
	}
}

func TestAWatchedFolderIsTakenIn(t *testing.T) {
	watched := t.TempDir()
	s := start(t, node.Config{Dir: t.TempDir(), Watch: watched, Objects: []string{export.StructuredReport}})
	path, _ := film(t, t.TempDir(), 0, "PA")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A file that grows is taken when it is whole.
	growing, err := os.Create(filepath.Join(watched, "growing.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	defer growing.Close()
	for part := range slices.Chunk(whole, len(whole)/4+1) {
		if _, err := growing.Write(part); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(watched, "notes.txt"), []byte("no film"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is scored", func() bool { return s.events("scored") == 1 })
	if n := s.events("received"); n != 1 {
		t.Errorf("%d were received", n)
	}
	if left, _ := os.ReadDir(watched); len(left) != 2 {
		t.Error("files are gone from the folder")
	}
}

// The films of today are fetched from an archive that forwards nothing, once.
func TestAnArchiveIsAsked(t *testing.T) {
	archive := peertest.Orthanc(t, "")
	server, err := pacs.Open("dicomweb+"+archive.DICOMweb(), pacs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path, _ := film(t, t.TempDir(), 0, "PA")
	today := filepath.Join(t.TempDir(), "today.dcm")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("20240229"), []byte(time.Now().Format("20060102")), 1)
	if err := os.WriteFile(today, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Send(context.Background(), []string{today}, func(pacs.Event) {}); err != nil {
		t.Fatal(err)
	}
	s := start(t, node.Config{Dir: t.TempDir(), Ask: []pacs.Server{server}, AskEvery: 50 * time.Millisecond,
		Objects: []string{export.StructuredReport}})
	eventually(t, "it is scored", func() bool { return s.events("scored") == 1 })
	time.Sleep(200 * time.Millisecond)
	if s.events("received") != 1 || s.events("not asked") != 0 {
		t.Error(s.text())
	}
}

func TestOthersAreKeptOut(t *testing.T) {
	s := start(t, node.Config{Dir: t.TempDir(), Allowed: []string{"MODALITY"}})
	path, _ := film(t, t.TempDir(), 0, "PA")
	if err := s.send(t, path); err == nil || !strings.Contains(err.Error(), "calling=") {
		t.Errorf("it says %v", err)
	}
}

// With TLS only who shows a certificate of a known authority gets in.
func TestTLSAsksForACertificate(t *testing.T) {
	key, cert := peertest.Certificate(t)
	config, err := pacs.Options{Certificate: cert, Key: key, Authorities: cert}.ListenTLS()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, node.Config{Dir: t.TempDir(), TLS: config, Objects: []string{export.StructuredReport}})
	path, _ := film(t, t.TempDir(), 0, "PA")
	store := func(o pacs.Options) error {
		server, err := pacs.Open(fmt.Sprintf("dicom+tls://%s@127.0.0.1:%d", s.title, s.port), o)
		if err != nil {
			t.Fatal(err)
		}
		return server.Send(context.Background(), []string{path}, func(pacs.Event) {})
	}
	if err := store(pacs.Options{Authorities: cert}); err == nil {
		t.Error("who shows nothing gets in")
	}
	if err := store(pacs.Options{Authorities: cert, Certificate: cert, Key: key}); err != nil {
		t.Error(err)
	}
	if _, err := (pacs.Options{}).ListenTLS(); err == nil {
		t.Error("it listens without a certificate")
	}
}

func TestRules(t *testing.T) {
	rules, err := node.ParseRules([]byte(`# portable films are not scored
refuse station=PORT*,ICU?   # nor those of intensive care
accept modality=CR,DX body-part=chest,thorax view=pa,ap
accept calling=TEST
refuse
`))
	if err != nil {
		t.Fatal(err)
	}
	chest := dicomio.Header{Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", Station: "ROOM1"}
	with := func(change func(*dicomio.Header)) node.Subject {
		h := chest
		change(&h)
		return node.Subject{Header: h}
	}
	for name, c := range map[string]struct {
		s    node.Subject
		line int
	}{
		"a chest film":   {node.Subject{Header: chest}, 0},
		"portable":       {with(func(h *dicomio.Header) { h.Station = "portable 3" }), 2},
		"intensive care": {with(func(h *dicomio.Header) { h.Station = "ICU2" }), 2},
		"another part":   {with(func(h *dicomio.Header) { h.BodyPart = "HAND" }), 5},
		"no view":        {with(func(h *dicomio.Header) { h.ViewPosition = "" }), 5},
		"from a test":    {node.Subject{Header: dicomio.Header{}, Calling: "TEST"}, 0},
	} {
		got := 0
		if r := rules.Refusal(c.s); r != nil {
			got = r.Line
		}
		if got != c.line {
			t.Errorf("%s: refused by line %d, want %d", name, got, c.line)
		}
	}
	if r := (node.Rules{}).Refusal(node.Subject{}); r != nil {
		t.Error("without rules films are refused")
	}
	for _, bad := range []string{"allow", "accept view", "refuse colour=red", "accept view=[", "accept =PA"} {
		if _, err := node.ParseRules([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a rule", bad)
		}
	}
}

func TestARuleKeepsAFilmFromBeingScored(t *testing.T) {
	rules, err := node.ParseRules([]byte("refuse view=P*\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, node.Config{Dir: t.TempDir(), Rules: rules})
	path, _ := film(t, t.TempDir(), 0, "PA")
	if err := s.send(t, path); err != nil {
		t.Fatal(err)
	}
	eventually(
		t,
		"it is passed over",
		func() bool { return s.events("skipped") == 1 && strings.Contains(s.text(), "Rule 1") },
	)
}

// killedEnv has this program be a node that is going to be killed: folder, port of its own, port
// of the destination.
const killedEnv = "HILUM_TEST_NODE"

func runToBeKilled() {
	var dir string
	var port, to int
	if _, err := fmt.Sscanf(os.Getenv(killedEnv), "%d %d %s", &port, &to, &dir); err != nil {
		panic(err)
	}
	t := &outside{dir: filepath.Join(dir, "model")}
	m, err := inference.OpenModel(&apptest.Engine{Classes: 3}, apptest.TinySource(t, apptest.ThreeClasses...))
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", peertest.Address(port))
	if err != nil {
		panic(err)
	}
	s, err := pacs.Open(fmt.Sprintf("dicom://ARCHIVE@127.0.0.1:%d", to), pacs.Options{})
	if err != nil {
		panic(err)
	}
	err = node.Run(
		context.Background(),
		m,
		node.Config{Title: "HILUM", Listen: l, Dir: dir, Forms: export.Standard(), MinFree: 1,
			Objects: everything(), Send: node.Destinations(s), Workers: 2, Poll: 20 * time.Millisecond, Retry: 20 * time.Millisecond},
	)
	panic(err)
}

// outside is what a helper needs of a test, outside of one.
type outside struct {
	testing.TB
	dir string
}

func (o *outside) Helper() {}

func (o *outside) TempDir() string { return o.dir }

func (o *outside) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Killed at random moments while films come, are scored and are sent, the node loses none that it
// accepted, and each has its results at the destination: the same ones, however often they
// were made.
func TestBeingKilledLosesNothing(t *testing.T) {
	const films, kills = 24, 8
	d := newDestination(t)
	d.listen(t)
	dir, source := t.TempDir(), t.TempDir()
	port := peertest.FreePort(t)
	var files, instances []string
	for n := range films {
		path, instance := film(t, source, n, "PA")
		files, instances = append(files, path), append(instances, instance)
	}
	run := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", killedEnv, port, d.port, dir))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	server, err := pacs.Open(fmt.Sprintf("dicom://HILUM@127.0.0.1:%d", port), pacs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[string]bool{}
	sendAll := func() error {
		var left []string
		for _, f := range files {
			if !accepted[f] {
				left = append(left, f)
			}
		}
		return server.Send(context.Background(), left, func(e pacs.Event) {
			if e.Kind == pacs.Sent {
				accepted[e.Path] = true
			}
		})
	}
	for range kills {
		cmd := run()
		eventually(t, "the node listens", func() bool {
			conn, err := net.Dial("tcp", peertest.Address(port))
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		})
		kill := time.AfterFunc(time.Duration(rand.IntN(250))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for len(accepted) < films && sendAll() == nil { // until it is dead, or has all
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Wait() // until it is killed
		kill.Stop()
		for f := range accepted {
			i := slices.Index(files, f)
			if _, err := os.Stat(filepath.Join(dir, "incoming", instances[i]+".dcm")); err != nil {
				t.Fatalf("a film was accepted and is not there: %v", err)
			}
		}
	}
	cmd := run()
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	eventually(
		t,
		"all are accepted",
		func() bool { return len(accepted) == films || sendAll() == nil && len(accepted) == films },
	)
	want := films * len(everything())
	eventually(t, "all results arrive", func() bool { return d.count() >= want })
	time.Sleep(200 * time.Millisecond)
	if d.count() != want {
		t.Errorf("%d different objects arrived, want %d", d.count(), want)
	}
}

func TestObjectsThatCannotBeSentAreRefused(t *testing.T) {
	if err := node.CheckObjects(export.Standard(), everything()); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"pdf", "nothing", ""} {
		if node.CheckObjects(export.Standard(), []string{name}) == nil {
			t.Errorf("%q can be sent", name)
		}
	}
}

func TestAJournalThatCannotBeUsedIsTold(t *testing.T) {
	if _, err := node.OpenJournal(context.Background(), t.TempDir()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a folder is taken for a journal: %v", err)
	}
}
