package ui

import (
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/zalando/go-keyring"

	"hilum/app"
	"hilum/app/archives"
	"hilum/app/inbox"
	"hilum/app/servers"
	"hilum/dicomio/pacs"
	"hilum/ui/uitest"
)

// TestServersFromTheMenu: the command opens the page, and a server that does not answer is said
// there.
func TestServersFromTheMenu(t *testing.T) {
	keyring.MockInit()
	h := newHarness(t, app.Config{Dir: t.TempDir(), Fetched: filepath.Join(t.TempDir(), "fetched")})
	if err := h.Archives.Book.Keep(servers.Server{Name: "gone", Address: "dicom://A@127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	h.window.run("file.server")()
	win := uitest.WindowCalled("Hilum: Open from server")
	if win == nil {
		t.Fatal("there is no page")
	}
	uitest.Type(win.Canvas(), "Muster")
	h.Key(win.Canvas(), fyne.KeyReturn, 0)
	h.Wait("the failure", func(st app.State) bool { return !st.Archive.Searching && !st.Archive.Failure.IsZero() })
	h.Run()
	if words := strings.Join(uitest.Texts(win.Content()), " "); !strings.Contains(words, "nothing answers there") ||
		!strings.Contains(words, "gone gave no answer") {
		t.Errorf("the page says %q", words)
	}
	h.Key(win.Canvas(), fyne.KeyEscape, 0) // out of the box
	h.Key(win.Canvas(), fyne.KeyEscape, 0)
	if uitest.WindowCalled("Hilum: Open from server") != nil {
		t.Error("Escape did not close the page")
	}
}

// TestALinkToAnotherServerIsPutBeforeTheReader: Escape and the first button say no, and only the
// other one asks the server.
func TestALinkToAnotherServerIsPutBeforeTheReader(t *testing.T) {
	h := newHarness(t, app.Config{Dir: t.TempDir(), Fetched: filepath.Join(t.TempDir(), "fetched")})
	link := archives.Link{Server: "dicom://A@127.0.0.1:1", Study: "1.2.3"}
	for _, key := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyReturn, ""} {
		h.Archives.Follow(link)
		h.Run()
		if h.window.servers.asking == nil {
			t.Fatal("nothing is asked")
		}
		if words := strings.Join(uitest.Texts(h.window.servers.asking), " "); !strings.Contains(words, link.Server) {
			t.Errorf("it is asked %q", words)
		}
		if key != "" {
			h.key(key, 0)
		} else {
			uitest.Find(t, fyne.CanvasObject(h.window.servers.asking), "yes", func(b *answerButton) bool {
				return b.Text == "Ask it once"
			}).OnTapped()
		}
		h.Run()
		if h.window.servers.asking != nil || (len(h.State().Archive.Retrievals) > 0) != (key == "") {
			t.Errorf("%s: %+v", key, h.State().Archive.Retrievals)
		}
	}
	h.Wait("the failure", func(st app.State) bool {
		return len(st.Archive.Retrievals) == 1 && st.Archive.Retrievals[0].Failed()
	})
}

// TestTheStatusLineSaysWhatComes from servers and out of the inbox.
func TestTheStatusLineSaysWhatComes(t *testing.T) {
	st := uitest.StateOf(func(st *app.State) {
		st.Archive.Retrievals = []archives.Retrieval{{ID: 1, Running: true, Done: 2, Total: 5, Study: pacs.Study{UID: "1.2"}}, {ID: 2}}
		st.Inbox = inbox.Followed{Folder: "/in", Films: 7}
	})
	if got := strings.Join(statusParts(uitest.Environment(t), st), " | "); got != "Fetching 2 of 5 (+1) | Inbox: 7 films" {
		t.Errorf("it says %q", got)
	}
	st.Inbox.Gone = true
	if got := strings.Join(statusParts(uitest.Environment(t), st), " | "); !strings.Contains(got, "not to be read") {
		t.Errorf("it says %q", got)
	}
}
