package dimse_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio"
	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/peertest"
)

// store keeps what comes in a folder.
func store(dir string) func(*dimse.Incoming) dimse.Status {
	return func(in *dimse.Incoming) dimse.Status {
		f, err := os.Create(filepath.Join(dir, in.Instance+".dcm"))
		if err != nil {
			return dimse.OutOfResources
		}
		defer f.Close()
		if _, err := in.WriteTo(f); err != nil {
			return dimse.CannotUnderstand
		}
		return dimse.Success
	}
}

// serve runs a server of ours on a free port until the test ends.
func serve(t testing.TB, s *dimse.Server) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); done.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func peer(s *peertest.Server) dimse.Peer {
	return dimse.Peer{Address: peertest.Address(s.DICOM), Called: s.Title, Calling: "HILUM"}
}

func associate(t testing.TB, p dimse.Peer, proposals ...dimse.Proposal) *dimse.Association {
	t.Helper()
	a, err := p.Associate(context.Background(), proposals...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Abort)
	return a
}

// send stores files at a peer over one association.
func send(t testing.TB, p dimse.Peer, paths ...string) {
	t.Helper()
	var proposals []dimse.Proposal
	var objects []*dimse.Object
	for _, path := range paths {
		o, err := dimse.OpenObject(path)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		objects, proposals = append(objects, o), append(proposals, o.Proposal())
	}
	a := associate(t, p, proposals...)
	for _, o := range objects {
		if err := a.Store(context.Background(), o); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Release(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func pixelsOf(t testing.TB, path string) string {
	t.Helper()
	im, err := dicomio.Decode(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return im.Fingerprint().Pixels
}

const study = "1.2.826.0.1.3680043.8.498.77"

func studyKeys() []dimse.Key {
	return []dimse.Key{dimse.AtLevel(dimse.StudyLevel), {Tag: tag.StudyInstanceUID, Value: study}}
}

func TestEchoesBothWays(t *testing.T) {
	archive := peertest.QueryRetrieveSCP(t, 0)
	a := associate(t, peer(archive), dimse.Query(dimse.Verification))
	if err := a.Echo(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Release(context.Background()); err != nil {
		t.Fatal(err)
	}
	port := serve(t, &dimse.Server{Title: "HILUM"})
	peertest.Succeeds(t, "echoscu", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(port))
	if out := peertest.Fails(t, "echoscu", "-aec", "OTHER", "127.0.0.1", fmt.Sprint(port)); !strings.Contains(
		out,
		"Called AE Title Not Recognized",
	) {
		t.Errorf("echoscu says %s", out)
	}
}

func TestAnotherTitleIsRefused(t *testing.T) {
	port := serve(t, &dimse.Server{Title: "HILUM", Allowed: []string{"FRIEND"}})
	peertest.Succeeds(t, "echoscu", "-aet", "FRIEND", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(port))
	if out := peertest.Fails(t, "echoscu", "-aet", "FOE", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(port)); !strings.Contains(
		out,
		"Calling AE Title Not Recognized",
	) {
		t.Errorf("echoscu says %s", out)
	}
	p := dimse.Peer{Address: peertest.Address(port), Called: "WRONG", Calling: "FRIEND"}
	var rejected *dimse.RejectedError
	if _, err := p.Associate(context.Background(), dimse.Query(dimse.Verification)); !errors.As(err, &rejected) ||
		!strings.Contains(err.Error(), "its application entity title is another") {
		t.Errorf("error %v", err)
	}
}

// Objects of every syntax that is read arrive byte for byte as DCMTK's storescu sends them.
func TestStoreSCUOfDCMTKStoresHere(t *testing.T) {
	dir := t.TempDir()
	port := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(dir)(in) },
		},
	)
	path := dicomtest.StudyFilm(t, t.TempDir(), study, 1)
	peertest.Succeeds(t, "storescu", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(port), path)
	kept := filepath.Join(dir, study+".1.1.dcm")
	if got, want := pixelsOf(t, kept), pixelsOf(t, path); got != want {
		t.Errorf("pixels %s, sent %s", got, want)
	}
	lossless := filepath.Join(t.TempDir(), "lossless.dcm")
	peertest.Succeeds(t, "dcmcjpeg", path, lossless)
	peertest.Succeeds(t, "storescu", "-xs", "-aec", "HILUM", "127.0.0.1", fmt.Sprint(port), lossless)
	if got, want := pixelsOf(t, kept), pixelsOf(t, path); got != want {
		t.Errorf("pixels %s after JPEG, sent %s", got, want)
	}
	if got := dicomtest.TextOf(t, read(t, kept), tag.TransferSyntaxUID); got != dcm.JPEGLosslessSV1 {
		t.Errorf("kept as %s", got)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStoresAtDCMTK(t *testing.T) {
	s := peertest.StoreSCP(t, "+xa", "+B")
	send(t, peer(s), dicomtest.StudyFilm(t, t.TempDir(), study, 1), dicomtest.StudyFilm(t, t.TempDir(), study, 2))
	if files, _ := filepath.Glob(filepath.Join(s.Dir, "*"+study+"*")); len(files) != 2 {
		t.Errorf("storescp has %v\n%s", files, s.Output())
	}
}

func TestFindsGetsAndMovesFromDCMTK(t *testing.T) {
	moved := t.TempDir()
	here := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(moved)(in) },
		},
	)
	findsGetsAndMoves(t, peertest.QueryRetrieveSCP(t, here), moved)
}

func TestFindsGetsAndMovesFromOrthanc(t *testing.T) {
	moved := t.TempDir()
	here := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(moved)(in) },
		},
	)
	findsGetsAndMoves(
		t,
		peertest.Orthanc(t, fmt.Sprintf(`, "DicomModalities": {"hilum": ["HILUM", "127.0.0.1", %d]}`, here)),
		moved,
	)
}

func findsGetsAndMoves(t *testing.T, archive *peertest.Server, moved string) {
	t.Helper()
	ctx := context.Background()
	source := t.TempDir()
	var paths []string
	for n := range 3 {
		paths = append(paths, dicomtest.StudyFilm(t, source, study, n))
	}
	send(t, peer(archive), paths...)
	a := associate(t, peer(archive), dimse.Query(dimse.StudyRootFind), dimse.Query(dimse.PatientRootFind),
		dimse.Query(dimse.StudyRootGet), dimse.Query(dimse.StudyRootMove),
		dimse.Proposal{Class: dcm.ClassDigitalXRay, Syntaxes: dimse.StorageSyntaxes(), Receives: true})
	var found []string
	find := []dimse.Key{
		dimse.AtLevel(dimse.StudyLevel),
		{Tag: tag.PatientName, Value: "Muster*"},
		{Tag: tag.StudyInstanceUID},
	}
	err := a.Find(ctx, dimse.StudyRootFind, find, func(s dcm.Set) error {
		found = append(found, s.Find(tag.StudyInstanceUID).Text())
		return nil
	})
	if err != nil || len(found) != 1 || found[0] != study {
		t.Fatalf("found %v, %v", found, err)
	}
	patients := 0
	err = a.Find(
		ctx,
		dimse.PatientRootFind,
		[]dimse.Key{{Tag: tag.QueryRetrieveLevel, Value: "PATIENT"}, {Tag: tag.PatientID, Value: "P-1"}},
		func(dcm.Set) error { patients++; return dimse.ErrEnough },
	)
	if err != nil || patients != 1 {
		t.Fatalf("%d patients, %v", patients, err)
	}
	got := t.TempDir()
	var last dimse.SubOperations
	if err := a.Get(ctx, dimse.StudyRootGet, studyKeys(), store(got), func(s dimse.SubOperations) { last = s }); err != nil {
		t.Fatal(err)
	}
	if last.Completed != 3 {
		t.Errorf("C-GET says %+v", last)
	}
	if err := a.Move(ctx, dimse.StudyRootMove, "HILUM", studyKeys(), nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Release(ctx); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		for _, dir := range []string{got, moved} {
			if got, want := pixelsOf(t, filepath.Join(dir, filepath.Base(path))), pixelsOf(t, path); got != want {
				t.Errorf("%s: pixels %s, sent %s", dir, got, want)
			}
		}
	}
}

// The secure profile both ways against DCMTK, with certificates on both sides.
func TestSpeaksTLS(t *testing.T) {
	key, cert := peertest.Certificate(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	config := dimse.SecureProfile()
	config.Certificates = []tls.Certificate{pair}
	dir := t.TempDir()
	port := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			TLS:   config,
			Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(dir)(in) },
		},
	)
	path := dicomtest.StudyFilm(t, t.TempDir(), study, 1)
	peertest.Succeeds(
		t,
		"storescu",
		"+tls",
		key,
		cert,
		"+cf",
		cert,
		"-aec",
		"HILUM",
		"127.0.0.1",
		fmt.Sprint(port),
		path,
	)
	if _, err := os.Stat(filepath.Join(dir, study+".1.1.dcm")); err != nil {
		t.Error(err)
	}
	s := peertest.StoreSCP(t, "+tls", key, cert, "+cf", cert, "+xa")
	p := peer(s)
	_, err = dimse.Peer{
		Address: p.Address,
		Called:  p.Called,
		Calling: p.Calling,
		TLS:     dimse.SecureProfile(),
	}.Associate(
		context.Background(),
		dimse.Query(dimse.Verification),
	)
	var handshake *dimse.HandshakeError
	if !errors.As(err, &handshake) {
		t.Errorf("an unknown certificate gives %v", err)
	}
	p.TLS = dimse.SecureProfile()
	p.TLS.RootCAs, p.TLS.Certificates = peertest.Pool(t, cert), []tls.Certificate{pair}
	send(t, p, path)
}

func TestACancelledContextEndsAWait(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, conn) // hears and says nothing
		}
	}()
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	begun := time.Now()
	_, err = dimse.Peer{
		Address: l.Addr().String(),
		Called:  "X",
		Calling: "Y",
	}.Associate(
		ctx,
		dimse.Query(dimse.Verification),
	)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 5*time.Second {
		t.Errorf("error %v after %v", err, time.Since(begun))
	}
}

// What is sent arrives as the same data set, whatever its syntax: nothing is transcoded.
func TestEverySyntaxArrivesAsItIs(t *testing.T) {
	dir, source := t.TempDir(), t.TempDir()
	port := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(dir)(in) },
		},
	)
	p := dimse.Peer{Address: peertest.Address(port), Called: "HILUM", Calling: "PEER"}
	syntaxes := map[string]bool{}
	for name, data := range dicomtest.SeedFiles(t) {
		path := filepath.Join(source, filepath.Base(name))
		dicomtest.WriteFile(t, path, data)
		o, err := dimse.OpenObject(path)
		if err != nil || !dimse.IsStorage(o.Class) || !slices.Contains(dimse.StorageSyntaxes(), o.Syntax) {
			continue
		}
		a := associate(t, p, o.Proposal())
		if err := errors.Join(a.Store(context.Background(), o), a.Release(context.Background())); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kept := filepath.Join(dir, o.Instance+".dcm")
		again, err := dimse.OpenObject(kept)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again.Class != o.Class || again.Syntax != o.Syntax {
			t.Errorf("%s: %s in %s became %s in %s", name, o.Class, o.Syntax, again.Class, again.Syntax)
		}
		if !bytes.HasSuffix(data, read(t, kept)[dimse.DataSetStart(again):]) {
			t.Errorf("%s: the data set is another", name)
		}
		syntaxes[o.Syntax] = true
		_ = errors.Join(o.Close(), again.Close())
	}
	if len(syntaxes) < 10 {
		t.Errorf("only %d syntaxes were tried", len(syntaxes))
	}
}
