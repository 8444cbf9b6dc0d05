package dicomweb

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hilum/internal/message"
)

// Login is how a person or a program shows a server who it is. It prints as nothing: it
// belongs in no log.
type Login struct {
	User, Password string // basic authentication (RFC 7617)
	Token          string // bearer token (RFC 6750), which goes before it
}

// String implements fmt.Stringer.
func (Login) String() string { return "(login)" }

// GoString implements fmt.GoStringer.
func (Login) GoString() string { return "(login)" }

// Options are how a server is spoken with. Zeros are the usual.
type Options struct {
	Login Login
	TLS   *tls.Config // certificates of ours, and authorities that are trusted; nil for the system's
	// Connect, Answer and Stall end waits: for the connection; for the head of an answer;
	// and for the next bytes of one.
	Connect, Answer, Stall time.Duration
	// Warn hears what a server gets wrong; nil for nobody. No patient is named.
	Warn func(message.Message)
}

// Client speaks with one server. It may be used by several goroutines.
type Client struct {
	base string
	http *http.Client
	o    Options
}

// New speaks with the service at an address, as http://host:port/dicom-web.
func New(base string, o Options) *Client {
	usual := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	usual(&o.Connect, 10*time.Second)
	usual(&o.Answer, 2*time.Minute) // some look through an archive first
	usual(&o.Stall, time.Minute)
	if o.Warn == nil {
		o.Warn = func(message.Message) {}
	}
	return &Client{base: strings.TrimRight(base, "/"), o: o, http: &http.Client{Transport: &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: o.Connect}).DialContext, TLSClientConfig: o.TLS,
		TLSHandshakeTimeout: o.Connect, ResponseHeaderTimeout: o.Answer, IdleConnTimeout: time.Minute,
		MaxIdleConnsPerHost: 8, ForceAttemptHTTP2: true, ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10,
	}}}
}

// Close ends the connections that wait to be used again.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// StatusError is an answer of HTTP that says that a request failed. What else the server
// said is not kept: it may name a patient.
type StatusError struct{ Status int }

// Message is the sentence with its parts.
func (e *StatusError) Message() message.Message {
	switch e.Status {
	case http.StatusUnauthorized:
		return message.Of(
			"it wants a login, or does not accept this one (HTTP %d); give user and password, or a token",
			e.Status,
		)
	case http.StatusForbidden:
		return message.Of("this login may not do that there (HTTP %d)", e.Status)
	case http.StatusNotFound:
		return message.Of("it has nothing there (HTTP %d); check the path of the address and the UID", e.Status)
	case http.StatusNotAcceptable:
		return message.Of("it cannot send what was asked for in that form (HTTP %d)", e.Status)
	case http.StatusRequestEntityTooLarge:
		return message.Of("what was sent is too large for it (HTTP %d)", e.Status)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return message.Of("it is too busy (HTTP %d); try again later", e.Status)
	}
	return message.Of("it answered %s (HTTP %d)", strings.ToLower(http.StatusText(e.Status)), e.Status)
}

// Error implements error.
func (e *StatusError) Error() string { return e.Message().String() }

// request asks and gives an answer that succeeded, whose body the caller closes. The body
// ends with an error where it stalls.
func (c *Client) request(
	ctx context.Context,
	method, path string,
	head http.Header,
	body io.Reader,
) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	rq, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		cancel(nil)
		return nil, message.Errorf("the address %s is not one of a web service", c.base)
	}
	for k, v := range head {
		rq.Header[k] = v
	}
	switch {
	case c.o.Login.Token != "":
		rq.Header.Set("Authorization", "Bearer "+c.o.Login.Token)
	case c.o.Login.User != "":
		rq.SetBasicAuth(c.o.Login.User, c.o.Login.Password)
	}
	answer, err := c.http.Do(rq)
	if err != nil {
		err = plainError(ctx, err)
		cancel(nil)
		return nil, err
	}
	answer.Body = &stallBody{
		answer.Body,
		time.AfterFunc(c.o.Stall, func() { cancel(errStalled) }),
		c.o.Stall,
		ctx,
		cancel,
	}
	return answer, nil
}

var errStalled = message.New("the server stopped sending")

// plainError is an error of a request without its address, in which a search may name a
// patient.
func plainError(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		var dial *net.OpError
		if !errors.As(err, &dial) || dial.Op != "dial" {
			return message.Errorf("the other side did not answer in time")
		}
	}
	return err
}

// stallBody is the body of an answer whose bytes must not be too long in coming.
type stallBody struct {
	io.ReadCloser
	timer  *time.Timer
	d      time.Duration
	ctx    context.Context // of the request that the body belongs to
	cancel context.CancelCauseFunc
}

// Read implements io.Reader.
func (s *stallBody) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	s.timer.Reset(s.d)
	if err != nil && !errors.Is(err, io.EOF) {
		err = plainError(s.ctx, err)
	}
	return n, err
}

// Close implements io.Closer.
func (s *stallBody) Close() error {
	s.timer.Stop()
	s.cancel(nil)
	return s.ReadCloser.Close()
}

// get asks for a resource in a form. An answer without content has a nil body.
func (c *Client) get(ctx context.Context, path, accept string) (*http.Response, error) {
	answer, err := c.request(ctx, http.MethodGet, path, http.Header{"Accept": {accept}}, nil)
	if err != nil {
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNoContent:
	case http.StatusPartialContent:
		c.o.Warn(message.Of("The server sent a part of what it has."))
	default:
		_ = answer.Body.Close()
		return nil, &StatusError{answer.StatusCode}
	}
	return answer, nil
}

const (
	typeJSON  = "application/dicom+json"
	typeDICOM = "application/dicom"
	// maxObject bounds one object of JSON, which is held in memory.
	maxObject = 16 << 20
)

// objects reads a list of objects of JSON, one after the other.
func (c *Client) objects(answer *http.Response, each func(Object) error) error {
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	if kind := answer.Header.Get("Content-Type"); !strings.Contains(kind, "json") {
		c.o.Warn(message.Of("The server calls its answer %s, not %s.", kind, typeJSON))
	}
	most := &bounded{r: answer.Body, left: maxObject}
	d := json.NewDecoder(most)
	first, err := d.Token()
	if errors.Is(err, io.EOF) { // nothing at all, where an empty list belongs
		return nil
	}
	if err == nil && first != json.Delim('[') {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return notJSON(err)
	}
	for d.More() {
		var o Object
		if err := d.Decode(&o); err != nil {
			return notJSON(err)
		}
		most.left = maxObject
		if err := each(o); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return notJSON(err)
}

// notJSON is an error of reading a list of objects: that of the connection as it is.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return message.Errorf("its answer is no list of objects in DICOM's JSON (PS3.18 F)")
	}
	return err
}

// bounded fails where more is read than may be held.
type bounded struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, message.Errorf("an answer takes more than %d MB", maxObject>>20)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// readAll reads what is held, and no more.
func readAll(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, maxObject+1))
	if err == nil && n > maxObject {
		err = message.Errorf("an answer takes more than %d MB", maxObject>>20)
	}
	return b.Bytes(), err
}
