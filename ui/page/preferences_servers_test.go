package page

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/zalando/go-keyring"

	"hilum/app"
	"hilum/app/servers"
	"hilum/dicomio/pacs"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// serversOf opens the tab of the servers of a session.
func serversOf(t *testing.T, s *uitest.Session) (*serverTab, fyne.Window) {
	t.Helper()
	p := newPreferencesPage(preferencesOf(s), test.NewTempWindow(t, widget.NewLabel("")))
	tab := newServerTab(p)
	win := test.NewTempWindow(t, tab.box)
	win.Resize(fyne.NewSize(760, 600))
	return tab, win
}

// tapButton presses the button of that text.
func tapButton(t *testing.T, in fyne.CanvasObject, text string) {
	t.Helper()
	test.Tap(uitest.Find(t, in, text, func(b *widget.Button) bool { return b.Text == text }))
}

// TestServersAreKeptThroughTheTab: a server is filled in, tested, kept with its login in the
// keyring only, changed, renamed and forgotten.
func TestServersAreKeptThroughTheTab(t *testing.T) {
	keyring.MockInit()
	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "anna" || password != "geheim" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/dicom+json")
		_, _ = w.Write([]byte("[]"))
	}))
	defer denies.Close()
	dir := t.TempDir()
	s := uitest.NewSession(t, app.Config{Dir: dir})
	tab, win := serversOf(t, s)
	tapButton(t, win.Content(), "Keep")
	if !strings.Contains(tab.said.Text, "address") {
		t.Errorf("an empty form says %q", tab.said.Text)
	}
	tab.name.SetText("clinic")
	tab.url.SetText(denies.URL)
	tapButton(t, win.Content(), "Test")
	if !strings.Contains(tab.said.Text, "it wants a login") || len(tab.checked.Objects) != 4 {
		t.Errorf("without a login: %q, %d steps", tab.said.Text, len(tab.checked.Objects))
	}
	tab.user.SetText("anna")
	tab.password.SetText("geheim")
	tapButton(t, win.Content(), "Test")
	if tab.said.Text != "The server answers." {
		t.Errorf("with the login: %q", tab.said.Text)
	}
	tapButton(t, win.Content(), "Keep")
	address := "dicomweb+" + denies.URL
	want := pacs.Login{User: "anna", Password: "geheim"}
	if got, err := servers.Login(address); err != nil || got != want || tab.password.Text != "" {
		t.Errorf("not in the keyring, or still in the field: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "servers.json"))
	if err != nil || strings.Contains(string(data), "geheim") || strings.Contains(string(data), "anna") {
		t.Errorf("the file: %v", err)
	}
	tapButton(t, win.Content(), "Test") // by the login that is kept
	if tab.said.Text != "The server answers." {
		t.Errorf("with the kept login: %q", tab.said.Text)
	}
	tab.name.SetText("clinic of old")
	tapButton(t, win.Content(), "Keep")
	if list, err := s.Archives.Book.List(); err != nil || len(list) != 1 || list[0].Name != "clinic of old" {
		t.Errorf("renamed: %+v %v", list, err)
	}
	if got, err := servers.Login(address); err != nil || got != want {
		t.Errorf("the login went with the name: %v", err)
	}
	test.Tap(tab.forget)
	if list, err := s.Archives.Book.List(); err != nil || len(list) != 0 {
		t.Errorf("forgotten: %+v %v", list, err)
	}
	if got, err := servers.Login(address); err != nil || got != (pacs.Login{}) {
		t.Errorf("the login stayed: %v", err)
	}
}

// TestServersWithoutAKeyring: the tab says so, and a login holds in memory only.
func TestServersWithoutAKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("no bus"))
	defer keyring.MockInit()
	s := uitest.NewSession(t, app.Config{Dir: t.TempDir()})
	tab, win := serversOf(t, s)
	if !tab.session.Checked || !tab.session.Disabled() || !tab.keyring.Visible() {
		t.Error("the tab does not say that no keyring answers")
	}
	tab.kind.SetSelectedIndex(1)
	tab.name.SetText("ward")
	tab.host.SetText("10.0.0.5")
	tab.port.SetText("11112")
	tapButton(t, win.Content(), "Keep")
	if !strings.Contains(tab.said.Text, "application entity title") {
		t.Errorf("without a title: %q", tab.said.Text)
	}
	tab.called.SetText("WARD")
	win.Resize(fyne.NewSize(760, 1000)) // all of it is in sight
	golden.Check(t, "servers-dimse", win.Canvas().Capture())
	tapButton(t, win.Content(), "Keep")
	if one, err := s.Archives.Book.Named("ward"); err != nil || one.Address != "dicom://WARD@10.0.0.5:11112" {
		t.Errorf("%+v %v", one, err)
	}
	tapButton(t, win.Content(), "Another server")
	tab.name.SetText("web")
	tab.url.SetText("https://pacs.example.org/dicom-web")
	tab.token.SetText("tok-7")
	tapButton(t, win.Content(), "Keep")
	if got, err := s.Archives.Logins.Of("dicomweb+https://pacs.example.org/dicom-web"); err != nil || got.Token != "tok-7" {
		t.Errorf("no login for the session: %v; %q", err, tab.said.Text)
	}
	tab.name.SetText("ward")
	tapButton(t, win.Content(), "Keep")
	if !strings.Contains(tab.said.Text, "already") {
		t.Errorf("a name that is taken: %q", tab.said.Text)
	}
}
