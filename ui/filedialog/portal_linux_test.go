package filedialog

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// portal is a desktop's portal on a bus of its own, which answers with what it holds. Its
// oracle is the portal's published interface: names, types and the order of question and
// answer.
type portal struct {
	conn   *dbus.Conn
	says   atomic.Pointer[reply] // calls come from goroutines of the bus
	asked  chan question
	closed chan dbus.ObjectPath
}

// reply is what the portal answers.
type reply struct {
	uris   []string
	code   uint32
	silent bool // never answers
}

// question is a call that the portal got.
type question struct {
	method, parent, title string
	options               map[string]dbus.Variant
}

// OpenFile is the portal's method.
func (p *portal) OpenFile(sender dbus.Sender, parent, title string, o map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.answer(sender, question{"OpenFile", parent, title, o})
}

// SaveFile is the portal's method.
func (p *portal) SaveFile(sender dbus.Sender, parent, title string, o map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.answer(sender, question{"SaveFile", parent, title, o})
}

// answer sends the answer before the call returns: the quickest that a portal can be.
func (p *portal) answer(sender dbus.Sender, q question) (dbus.ObjectPath, *dbus.Error) {
	name := strings.NewReplacer(":", "", ".", "_").Replace(string(sender))
	at := dbus.ObjectPath(portalPath + "/request/" + name + "/" + q.options["handle_token"].Value().(string))
	defer func() { p.asked <- q }()
	says := p.says.Load()
	if says.silent {
		if err := p.conn.Export(request{p, at}, at, requestName); err != nil {
			return at, dbus.MakeFailedError(err)
		}
		return at, nil
	}
	err := p.conn.Emit(at, requestName+"."+requestAnswer, says.code,
		map[string]dbus.Variant{"uris": dbus.MakeVariant(says.uris)})
	if err != nil {
		return at, dbus.MakeFailedError(err)
	}
	return at, nil
}

// request is what a dialog can be taken away by.
type request struct {
	p  *portal
	at dbus.ObjectPath
}

// Close is the request's method.
func (r request) Close() *dbus.Error {
	r.p.closed <- r.at
	return nil
}

// privateBus starts a session bus for the test alone.
func privateBus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("no dbus-daemon")
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, which is no error of the test
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	return address
}

// newPortal puts a portal on a private bus.
func newPortal(t *testing.T) *portal {
	t.Helper()
	conn, err := dbus.Connect(privateBus(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &portal{conn: conn, asked: make(chan question, 1), closed: make(chan dbus.ObjectPath, 1)}
	p.says.Store(&reply{})
	if err := conn.Export(p, portalPath, "org.freedesktop.portal.FileChooser"); err != nil {
		t.Fatal(err)
	}
	if owner, err := conn.RequestName(portalName, dbus.NameFlagDoNotQueue); err != nil ||
		owner != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(owner, err)
	}
	return p
}

// ask asks for a purpose with patience.
func ask(t *testing.T, p Purpose, name string) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	k := p.kind()
	return systemRequest{parent: "x11:2a", title: k.title, kind: k, filter: k.filter, name: name, folder: "/films"}.show(ctx)
}

// TestThePortalIsAsked: several films, one model with its pattern, a folder, a name to save
// under, each as the portal's interface has it; an answer that comes at once is not missed.
func TestThePortalIsAsked(t *testing.T) {
	p := newPortal(t)
	uris := []string{"file:///films/a%20b.dcm", "file:///films/c.png"}
	p.says.Store(&reply{uris: uris})
	paths, err := ask(t, Films, "")
	if err != nil || !slices.Equal(paths, []string{"/films/a b.dcm", "/films/c.png"}) {
		t.Errorf("%q, %v", paths, err)
	}
	q := <-p.asked
	var folder []byte
	if err := q.options["current_folder"].Store(&folder); err != nil {
		t.Fatal(err)
	}
	if q.method != "OpenFile" || q.parent != "x11:2a" || q.title != "Open chest films" ||
		q.options["multiple"].Value() != true || q.options["directory"].Value() != false || string(folder) != "/films\x00" {
		t.Errorf("%+v", q)
	}
	p.says.Store(&reply{uris: uris[:1]})
	if _, err := ask(t, Model, ""); err != nil {
		t.Error(err)
	}
	q = <-p.asked
	sent := systemRequest{kind: Model.kind(), filter: "ONNX models"}.options("token")["filters"]
	if got := sent.Signature().String(); got != "a(sa(us))" {
		t.Errorf("filters of the type %s", got)
	}
	if got := q.options["filters"].String(); !strings.Contains(got, "*.onnx") || q.options["multiple"].Value() != false {
		t.Errorf("%+v", q)
	}
	if _, err := ask(t, FilmFolder, ""); err != nil {
		t.Error(err)
	}
	if q = <-p.asked; q.options["directory"].Value() != true {
		t.Errorf("%+v", q)
	}
	if _, err := ask(t, LabelTable, "labels.csv"); err != nil {
		t.Error(err)
	}
	if q = <-p.asked; q.method != "SaveFile" || q.options["current_name"].Value() != "labels.csv" {
		t.Errorf("%+v", q)
	}
}

// TestOneWhoThoughtBetterOfIt chooses nothing, and that is no error.
func TestOneWhoThoughtBetterOfIt(t *testing.T) {
	p := newPortal(t)
	p.says.Store(&reply{code: 1})
	if paths, err := ask(t, Films, ""); err != nil || paths != nil {
		t.Errorf("%q, %v", paths, err)
	}
	p.says.Store(&reply{uris: []string{"https://example.org/a.png"}})
	<-p.asked
	if paths, err := ask(t, Films, ""); err == nil {
		t.Errorf("what is on another machine was read as %q", paths)
	}
}

// TestADialogGoesWithTheProgram: it is taken away when nobody waits any more.
func TestADialogGoesWithTheProgram(t *testing.T) {
	p := newPortal(t)
	p.says.Store(&reply{silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := systemRequest{kind: Films.kind()}.show(ctx)
		done <- err
	}()
	<-p.asked
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	select {
	case <-p.closed:
	case <-time.After(10 * time.Second):
		t.Error("the dialog stays")
	}
}

// TestWithoutAPortal: on a bus without one, and without a bus, the program's own dialog is
// to be used, and no bus is started.
func TestWithoutAPortal(t *testing.T) {
	privateBus(t)
	if _, err := ask(t, Films, ""); !errors.Is(err, errNoDialog) {
		t.Error(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err := ask(t, Films, ""); !errors.Is(err, errNoDialog) {
		t.Error(err)
	}
}

func TestPortalPaths(t *testing.T) {
	for _, bad := range []string{"https://example.org/a.png", "file://", "%zz"} {
		if got, err := localPaths([]string{bad}); err == nil {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
}
