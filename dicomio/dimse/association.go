package dimse

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pdu"
	"hilum/internal/message"
)

// Timeouts end every wait for a peer. A zero is the usual one.
type Timeouts struct {
	Connect time.Duration // until TCP, and then TLS, stand
	ARTIM   time.Duration // until an association is asked for, answered or closed (PS3.8 9.1.5)
	Idle    time.Duration // until the next message, or the next answer, begins
	PDU     time.Duration // until a PDU that has begun is there, or was taken
	Message time.Duration // until a message that has begun is there, its data set included
}

func (t Timeouts) withDefaults() Timeouts {
	usual := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	usual(&t.Connect, 10*time.Second)
	usual(&t.ARTIM, 30*time.Second)
	usual(&t.Idle, 60*time.Second)
	usual(&t.PDU, 30*time.Second)
	usual(&t.Message, 10*time.Minute)
	return t
}

const (
	// maxData is how long a P-DATA-TF may be that is taken, and that is sent where the
	// peer sets no bound. Longer ones gain nothing.
	maxData = 128 << 10
	// leastData is the shortest bound of a peer that is worked with.
	leastData = 128
	// maxIdentifier bounds an answer of a query, which is held in memory.
	maxIdentifier = 1 << 20
)

// Association is an agreement with a peer on what is spoken, and the connection over which
// it is spoken (PS3.7 7). Its methods are for one goroutine at a time.
type Association struct {
	conn     net.Conn
	in       *bufio.Reader
	timeouts Timeouts
	contexts map[byte]pdu.Context // those that were accepted
	most     int                  // of the bytes in a P-DATA-TF that the peer takes
	out      []byte               // a P-DATA-TF in the making
	left     uint32               // of the P-DATA-TF that is being read, in bytes
	started  time.Time            // of the message that is being read
	id       uint16               // of the last request
	peer     string               // its application entity title
}

func newAssociation(conn net.Conn, t Timeouts) *Association {
	return &Association{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), timeouts: t.withDefaults(),
		contexts: map[byte]pdu.Context{}}
}

// agree takes what an answer or a request says of the peer.
func (a *Association) agree(user pdu.UserInformation) error {
	a.most = maxData
	if n := user.MaxLength; n > 0 && n < maxData {
		a.most = int(n)
	}
	if a.most < leastData {
		return message.Errorf("the other side takes messages of %d bytes only", a.most)
	}
	a.out = make([]byte, pdu.HeaderSize+a.most)
	return nil
}

// watch ends every wait once ctx is done, until the function that it gives is called.
func (a *Association) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, a.Abort) // what waits gets its error
}

// because is the cause of an error of the connection.
func because(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return message.Errorf("the other side did not answer in time")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE):
		return message.Errorf("the other side closed the connection")
	}
	return err
}

// errReleased says that the peer asks to end the association.
var errReleased = message.New("the other side ended the association")

// nextPDU reads the head of the next PDU; a wait longer than patience ends it.
func (a *Association) nextPDU(patience time.Duration) (pdu.Header, error) {
	if err := a.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return pdu.Header{}, err
	}
	// The first byte may be long in coming, the rest of a head may not.
	if _, err := a.in.Peek(1); err != nil {
		return pdu.Header{}, err
	}
	if err := a.conn.SetReadDeadline(a.limit(a.timeouts.PDU)); err != nil {
		return pdu.Header{}, err
	}
	return pdu.ReadHeader(a.in, maxData)
}

// limit is when something must have ended: within d, and within the message's time.
func (a *Association) limit(d time.Duration) time.Time {
	end := time.Now().Add(d)
	if m := a.started.Add(a.timeouts.Message); !a.started.IsZero() && m.Before(end) {
		return m
	}
	return end
}

// body reads the body of a PDU that is held in memory.
func (a *Association) body(h pdu.Header) ([]byte, error) {
	b := make([]byte, h.Length)
	_, err := io.ReadFull(a.in, b)
	return b, err
}

// nextValue reads the head of the next presentation data value. The peer may end the
// association instead: errReleased, or an AbortedError.
func (a *Association) nextValue(patience time.Duration) (pdu.PDV, error) {
	if a.left == 0 {
		h, err := a.nextPDU(patience)
		if err != nil {
			return pdu.PDV{}, err
		}
		if h.Type != pdu.Data {
			return pdu.PDV{}, a.other(h)
		}
		a.left = h.Length
	}
	v, err := pdu.ReadPDV(a.in, a.left)
	if err != nil {
		return v, err
	}
	if _, ok := a.contexts[v.Context]; !ok {
		return v, message.Errorf("the other side uses presentation context %d, which was not agreed on", v.Context)
	}
	a.left -= uint32(pdu.PDVHeaderSize + v.Length)
	return v, nil
}

// other deals with a PDU that comes where data is awaited.
func (a *Association) other(h pdu.Header) error {
	switch h.Type {
	case pdu.ReleaseRQ:
		if _, err := a.body(h); err != nil {
			return err
		}
		return errReleased
	case pdu.Abort:
		b, err := a.body(h)
		if err != nil {
			return err
		}
		code, err := pdu.DecodeCode(h.Type, b)
		if err != nil {
			return err
		}
		return &AbortedError{code.Source, code.Reason}
	}
	return message.Errorf("the other side sent %s where it cannot", h.Type)
}

// received is a message: a command, and the data set that may follow it.
type received struct {
	command
	context pdu.Context
	data    *dataReader // nil for none; to be read to its end before the next message
}

// next reads the next message as far as its data set.
func (a *Association) next() (received, error) {
	a.started = time.Time{}
	var set []byte
	var context byte
	for patience := a.timeouts.Idle; ; patience = a.timeouts.PDU {
		v, err := a.nextValue(patience)
		if err != nil {
			return received{}, err
		}
		if a.started.IsZero() {
			a.started, context = time.Now(), v.Context
		}
		if !v.Command || v.Context != context || len(set)+v.Length > maxCommand {
			return received{}, message.New(
				"the other side sent a command that is too long or in pieces that do not belong together",
			)
		}
		part := make([]byte, v.Length)
		if _, err := io.ReadFull(a.in, part); err != nil {
			return received{}, err
		}
		set = append(set, part...)
		if v.Last {
			break
		}
	}
	c, err := decodeCommand(set)
	if err != nil {
		return received{}, err
	}
	m := received{command: c, context: a.contexts[context]}
	if c.hasData {
		m.data = &dataReader{a: a, context: context}
	}
	return m, nil
}

// dataReader reads a data set out of the values that it was sent in.
type dataReader struct {
	a       *Association
	context byte
	left    int // of the fragment
	last    bool
	err     error
}

// Read implements io.Reader.
func (d *dataReader) Read(b []byte) (int, error) {
	for d.err == nil && d.left == 0 {
		if d.last {
			d.err = io.EOF
			break
		}
		d.err = d.fragment()
	}
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.a.in.Read(b[:min(len(b), d.left)])
	d.left -= n
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	d.err = err
	return n, err
}

func (d *dataReader) fragment() error {
	v, err := d.a.nextValue(d.a.timeouts.PDU)
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case v.Command || v.Context != d.context:
		return message.New("the other side sent a command within a data set")
	}
	d.left, d.last = v.Length, v.Last
	return nil
}

// drain reads what is left of a data set. nil has nothing left.
func (d *dataReader) drain() error {
	if d == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, d)
	return err
}

// identifier reads a data set that is held, as elements. Its syntax is that of the context.
func (d *dataReader) identifier(syntax string) (dcm.Set, error) {
	b, err := io.ReadAll(io.LimitReader(d, maxIdentifier+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxIdentifier {
		return nil, message.Errorf("an answer takes more than %d MB", maxIdentifier>>20)
	}
	file, err := dcm.WriteFile("", "", syntax, b)
	if err != nil {
		return nil, err
	}
	f, err := dcm.Scan(file, dcm.Options{HeaderOnly: true})
	if err != nil {
		return nil, message.Errorf("an answer cannot be read: %w", err)
	}
	return f.Elements, nil
}

// send writes a command, and then the data set that it has; nil for none.
func (a *Association) send(context byte, c command, data *io.SectionReader) error {
	c.hasData = data != nil
	set := c.encode()
	if err := a.write(context, true, bytes.NewReader(set), int64(len(set))); err != nil || data == nil {
		return err
	}
	return a.write(context, false, data, data.Size())
}

// write sends a command or a data set of some bytes, each PDU with one value of it.
func (a *Association) write(context byte, isCommand bool, from io.Reader, left int64) error {
	const head = pdu.HeaderSize + pdu.PDVHeaderSize
	for {
		n := min(left, int64(len(a.out)-head))
		out := a.out[:head+n]
		if _, err := io.ReadFull(from, out[head:]); err != nil {
			return err
		}
		left -= n
		pdu.PutData(out, pdu.PDV{Context: context, Command: isCommand, Last: left == 0})
		if err := a.writeAll(out, a.timeouts.PDU); err != nil || left == 0 {
			return err
		}
	}
}

// writeAll sends a PDU that the peer must take within d.
func (a *Association) writeAll(b []byte, d time.Duration) error {
	if err := a.conn.SetWriteDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	_, err := a.conn.Write(b)
	if err == nil {
		return nil
	}
	return a.whyClosed(err)
}

// whyClosed looks whether the peer said why it takes no more.
func (a *Association) whyClosed(err error) error {
	const look = time.Second
	var aborted *AbortedError
	if _, e := a.nextValue(look); errors.As(e, &aborted) {
		return aborted
	}
	return err
}

// Abort breaks off the association (PS3.8 7.3).
func (a *Association) Abort() {
	const sourceUser, noReason = 0, 0
	a.abort(sourceUser, noReason)
}

func (a *Association) abort(source, reason byte) {
	_ = a.conn.SetWriteDeadline(time.Now().Add(time.Second)) // the connection is closed in any case
	_, _ = a.conn.Write(pdu.Simple(pdu.Abort, 0, source, reason))
	_ = a.conn.Close()
}

// Release ends the association in agreement (PS3.8 7.2) and closes it.
func (a *Association) Release(ctx context.Context) error {
	defer a.watch(ctx)()
	defer func() { _ = a.conn.Close() }()
	if err := a.writeAll(pdu.Simple(pdu.ReleaseRQ, 0, 0, 0), a.timeouts.ARTIM); err != nil {
		return because(ctx, err)
	}
	end := time.Now().Add(a.timeouts.ARTIM)
	for time.Now().Before(end) {
		h, err := a.nextPDU(time.Until(end))
		if err == nil {
			_, err = io.CopyN(io.Discard, a.in, int64(h.Length))
		}
		switch {
		case err != nil:
			return because(ctx, err)
		case h.Type == pdu.ReleaseRP:
			return nil
		case h.Type == pdu.ReleaseRQ: // both at once (PS3.8 9.2.3, Sta9): each answers the other
			if err := a.writeAll(pdu.Simple(pdu.ReleaseRP, 0, 0, 0), a.timeouts.ARTIM); err != nil {
				return because(ctx, err)
			}
		case h.Type == pdu.Abort:
			return nil // it is over, if not in agreement
		}
	}
	return because(ctx, os.ErrDeadlineExceeded)
}
