package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"hilum/dicomio/internal/pdu"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// Server is an application entity that verifies and takes objects (C-ECHO, C-STORE as
// provider).
type Server struct {
	Title string // ours; associations with another are rejected
	// Allowed are the titles that may call; nil lets everybody who gets as far.
	Allowed []string
	TLS     *tls.Config // nil for none
	// Store keeps an object and says how that went. It reads the data set with WriteTo;
	// Success says that the object is kept. It may be called for several associations at a
	// time.
	Store func(ctx context.Context, in *Incoming) Status
	// MaxAssociations bounds those that are open at the same time; 0 is usualAssociations.
	MaxAssociations int
	Timeouts        Timeouts
	// Report hears of associations that ended badly, for a log: no patient is named. nil
	// for nobody.
	Report func(peer string, err error)
}

const usualAssociations = 16

// Serve answers on a listener until ctx is done, and returns when every association has
// ended. The listener is closed then.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	most := s.MaxAssociations
	if most <= 0 {
		most = usualAssociations
	}
	slots := make(chan struct{}, most)
	// As many again may wait for their rejection; further ones are closed unheard.
	waiting := make(chan struct{}, most)
	var open sync.WaitGroup
	defer open.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		conn, err := l.Accept()
		if err != nil {
			_ = l.Close()
			if ctx.Err() != nil {
				return nil
			}
			return message.Errorf("cannot take further connections: %w", err)
		}
		select {
		case slots <- struct{}{}:
			open.Go(func() { defer func() { <-slots }(); s.handle(ctx, conn, false) })
			continue
		default:
		}
		select {
		case waiting <- struct{}{}:
			open.Go(func() { defer func() { <-waiting }(); s.handle(ctx, conn, true) })
		default:
			_ = conn.Close()
		}
	}
}

// handle serves one connection.
func (s *Server) handle(ctx context.Context, conn net.Conn, full bool) {
	peer := conn.RemoteAddr().String()
	defer func() { _ = conn.Close() }()
	var err error
	defer func() {
		if err != nil && s.Report != nil && ctx.Err() == nil {
			s.Report(peer, because(ctx, err))
		}
	}()
	defer parallel.Recover(func(p *parallel.Panic) { err = p })
	if s.TLS != nil {
		if conn, err = s.secure(ctx, conn); err != nil {
			return
		}
	}
	a := newAssociation(conn, s.Timeouts)
	defer a.watch(ctx)()
	if err = s.admit(a, full); err != nil {
		return
	}
	peer = a.peer + " " + peer
	err = s.serve(ctx, a)
}

func (s *Server) secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, s.Timeouts.withDefaults().Connect)
	defer stop()
	secure := tls.Server(conn, s.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		return conn, &HandshakeError{err}
	}
	return secure, nil
}

// admit reads a request for an association and answers it.
func (s *Server) admit(a *Association, full bool) error {
	h, err := a.nextPDU(a.timeouts.ARTIM)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil // a port that is only looked at
		}
		return err
	}
	if h.Type != pdu.AssociateRQ {
		a.abortFor(errUnexpected)
		return message.Errorf("the other side sent %s where it cannot", h.Type)
	}
	b, err := a.body(h)
	if err != nil {
		return err
	}
	rq, err := pdu.DecodeAssociate(h.Type, b)
	if err != nil {
		a.abortFor(err)
		return err
	}
	if refused := s.refusal(rq, full); refused != nil {
		return errors.Join(refused, a.reject(refused))
	}
	a.peer = rq.Calling
	return s.accept(a, rq)
}

// refusal says why an association is not wanted; nil where it is.
func (s *Server) refusal(rq *pdu.Associate, full bool) *RejectedError {
	switch {
	case full:
		return &RejectedError{rejectedTransient, sourcePresentation, reasonLimit}
	case s.Title != "" && rq.Called != s.Title:
		return &RejectedError{rejectedPermanent, sourceUser, reasonCalled}
	case s.Allowed != nil && !slices.Contains(s.Allowed, rq.Calling):
		return &RejectedError{rejectedPermanent, sourceUser, reasonCalling}
	}
	return nil
}

// reject answers with a rejection and waits until the peer has closed (PS3.8 9.1.5).
func (a *Association) reject(why *RejectedError) error {
	if err := a.writeAll(pdu.Simple(pdu.AssociateRJ, why.Result, why.Source, why.Reason), a.timeouts.ARTIM); err != nil {
		return err
	}
	if err := a.conn.SetReadDeadline(time.Now().Add(a.timeouts.ARTIM)); err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, a.in, pdu.MaxAssociate) // it has its answer, whatever it still says
	return nil
}

// accept agrees to what of a request is offered here.
func (s *Server) accept(a *Association, rq *pdu.Associate) error {
	ac := pdu.Associate{Called: rq.Called, Calling: rq.Calling, User: ourselves()}
	for _, c := range rq.Contexts {
		got := s.choose(c)
		if got.Result == pdu.Accepted {
			a.contexts[c.ID] = pdu.Context{ID: c.ID, Class: c.Class, Syntaxes: got.Syntaxes}
		}
		ac.Contexts = append(ac.Contexts, got)
	}
	if err := a.agree(rq.User); err != nil {
		a.abortFor(err)
		return err
	}
	return a.writeAll(ac.Encode(pdu.AssociateAC), a.timeouts.ARTIM)
}

// choose answers a presentation context. Of its transfer syntaxes the first that is read
// here is taken: nothing is transcoded, so the peer's own order counts.
func (s *Server) choose(c pdu.Context) pdu.Context {
	known := plainSyntaxes()
	switch {
	case c.Class == Verification:
	case s.Store != nil && IsStorage(c.Class):
		known = StorageSyntaxes()
	default:
		return pdu.Context{ID: c.ID, Result: pdu.ClassNotSupported, Syntaxes: []string{implicitVR}}
	}
	for _, syntax := range c.Syntaxes {
		if slices.Contains(known, syntax) {
			return pdu.Context{ID: c.ID, Result: pdu.Accepted, Syntaxes: []string{syntax}}
		}
	}
	return pdu.Context{ID: c.ID, Result: pdu.SyntaxesNotSupported, Syntaxes: []string{implicitVR}}
}

// serve answers messages until the association ends.
func (s *Server) serve(ctx context.Context, a *Association) error {
	for {
		m, err := a.next()
		switch {
		case errors.Is(err, errReleased):
			if err := a.writeAll(pdu.Simple(pdu.ReleaseRP, 0, 0, 0), a.timeouts.ARTIM); err != nil {
				return err
			}
			return a.closed()
		case err != nil:
			a.abortFor(err)
			return err
		}
		if err := s.reply(ctx, a, m); err != nil {
			a.abortFor(err)
			return err
		}
	}
}

// closed waits until the peer has closed the connection (PS3.8 9.2.3, Sta13).
func (a *Association) closed() error {
	if err := a.conn.SetReadDeadline(time.Now().Add(a.timeouts.ARTIM)); err != nil {
		return err
	}
	_, _ = a.in.ReadByte() // whatever comes, or does not, it is over
	return nil
}

// reply answers one message.
func (s *Server) reply(ctx context.Context, a *Association, m received) error {
	switch {
	case m.field == echoRQ && m.context.Class == Verification:
		if err := m.data.drain(); err != nil {
			return err
		}
		return a.respond(m, Success)
	case m.field == storeRQ && IsStorage(m.context.Class) && s.Store != nil:
		return a.take(m, func(in *Incoming) Status { return s.Store(ctx, in) })
	case m.field == cancelRQ:
		return m.data.drain() // what it speaks of is done
	}
	if err := m.data.drain(); err != nil {
		return err
	}
	return a.respond(m, Unrecognized)
}

// respond answers a request.
func (a *Association) respond(m received, status Status) error {
	return a.send(m.context.ID, command{field: m.field | isAnswer, class: m.class, instance: m.instance, id: m.id,
		status: status}, nil)
}

// take answers a C-STORE with what becomes of the object.
func (a *Association) take(m received, store func(*Incoming) Status) error {
	if m.data == nil {
		return a.respond(m, CannotUnderstand)
	}
	status := ClassMismatch
	if m.class == m.context.Class {
		status = store(&Incoming{Class: m.class, Instance: m.instance, Syntax: m.context.Syntaxes[0], Calling: a.peer,
			data: m.data})
	}
	if err := m.data.drain(); err != nil { // what was not wanted is passed over
		return err
	}
	return a.respond(m, status)
}

var errUnexpected = message.New("a message came where it cannot")

// abortFor breaks off an association that the peer has broken the rules of (PS3.8 9.3.8).
func (a *Association) abortFor(err error) {
	const provider, unexpected, invalid = 2, 2, 6
	var aborted *AbortedError
	switch {
	case errors.As(err, &aborted), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		_ = a.conn.Close()
	case errors.Is(err, errUnexpected):
		a.abort(provider, unexpected)
	default:
		a.abort(provider, invalid)
	}
}
