package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"hilum/dicomio/pacs"
	"hilum/internal/peertest"
)

// outcome tells a check as a line: the steps that passed, and which failed and why.
func outcome(list []Checked) (passed int, failed, why string) {
	for _, c := range list {
		switch c.Outcome {
		case Passed:
			passed++
		case Failed:
			failed, why = c.Title.String(), c.Why.String()
		}
	}
	return passed, failed, why
}

// TestCheckNamesTheStep against Orthanc, and against places where each step fails.
func TestCheckNamesTheStep(t *testing.T) {
	orthanc := peertest.Orthanc(t, `, "RegisteredUsers": {"anna": "geheim"}`)
	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "anna" || password != "geheim" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/dicom+json")
		fmt.Fprint(w, "[]")
	}))
	defer denies.Close()
	at := peertest.Address(orthanc.DICOM)
	for _, c := range []struct {
		address      string
		login        pacs.Login
		passed       int
		failed, says string
	}{
		{"dicom://ORTHANC@" + at, pacs.Login{}, 5, "", ""},
		{"dicomweb+" + orthanc.DICOMweb(), pacs.Login{}, 4, "", ""},
		{"dicom://WRONG@" + at, pacs.Login{}, 2, "It knows both titles (association)", "title"},
		{"dicom+tls://ORTHANC@" + at, pacs.Login{}, 2, "The connection is secured (TLS)", "TLS"},
		{"dicom://A@no-such-host.invalid:104", pacs.Login{}, 0, "The name of the computer is known", "not known"},
		{"dicom://A@127.0.0.1:1", pacs.Login{}, 1, "Something answers at the address and port", "nothing answers"},
		{"dicom://A@" + peertest.Address(orthanc.HTTP), pacs.Login{}, 2, "It knows both titles (association)", "127.0.0.1"},
		{"dicomweb+" + denies.URL, pacs.Login{User: "anna", Password: "falsch"}, 2, "The login is accepted", "login"},
		{"dicomweb+" + denies.URL, pacs.Login{User: "anna", Password: "geheim"}, 4, "", ""},
		{"dicomweb+" + orthanc.DICOMweb() + "/wrong", pacs.Login{}, 3, "It answers a search", "path"},
	} {
		list := Server{Name: "x", Address: c.address}.Check(context.Background(), c.login)
		passed, failed, why := outcome(list)
		if passed != c.passed || failed != c.failed || !strings.Contains(why, c.says) || strings.Contains(why, "falsch") {
			t.Errorf("%s: %d passed, %q failed: %s", c.address, passed, failed, why)
		}
	}
	cut, stop := context.WithCancel(context.Background())
	stop()
	if passed, failed, _ := outcome((Server{Name: "x", Address: "dicom://ORTHANC@" + at}).Check(cut, pacs.Login{})); failed == "" {
		t.Errorf("a check that was cancelled passed %d steps", passed)
	}
}

// TestFormsAndServersAreOne: a form makes the address that it shows again.
func TestFormsAndServersAreOne(t *testing.T) {
	for want, f := range map[string]Form{
		"dicom://ARCHIVE@10.0.0.1:11112":              {Host: "10.0.0.1", Port: "11112", Called: "ARCHIVE"},
		"dicom://ARCHIVE@pacs.example.org":            {Host: "pacs.example.org", Called: "ARCHIVE"},
		"dicom+tls://MY%20PACS@[::1]:2762?calling=ME": {Host: "::1", Port: "2762", Called: "MY PACS", Calling: "ME", TLS: true},
		"dicomweb+https://pacs.example.org/dicom-web": {Web: true, URL: "https://pacs.example.org/dicom-web"},
	} {
		f.Name = "one"
		s, err := f.Server()
		if err != nil || s.Address != want {
			t.Errorf("%+v became %s, %v", f, s.Address, err)
			continue
		}
		if again := FormOf(s); again != f {
			t.Errorf("%+v came back as %+v", f, again)
		}
	}
	move := Form{Name: "m", Host: "a", Called: "A", MovePort: "1104"}
	if s, err := move.Server(); err != nil || s.MovePort != 1104 || FormOf(s).MovePort != "1104" {
		t.Errorf("%+v %v", s, err)
	}
	for _, f := range []Form{
		{}, {Name: "x"}, {Name: "x", Host: "a"}, {Name: "x", Host: "a", Called: "A", Port: "0"},
		{Name: "x", Host: "a", Called: "A", Port: "many"}, {Name: "x", Host: "a/b", Called: "A"},
		{Name: "x", Host: "a", Called: "ABCDEFGHIJKLMNOPQ"}, {Name: "x", Web: true, URL: "pacs.example.org"},
		{Name: "x", Web: true, URL: "https://anna:geheim@pacs.example.org"}, {Host: "a", Called: "A"},
		{Name: "x", Host: "a", Called: "A", MovePort: "-3"}, {Name: "x", Host: "a", Called: "A", Certificate: "c.pem"},
		{Name: "x", Host: "a", Called: "A", TLS: true, Authorities: "/no/such/file.pem"},
	} {
		if s, err := f.Server(); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%+v became %+v, %v", f, s, err)
		}
	}
}

// TestLoginsForTheSession go before those of the keyring, lie in memory only, and work where no
// keyring answers.
func TestLoginsForTheSession(t *testing.T) {
	keyring.MockInit()
	var l Logins
	kept, now := pacs.Login{User: "anna", Password: "geheim"}, pacs.Login{Token: "tok-7"}
	if err := SetLogin(archive, kept); err != nil || Keyring() != nil {
		t.Fatal(err)
	}
	l.ForSession(archive, now)
	if got, err := l.Of(archive); err != nil || got != now {
		t.Error("not the login of the session", err)
	}
	l.ForSession(archive, pacs.Login{})
	if got, err := l.Of(archive); err != nil || got != kept {
		t.Error("not the login of the keyring", err)
	}
	keyring.MockInitWithError(errors.New("no bus"))
	l.ForSession(archive, now)
	if got, err := l.Of(archive); err != nil || got != now {
		t.Error("no login without a keyring", err)
	}
	if err := Keyring(); err == nil || !strings.Contains(err.Error(), "keyring") {
		t.Errorf("the keyring answers: %v", err)
	}
}
