package servers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"hilum/dicomio/pacs"
)

const archive = "dicomweb+https://pacs.example.org/dicom-web"

// TestServersAreKept from one asking to the next, one a name, until they are forgotten.
func TestServersAreKept(t *testing.T) {
	keyring.MockInit()
	dir := filepath.Join(t.TempDir(), "not", "there yet")
	for _, s := range []Server{{Name: "ward", Address: "dicom://WARD@10.0.0.1:104"}, {Name: "archive", Address: "dicom://OLD@10.0.0.2:104"},
		{Name: "archive", Address: archive}} {
		if err := In(dir).Keep(s); err != nil {
			t.Fatal(err)
		}
	}
	list, err := In(dir).List()
	if err != nil || len(list) != 2 || list[0] != (Server{Name: "archive", Address: archive}) || list[1].Name != "ward" {
		t.Fatalf("%v %v", list, err)
	}
	if err := In(dir).Forget("archive"); err != nil {
		t.Fatal(err)
	}
	if _, err := In(dir).Named("archive"); err == nil {
		t.Error("a forgotten server is there")
	}
	if s, err := In(dir).Named("ward"); err != nil || s.Address != "dicom://WARD@10.0.0.1:104" {
		t.Errorf("%v %v", s, err)
	}
}

func TestWhatIsNoServer(t *testing.T) {
	for _, s := range []Server{{Name: "", Address: archive}, {Name: " x", Address: archive}, {Name: "a\x1b[2J", Address: archive}, {Name: "http://x", Address: archive},
		{Name: strings.Repeat("n", 65), Address: archive}, {Name: "x", Address: "pacs.example.org"},
		{Name: "x", Address: "dicomweb+https://anna:geheim@pacs.example.org/dicom-web"}} {
		b := In(t.TempDir())
		err := b.Keep(s)
		if err == nil {
			t.Errorf("%+v was kept", s)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the error tells the password: %v", err)
		}
		if list, err := b.List(); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	}
}

// TestLoginsLieInTheKeyringOnly: nothing of a login is in a file, it belongs to its address, and
// goes with the last server that has it.
func TestLoginsLieInTheKeyringOnly(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	b := In(dir)
	want := pacs.Login{User: "anna", Password: "geheim", Token: "tok-7"}
	for _, name := range []string{"one", "two"} {
		if err := b.Keep(Server{Name: name, Address: archive}); err != nil {
			t.Fatal(err)
		}
	}
	if err := SetLogin(archive, want); err != nil {
		t.Fatal(err)
	}
	if got, err := Login(archive); err != nil || got != want {
		t.Errorf("not the login that was kept: %v", err)
	}
	if got, err := Login("dicomweb+https://elsewhere.example.org"); err != nil || got != (pacs.Login{}) {
		t.Errorf("another address has a login: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{want.User, want.Password, want.Token} {
		if strings.Contains(string(data), part) {
			t.Errorf("%s holds a part of the login", files[0])
		}
	}
	for i, name := range []string{"one", "two"} {
		if err := b.Forget(name); err != nil {
			t.Fatal(err)
		}
		if got, err := Login(archive); err != nil || (got == pacs.Login{}) != (i == 1) {
			t.Errorf("after %s was forgotten: %v", name, err)
		}
	}
}

// TestWithoutAKeyring the servers stay usable, and the error says what is missing and no login.
func TestWithoutAKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("no bus"))
	_, err := Login(archive)
	for _, e := range []error{err, SetLogin(archive, pacs.Login{User: "anna", Password: "geheim"}), ForgetLogin(archive)} {
		if e == nil || !strings.Contains(e.Error(), "keyring") || strings.Contains(e.Error(), "geheim") {
			t.Errorf("the error is %v", e)
		}
	}
	b := In(t.TempDir())
	if err := b.Keep(Server{Name: "archive", Address: archive}); err != nil {
		t.Error(err)
	}
	const plain = "dicom://WARD@10.0.0.1:104" // takes no login, so the keyring is not asked
	if l, err := Login(plain); err != nil || l != (pacs.Login{}) {
		t.Errorf("a login for DICOM's own protocol: %v", err)
	}
	if err := SetLogin(plain, pacs.Login{User: "anna"}); err == nil {
		t.Error("a login was kept that nobody is shown")
	}
	if err := errors.Join(b.Keep(Server{Name: "ward", Address: plain}), b.Forget("ward")); err != nil {
		t.Error(err)
	}
}
