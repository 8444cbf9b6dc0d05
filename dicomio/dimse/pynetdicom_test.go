package dimse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hilum/dicomio/dimse"
	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/peertest"
)

// pynetdicom is a second implementation besides DCMTK: both ways, with its own programs.
func TestSpeaksWithPynetdicom(t *testing.T) {
	python := peertest.Python(t, "pynetdicom")
	dir := t.TempDir()
	here := fmt.Sprint(serve(t, &dimse.Server{Title: "HILUM",
		Store: func(_ context.Context, in *dimse.Incoming) dimse.Status { return store(dir)(in) }}))
	path := dicomtest.StudyFilm(t, t.TempDir(), study, 1)
	peertest.Succeeds(t, python, "-m", "pynetdicom", "echoscu", "127.0.0.1", here, "-aec", "HILUM")
	peertest.Succeeds(t, python, "-m", "pynetdicom", "storescu", "127.0.0.1", here, path, "-aec", "HILUM")
	if got, want := pixelsOf(t, filepath.Join(dir, filepath.Base(path))), pixelsOf(t, path); got != want {
		t.Errorf("pixels %s, sent %s", got, want)
	}
	peer := &peertest.Server{DICOM: peertest.FreePort(t), Title: "PYNET", Dir: t.TempDir()}
	peer.Run(t, python, "-m", "pynetdicom", "storescp", fmt.Sprint(peer.DICOM), "-aet", peer.Title, "-od", peer.Dir)
	p := dimse.Peer{Address: peertest.Address(peer.DICOM), Called: peer.Title, Calling: "HILUM"}
	a := associate(t, p, dimse.Query(dimse.Verification))
	if err := errors.Join(a.Echo(context.Background()), a.Release(context.Background())); err != nil {
		t.Fatal(err)
	}
	send(t, p, path)
	files, err := os.ReadDir(peer.Dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v\n%s", files, err, peer.Output())
	}
	if got, want := pixelsOf(t, filepath.Join(peer.Dir, files[0].Name())), pixelsOf(t, path); got != want {
		t.Errorf("pixels %s, sent %s", got, want)
	}
}
