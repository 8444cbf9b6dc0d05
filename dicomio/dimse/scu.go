package dimse

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pdu"
	"hilum/internal/message"
)

// Peer is an application entity and the way to it.
type Peer struct {
	Address         string      // host and port
	Called, Calling string      // application entity titles: the peer's and ours
	TLS             *tls.Config // nil for none, see SecureProfile
	Timeouts        Timeouts
}

// Proposal is what an association shall carry: a SOP class in one of some transfer
// syntaxes.
type Proposal struct {
	Class    string
	Syntaxes []string
	// Receives says that the peer sends objects of the class over this association, as
	// C-GET has it (PS3.7 D.3.3.4).
	Receives bool
}

// Query proposes a SOP class that speaks of objects without carrying any.
func Query(class string) Proposal { return Proposal{Class: class, Syntaxes: []string{implicitVR}} }

// HandshakeError says that TLS did not come to stand.
type HandshakeError struct{ Err error }

// Error implements error.
func (e *HandshakeError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *HandshakeError) Unwrap() error { return e.Err }

// SecureProfile is the configuration of the BCP 195 RFC 9325 TLS Secure Transport
// Connection Profile (PS3.15 B.12): TLS 1.2 with ephemeral keys and authenticated
// encryption, or TLS 1.3.
func SecureProfile() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are all fit
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
	}
}

// dial connects.
func (p Peer) dial(ctx context.Context) (net.Conn, error) {
	t := p.Timeouts.withDefaults()
	d := net.Dialer{Timeout: t.Connect}
	conn, err := d.DialContext(ctx, "tcp", p.Address)
	if err != nil || p.TLS == nil {
		return conn, err
	}
	config := p.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(p.Address) // it was dialled
	}
	secure := tls.Client(conn, config)
	ctx, stop := context.WithTimeout(ctx, t.Connect)
	defer stop()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &HandshakeError{because(ctx, err)}
	}
	return secure, nil
}

// Associate connects and agrees with the peer on what is spoken (PS3.7 7.1.1). Of the
// proposals it may accept some only, see [Association.Accepts]. Errors are a *net.DNSError,
// a *net.OpError that says "dial", a *HandshakeError, a *RejectedError, or what else went
// wrong.
func (p Peer) Associate(ctx context.Context, proposals ...Proposal) (*Association, error) {
	if len(proposals) > pdu.MaxContexts {
		return nil, message.Errorf("an association carries at most %d kinds of objects", pdu.MaxContexts)
	}
	conn, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	a := newAssociation(conn, p.Timeouts)
	a.peer = p.Called
	defer a.watch(ctx)()
	if err := a.request(p, proposals); err != nil {
		_ = conn.Close()
		return nil, because(ctx, err)
	}
	return a, nil
}

func (a *Association) request(p Peer, proposals []Proposal) error {
	rq := pdu.Associate{Called: p.Called, Calling: p.Calling, User: ourselves()}
	for i, want := range proposals {
		rq.Contexts = append(rq.Contexts, pdu.Context{ID: byte(2*i + 1), Class: want.Class, Syntaxes: want.Syntaxes})
		role := pdu.Role{Class: want.Class, SCP: true}
		if want.Receives && !slices.Contains(rq.User.Roles, role) {
			rq.User.Roles = append(rq.User.Roles, role)
		}
	}
	if err := a.writeAll(rq.Encode(pdu.AssociateRQ), a.timeouts.ARTIM); err != nil {
		return err
	}
	h, err := a.nextPDU(a.timeouts.ARTIM)
	if err != nil {
		return err
	}
	switch h.Type {
	case pdu.AssociateRJ:
		b, err := a.body(h)
		if err != nil {
			return err
		}
		code, err := pdu.DecodeCode(h.Type, b)
		if err != nil {
			return err
		}
		return &RejectedError{code.Result, code.Source, code.Reason}
	case pdu.AssociateAC:
		b, err := a.body(h)
		if err != nil {
			return err
		}
		return a.accepted(b, rq.Contexts)
	}
	return a.other(h)
}

// ourselves is what is told of this program.
func ourselves() pdu.UserInformation {
	return pdu.UserInformation{MaxLength: maxData, ImplementationUID: dcm.ImplementationUID,
		ImplementationVersion: dcm.ImplementationName}
}

// accepted takes the answer to what was proposed.
func (a *Association) accepted(b []byte, proposed []pdu.Context) error {
	ac, err := pdu.DecodeAssociate(pdu.AssociateAC, b)
	if err != nil {
		return err
	}
	for _, c := range ac.Contexts {
		i := slices.IndexFunc(proposed, func(p pdu.Context) bool { return p.ID == c.ID })
		if c.Result != pdu.Accepted {
			continue
		}
		if i < 0 || len(c.Syntaxes) != 1 || !slices.Contains(proposed[i].Syntaxes, c.Syntaxes[0]) {
			return message.Errorf("the other side accepted presentation context %d, which was not proposed so", c.ID)
		}
		c.Class = proposed[i].Class
		a.contexts[c.ID] = c
	}
	return a.agree(ac.User)
}

// Accepts says whether the peer takes objects of a class in a transfer syntax, or, with ""
// for it, in any.
func (a *Association) Accepts(class, syntax string) bool {
	_, ok := a.context(class, syntax)
	return ok
}

func (a *Association) context(class, syntax string) (pdu.Context, bool) {
	best, found := pdu.Context{}, false
	for _, c := range a.contexts {
		if c.Class == class && (syntax == "" || c.Syntaxes[0] == syntax) && (!found || c.ID < best.ID) {
			best, found = c, true
		}
	}
	return best, found
}

// needed is the context of an operation.
func (a *Association) needed(class string) (pdu.Context, error) {
	c, ok := a.context(class, "")
	if !ok {
		return c, &NotOfferedError{Class: class}
	}
	return c, nil
}

// NotOfferedError says that a peer does not take what is asked of it.
type NotOfferedError struct {
	Class  string // UID of the SOP class
	Syntax string // transfer syntax that it should be in; "" for any
}

// Message is the sentence with its parts.
func (e *NotOfferedError) Message() message.Message {
	name := dcm.UIDName(e.Class)
	if name == "" {
		name = e.Class
	}
	if e.Syntax == "" {
		return message.Of("the server does not offer %s", name)
	}
	return message.Of("the server does not take %s in %s", name, dcm.SyntaxName(e.Syntax))
}

// Error implements error.
func (e *NotOfferedError) Error() string { return e.Message().String() }

// inMemory is a data set that is at hand.
func inMemory(b []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
}

// ask sends a request with an identifier, nil for none.
func (a *Association) ask(context pdu.Context, c command, data *io.SectionReader) error {
	a.id++
	c.id, c.class = a.id, context.Class
	return a.send(context.ID, c, data)
}

// answer reads the next message, which must be an answer to the last request.
func (a *Association) answer(to field) (received, error) {
	m, err := a.next()
	if err == nil && (m.field != to|isAnswer || m.id != a.id) {
		err = message.Errorf("the other side answered something else than %s", to.name())
	}
	return m, err
}

// Echo asks whether the peer is there (PS3.7 9.1.5).
func (a *Association) Echo(ctx context.Context) error {
	defer a.watch(ctx)()
	context, err := a.needed(Verification)
	if err != nil {
		return err
	}
	if err := a.ask(context, command{field: echoRQ}, nil); err != nil {
		return because(ctx, err)
	}
	m, err := a.answer(echoRQ)
	if err == nil {
		err = errors.Join(m.data.drain(), failed(m.command))
	}
	return because(ctx, err)
}

// ErrEnough is returned by who takes the answers of a query and wants no more.
var ErrEnough = message.New("enough answers")

// Find asks for what matches an identifier (PS3.7 9.1.2), in the information model of a
// SOP class. each gets the answers in turn; an error of it, such as ErrEnough, cancels the
// query, and only others than ErrEnough are returned.
func (a *Association) Find(ctx context.Context, class string, keys []Key, each func(dcm.Set) error) error {
	defer a.watch(ctx)()
	context, err := a.needed(class)
	if err != nil {
		return err
	}
	if err := a.ask(context, command{field: findRQ}, inMemory(encodeKeys(keys))); err != nil {
		return because(ctx, err)
	}
	var stopped error
	for {
		m, err := a.answer(findRQ)
		if err != nil {
			return because(ctx, err)
		}
		if !m.status.IsPending() {
			if stopped != nil && (m.status == Cancelled || m.status == Success) {
				return errors.Join(m.data.drain(), ignoring(stopped, ErrEnough))
			}
			return because(ctx, errors.Join(m.data.drain(), failed(m.command)))
		}
		if m.data == nil {
			return message.New("an answer of the query holds nothing")
		}
		if stopped != nil {
			if err := m.data.drain(); err != nil {
				return because(ctx, err)
			}
			continue
		}
		set, err := m.data.identifier(context.Syntaxes[0])
		if err != nil {
			return because(ctx, err)
		}
		if stopped = each(set); stopped != nil {
			if err := a.send(context.ID, command{field: cancelRQ, id: a.id}, nil); err != nil {
				return because(ctx, err)
			}
		}
	}
}

func ignoring(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// Get has the peer send the objects that match an identifier over this association (PS3.7
// 9.1.3). take stores each, see [Server]; progress, which may be nil, hears of each.
func (a *Association) Get(ctx context.Context, class string, keys []Key, take func(*Incoming) Status,
	progress func(SubOperations)) error {
	return a.retrieve(ctx, class, command{field: getRQ}, keys, take, progress)
}

// Move has the peer send the objects that match an identifier to an application entity
// that it knows, by its title (PS3.7 9.1.4).
func (a *Association) Move(ctx context.Context, class, destination string, keys []Key,
	progress func(SubOperations)) error {
	return a.retrieve(ctx, class, command{field: moveRQ, destination: destination}, keys, nil, progress)
}

func (a *Association) retrieve(ctx context.Context, class string, c command, keys []Key, take func(*Incoming) Status,
	progress func(SubOperations)) error {
	defer a.watch(ctx)()
	context, err := a.needed(class)
	if err != nil {
		return err
	}
	if err := a.ask(context, c, inMemory(encodeKeys(keys))); err != nil {
		return because(ctx, err)
	}
	for {
		m, err := a.next()
		if err != nil {
			return because(ctx, err)
		}
		if m.field == storeRQ && take != nil {
			if err := a.take(m, take); err != nil {
				return because(ctx, err)
			}
			continue
		}
		if m.field != c.field|isAnswer || m.id != a.id {
			return message.Errorf("the other side answered something else than %s", c.field.name())
		}
		if err := m.data.drain(); err != nil {
			return because(ctx, err)
		}
		if progress != nil {
			progress(m.sub)
		}
		if !m.status.IsPending() {
			return retrieved(m.command)
		}
	}
}

// retrieved is what a final answer says of the objects.
func retrieved(c command) error {
	if err := failed(c); err != nil {
		return err
	}
	if c.sub.Failed > 0 {
		return &IncompleteError{c.sub}
	}
	return nil
}

// IncompleteError says that a peer could not send all that it was asked for.
type IncompleteError struct{ SubOperations }

// Message is the sentence with its parts.
func (e *IncompleteError) Message() message.Message {
	return message.Of("%d of %d objects could not be sent", e.Failed, e.Total())
}

// Error implements error.
func (e *IncompleteError) Error() string { return e.Message().String() }

// Store sends an object as it lies in a file (PS3.7 9.1.1). A *StatusError says why the
// peer does not keep it; the association goes on then.
func (a *Association) Store(ctx context.Context, o *Object) error {
	defer a.watch(ctx)()
	context, ok := a.context(o.Class, o.Syntax)
	if !ok {
		return &NotOfferedError{o.Class, o.Syntax}
	}
	data := io.NewSectionReader(o.file, o.start, o.size-o.start)
	if err := a.ask(context, command{field: storeRQ, instance: o.Instance}, data); err != nil {
		return because(ctx, err)
	}
	m, err := a.answer(storeRQ)
	if err == nil {
		err = errors.Join(m.data.drain(), failed(m.command))
	}
	return because(ctx, err)
}

// Levels of the query and retrieve information models (PS3.4 C.6), as Query/Retrieve Level.
const (
	StudyLevel  = "STUDY"
	SeriesLevel = "SERIES"
	ImageLevel  = "IMAGE"
)

// AtLevel is the key that names a level.
func AtLevel(level string) Key { return Key{tag.QueryRetrieveLevel, level} }
