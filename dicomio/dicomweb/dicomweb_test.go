package dicomweb_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/dicomweb"
	"hilum/dicomio/internal/dicomtest"
	"hilum/internal/message"
	"hilum/internal/peertest"
)

const study = "1.2.826.0.1.3680043.8.498.78"

// warnings collects what a client warns of.
type warnings struct {
	mu   sync.Mutex
	list []string
}

func (w *warnings) add(m message.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, m.String())
}

func (w *warnings) has(part string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(strings.Join(w.list, "\n"), part)
}

// client speaks with a handler.
func client(t *testing.T, h http.HandlerFunc) (*dicomweb.Client, *warnings) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var w warnings
	return dicomweb.New(s.URL, dicomweb.Options{Warn: w.add}), &w
}

func file(path string) func(io.Writer) error {
	return func(w io.Writer) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	}
}

func TestSpeaksWithOrthanc(t *testing.T) {
	s := peertest.Orthanc(t, "")
	var w warnings
	c := dicomweb.New(s.DICOMweb(), dicomweb.Options{Warn: w.add})
	ctx, dir := context.Background(), t.TempDir()
	var writes []func(io.Writer) error
	sent := map[string][]byte{}
	for n := range 3 {
		path := dicomtest.StudyFilm(t, dir, study, n)
		writes = append(writes, file(path))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sent[fmt.Sprintf("%s.1.%d", study, n)] = b
	}
	done, err := c.Store(ctx, writes)
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Kept) != 3 || len(done.Failed) > 0 {
		t.Errorf("stored %+v", done)
	}
	var found []dicomweb.Object
	err = c.Search(
		ctx,
		"/studies",
		url.Values{"PatientName": {"Muster^E*"}, "StudyDate": {"20240101-20241231"}},
		tag.StudyInstanceUID,
		func(o dicomweb.Object) error { found = append(found, o); return nil },
	)
	if err != nil || len(found) != 1 || found[0].Text(tag.PatientName) != "Muster^Erika" ||
		found[0].Text(tag.StudyDate) != "20240229" {
		t.Fatalf("found %v, %v", found, err)
	}
	instances := 0
	err = c.Metadata(ctx, "/studies/"+study, func(o dicomweb.Object) error {
		instances++
		if o.Int(tag.Rows, 0) != 200 {
			t.Errorf("%v rows", o.Texts(tag.Rows))
		}
		return nil
	})
	if err != nil || instances != 3 {
		t.Errorf("%d instances, %v", instances, err)
	}
	got := 0
	err = c.Retrieve(ctx, "/studies/"+study, func(p dicomweb.Part) error {
		b, err := io.ReadAll(p)
		got++
		for _, want := range sent {
			if bytes.HasSuffix(b, want[len(want)-200*300*2:]) {
				return err
			}
		}
		t.Errorf("an object of %d bytes holds no pixels that were sent", len(b))
		return err
	})
	if err != nil || got != 3 {
		t.Errorf("%d objects, %v", got, err)
	}
	instance := "/studies/" + study + "/series/" + study + ".1/instances/" + study + ".1.2"
	err = c.Frames(ctx, instance, []int{1}, func(p dicomweb.Part) error {
		b, err := io.ReadAll(p)
		if want := sent[study+".1.2"]; !bytes.Equal(b, want[len(want)-200*300*2:]) {
			t.Errorf("a frame of %d bytes is not that which was sent", len(b))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	picture, kind, err := c.Rendered(ctx, instance, 100, 100)
	if err != nil || kind != "image/jpeg" || !bytes.HasPrefix(picture, []byte("\xff\xd8\xff")) {
		t.Errorf("rendered: %d bytes of %s, %v", len(picture), kind, err)
	}
	if len(w.list) > 0 {
		t.Errorf("warnings: %v", w.list)
	}
}

func TestShowsItsLogin(t *testing.T) {
	for name, login := range map[string]dicomweb.Login{"basic": {User: "u", Password: "p"}, "bearer": {Token: "abc"}} {
		var got string
		s := httptest.NewServer(
			http.HandlerFunc(
				func(w http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization"); w.WriteHeader(204) },
			),
		)
		defer s.Close()
		c := dicomweb.New(s.URL, dicomweb.Options{Login: login})
		if err := c.Search(context.Background(), "/studies", nil, tag.StudyInstanceUID, nil); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"basic": "Basic dTpw", "bearer": "Bearer abc"}[name]
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if text := fmt.Sprintf("%v %+v %#v", login, login, dicomweb.Options{Login: login}); strings.Contains(
			text,
			"abc",
		) ||
			strings.Contains(text, `"p"`) {
			t.Errorf("a login prints as %s", text)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for status, want := range map[int]string{401: "it wants a login", 403: "may not do that", 404: "check the path", 503: "try again later", 500: "internal server error"} {
		c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Muster^Erika", status) })
		err := c.Search(
			context.Background(),
			"/studies",
			url.Values{"PatientName": {"Muster"}},
			tag.StudyInstanceUID,
			nil,
		)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Muster") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// An error of the connection names no address, in which a patient may stand.
func TestErrorsNameNoPatient(t *testing.T) {
	c := dicomweb.New("http://127.0.0.1:1", dicomweb.Options{})
	err := c.Search(context.Background(), "/studies", url.Values{"PatientName": {"Muster"}}, tag.StudyInstanceUID, nil)
	if err == nil || strings.Contains(err.Error(), "Muster") {
		t.Errorf("error %v", err)
	}
}

func results(from, to int) string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf(`{"0020000D":{"vr":"UI","Value":["1.2.%d"]}}`, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func count(t *testing.T, c *dicomweb.Client) int {
	t.Helper()
	n := 0
	if err := c.Search(context.Background(), "/studies", nil, tag.StudyInstanceUID, func(dicomweb.Object) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPagesAreJoined(t *testing.T) {
	const all = 450
	paging := func(most int, warn bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			limit, _ := strconv.Atoi(r.FormValue("limit"))
			offset, _ := strconv.Atoi(r.FormValue("offset"))
			w.Header().Set("Content-Type", "application/dicom+json")
			to := min(all, offset+min(limit, most))
			if warn && to < all {
				w.Header().Set("Warning", "299 X: There are 9 additional results that can be requested")
			}
			if offset >= all {
				w.WriteHeader(204)
				return
			}
			_, _ = io.WriteString(w, results(offset, to))
		}
	}
	c, _ := client(t, paging(1000, false))
	if n := count(t, c); n != all {
		t.Errorf("%d of %d", n, all)
	}
	c, _ = client(t, paging(50, true)) // smaller pages than asked for, said so
	if n := count(t, c); n != all {
		t.Errorf("%d of %d in small pages", n, all)
	}
	c, w := client(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, results(0, all)) })
	if n := count(t, c); n != all || !w.has("in one piece") || !w.has("text/plain") {
		t.Errorf("%d of %d without paging, warnings %v", n, all, w.list)
	}
}

func TestQuirksOfResultsAreReadOver(t *testing.T) {
	c, w := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[{"00100010":{"vr":"PN"}},
		 {"0020000d":{"vr":"UI","Value":"1.2.3"},"00100010":{"vr":"PN","Value":"A^B"},"00201208":{"vr":"IS","Value":["7"]}},
		 {"0020000D":{"vr":"UI","Value":["1.2.4"]},"00100010":{"vr":"PN","Value":[null]},"00201208":{"vr":"IS","Value":[8]}}]`)
	})
	var got []string
	err := c.Search(context.Background(), "/studies", nil, tag.StudyInstanceUID, func(o dicomweb.Object) error {
		got = append(
			got,
			fmt.Sprint(
				o.Text(tag.StudyInstanceUID),
				" ",
				o.Text(tag.PatientName),
				" ",
				o.Int(tag.NumberOfStudyRelatedInstances, -1),
			),
		)
		return nil
	})
	if err != nil || fmt.Sprint(got) != "[1.2.3 A^B 7 1.2.4  8]" || !w.has("without its UID") {
		t.Errorf("%q, %v, %v", got, err, w.list)
	}
}

func TestQuirksOfObjectsAreReadOver(t *testing.T) {
	for name, answer := range map[string]struct{ kind, body, warning string }{
		"one object":       {"application/dicom", "OBJECT", "without its envelope"},
		"no type":          {"application/octet-stream", "OBJECT", "not multipart/related"},
		"no boundary":      {"multipart/related", "--x\r\nContent-Type: application/dicom\r\n\r\nOBJECT\r\n--x--\r\n", "not multipart/related"},
		"another type":     {"text/plain", "--x\r\nContent-Type: application/dicom\r\n\r\nOBJECT\r\n--x--\r\n", "not multipart/related"},
		"parts of no type": {"multipart/related; boundary=x", "--x\r\n\r\nOBJECT\r\n--x--\r\n", "not application/dicom"},
	} {
		c, w := client(t, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", answer.kind)
			_, _ = io.WriteString(rw, answer.body)
		})
		var got []string
		err := c.Retrieve(context.Background(), "/studies/1", func(p dicomweb.Part) error {
			b, err := io.ReadAll(p)
			got = append(got, string(b))
			return err
		})
		if err != nil || fmt.Sprint(got) != "[OBJECT]" || !w.has(answer.warning) {
			t.Errorf("%s: %q, %v, warnings %q", name, got, err, w.list)
		}
	}
}

func TestAServerThatEncodesAnewIsAskedAgain(t *testing.T) {
	c, w := client(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept"), "transfer-syntax=*") {
			rw.WriteHeader(406)
			return
		}
		rw.Header().Set("Content-Type", "application/dicom")
		_, _ = io.WriteString(rw, "OBJECT")
	})
	n := 0
	if err := c.Retrieve(context.Background(), "/studies/1", func(dicomweb.Part) error { n++; return nil }); err != nil ||
		n != 1 ||
		!w.has("encoded them anew") {
		t.Errorf("%d objects, %v, %v", n, err, w.list)
	}
}

func TestATruncatedAnswerIsAnError(t *testing.T) {
	c, _ := client(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "multipart/related; boundary=x")
		_, _ = io.WriteString(
			rw,
			"--x\r\nContent-Type: application/dicom\r\n\r\nOBJECT\r\n--x\r\nContent-Type: application/dicom\r\n\r\nOBJ",
		)
	})
	err := c.Retrieve(
		context.Background(),
		"/studies/1",
		func(p dicomweb.Part) error { _, err := io.Copy(io.Discard, p); return err },
	)
	if err == nil {
		t.Error("half an object is taken for one")
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/dicom")
		_, _ = io.WriteString(rw, "OB")
		rw.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	c := dicomweb.New(s.URL, dicomweb.Options{Stall: 100 * time.Millisecond})
	err := c.Retrieve(
		context.Background(),
		"/studies/1",
		func(p dicomweb.Part) error { _, err := io.Copy(io.Discard, p); return err },
	)
	if err == nil || !strings.Contains(err.Error(), "stopped sending") {
		t.Errorf("error %v", err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer stop()
	err = dicomweb.New(
		s.URL,
		dicomweb.Options{},
	).Retrieve(
		ctx,
		"/studies/1",
		func(p dicomweb.Part) error { _, err := io.Copy(io.Discard, p); return err },
	)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// An answer without an end is not held.
func TestAnEndlessObjectIsRefused(t *testing.T) {
	c, _ := client(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/dicom+json")
		_, _ = io.WriteString(rw, `[{"00100010":{"vr":"PN","Value":["`)
		for range 1 << 10 {
			if _, err := io.WriteString(rw, strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	})
	var err error
	used := dicomtest.Allocated(func() {
		err = c.Search(
			context.Background(),
			"/studies",
			nil,
			tag.StudyInstanceUID,
			func(dicomweb.Object) error { return nil },
		)
	})
	if err == nil || !strings.Contains(err.Error(), "more than 16 MB") || used > 128<<20 {
		t.Errorf("error %v, %d MB", err, used>>20)
	}
}

func TestFailuresOfSingleObjectsAreTold(t *testing.T) {
	c, _ := client(t, func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "application/dicom+json")
		rw.WriteHeader(202)
		_, _ = io.WriteString(
			rw,
			`{"00081198":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2"]},"00081197":{"vr":"US","Value":[42752]}}]},
		 "00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.3"]}}]}}`,
		)
	})
	done, err := c.Store(context.Background(), []func(io.Writer) error{func(io.Writer) error { return nil }})
	if err != nil || done.Failed["1.2"] != 0xA700 || !done.Kept["1.3"] {
		t.Errorf("%+v, %v", done, err)
	}
}

// A private authority is trusted where it is named, and a certificate of ours is shown.
func TestCertificatesOfBothSides(t *testing.T) {
	key, cert := peertest.Certificate(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }),
	)
	s.TLS = &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    peertest.Pool(t, cert),
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	search := func(config *tls.Config) error {
		return dicomweb.New(
			s.URL,
			dicomweb.Options{TLS: config},
		).Search(
			context.Background(),
			"/studies",
			nil,
			tag.StudyInstanceUID,
			nil,
		)
	}
	if err := search(&tls.Config{RootCAs: peertest.Pool(t, cert), Certificates: []tls.Certificate{pair}}); err != nil {
		t.Error(err)
	}
	if search(nil) == nil || search(&tls.Config{RootCAs: peertest.Pool(t, cert)}) == nil {
		t.Error("a side is trusted that shows nothing")
	}
}

// Whatever a server sends is an object, or none.
func FuzzAnswers(f *testing.F) {
	f.Add("application/dicom+json", `[{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00081198":{"vr":"SQ","Value":[{}]}}]`)
	f.Add("multipart/related; boundary=x", "--x\r\nContent-Type: application/dicom\r\n\r\nOBJECT\r\n--x--\r\n")
	f.Add("multipart/related", "--x\r\n\r\nOBJECT\r\n--x--\r\n")
	var mu sync.Mutex
	var kind, body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	}))
	defer s.Close()
	c := dicomweb.New(s.URL, dicomweb.Options{})
	f.Fuzz(func(t *testing.T, k, b string) {
		mu.Lock()
		defer mu.Unlock()
		kind, body = strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return 'x'
			}
			return r
		}, k), b
		total := 0
		_ = c.Retrieve(context.Background(), "/studies/1", func(p dicomweb.Part) error {
			n, err := io.Copy(io.Discard, p)
			total += int(n)
			return err
		})
		if total > len(b) {
			t.Errorf("%d bytes out of %d", total, len(b))
		}
		_ = c.Metadata(context.Background(), "/studies/1", func(o dicomweb.Object) error {
			for _, item := range o.Items(tag.FailedSOPSequence) {
				_ = item.Texts(tag.ReferencedSOPInstanceUID)
			}
			return nil
		})
	})
}
