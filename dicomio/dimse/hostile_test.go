package dimse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/suyashkumar/dicom/pkg/tag"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pdu"
	"hilum/internal/parallel"
)

const storedClass = dcm.ClassDigitalXRay

func short() Timeouts {
	const d = 300 * time.Millisecond
	return Timeouts{Connect: d, ARTIM: d, Idle: d, PDU: d, Message: d}
}

// dataPDU is a P-DATA-TF of one value.
func dataPDU(context byte, isCommand bool, value []byte) []byte {
	b := append(make([]byte, pdu.HeaderSize+pdu.PDVHeaderSize), value...)
	pdu.PutData(b, pdu.PDV{Context: context, Command: isCommand, Last: true})
	return b
}

// requestStream is all that a peer sends that verifies, stores an object and goes.
func requestStream() []byte {
	rq := pdu.Associate{Called: "HILUM", Calling: "PEER", User: ourselves(), Contexts: []pdu.Context{
		{ID: 1, Class: Verification, Syntaxes: plainSyntaxes()},
		{ID: 3, Class: storedClass, Syntaxes: StorageSyntaxes()},
	}}
	return slices.Concat(
		rq.Encode(pdu.AssociateRQ),
		dataPDU(1, true, (&command{field: echoRQ, class: Verification, id: 1}).encode()),
		dataPDU(
			3,
			true,
			(&command{field: storeRQ, class: storedClass, instance: "1.2.3", id: 2, hasData: true}).encode(),
		),
		dataPDU(3, false, bytes.Repeat([]byte("data"), 500)),
		pdu.Simple(pdu.ReleaseRQ, 0, 0, 0),
	)
}

// answerStream is all that a peer sends that is asked for an echo and a query.
func answerStream() []byte {
	ac := pdu.Associate{User: ourselves(), Contexts: []pdu.Context{
		{ID: 1, Syntaxes: []string{implicitVR}}, {ID: 3, Syntaxes: []string{implicitVR}}}}
	return slices.Concat(ac.Encode(pdu.AssociateAC),
		dataPDU(1, true, (&command{field: echoRQ | isAnswer, id: 1}).encode()),
		dataPDU(3, true, (&command{field: findRQ | isAnswer, id: 2, status: Pending, hasData: true}).encode()),
		dataPDU(3, false, encodeKeys([]Key{AtLevel(StudyLevel), {tag.PatientID, "1"}})),
		dataPDU(3, true, (&command{field: findRQ | isAnswer, id: 2}).encode()),
		pdu.Simple(pdu.ReleaseRP, 0, 0, 0))
}

// mutated is a stream with something wrong with it.
func mutated(r *rand.Rand, stream []byte) []byte {
	b := slices.Clone(stream)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b))
		switch r.IntN(6) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			b = b[:at+1]
		case 3: // something twice
			end := at + r.IntN(len(b)-at)
			b = slices.Concat(b[:end], b[at:])
		case 4: // something gone
			b = slices.Delete(b, at, at+r.IntN(min(len(b)-at, 64)))
		case 5: // a length of extremes
			for i := range min(4, len(b)-at) {
				b[at+i] = []byte{0, 0xFF, 0x7F, 0x80}[r.IntN(4)]
			}
		}
		if len(b) == 0 {
			return stream[:1]
		}
	}
	return b
}

const streams = 10000

// hostileRun does work for each of the mutated streams and holds memory, goroutines and time against
// what they may be.
func hostileRun(t *testing.T, stream []byte, work func(b []byte) error) {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	var mu sync.Mutex
	var most uint64
	parallel.Each(streams, func(i int) {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		begun := time.Now()
		err := work(mutated(r, stream))
		var p *parallel.Panic
		if errors.As(err, &p) {
			t.Errorf("stream %d: %v", i, err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("stream %d took %v", i, took)
		}
		if i%100 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			mu.Lock()
			most = max(most, m.HeapAlloc)
			mu.Unlock()
		}
	})
	if most > 64<<20 {
		t.Errorf("%d MB were in use", most>>20)
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines+2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left, %d were there", runtime.NumGoroutine(), goroutines)
		}
	}
}

func TestMutatedRequestsHarmNobody(t *testing.T) {
	var reports sync.Map
	s := &Server{Title: "HILUM", Timeouts: short(), MaxAssociations: 8,
		Store: func(_ context.Context, in *Incoming) Status {
			if _, err := in.WriteTo(io.Discard); err != nil {
				return CannotUnderstand
			}
			return Success
		},
		Report: func(_ string, err error) {
			var p *parallel.Panic
			if errors.As(err, &p) {
				reports.Store(err.Error(), true)
			}
		}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(ctx, l) })
	hostileRun(t, requestStream(), func(b []byte) error {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return nil
		}
		defer conn.Close()
		_, _ = conn.Write(b)
		_ = conn.(*net.TCPConn).CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the server does not close: %v", err)
		}
		return nil
	})
	// After all of that it still answers.
	a, err := Peer{Address: l.Addr().String(), Called: "HILUM", Calling: "PEER"}.Associate(ctx, Query(Verification))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Echo(ctx), a.Release(ctx)); err != nil {
		t.Error(err)
	}
	stop()
	done.Wait()
	reports.Range(func(k, _ any) bool { t.Error(k); return true })
}

func TestMutatedAnswersHarmNobody(t *testing.T) {
	hostileRun(t, answerStream(), func(b []byte) (err error) {
		defer parallel.Recover(func(p *parallel.Panic) { err = p })
		ours, theirs := net.Pipe()
		var done sync.WaitGroup
		done.Go(func() { _, _ = io.Copy(io.Discard, theirs) })
		done.Go(func() { _, _ = theirs.Write(b); _ = theirs.Close() })
		defer done.Wait()
		defer theirs.Close()
		defer ours.Close()
		a := newAssociation(ours, short())
		if err := a.request(Peer{Called: "A", Calling: "B"}, []Proposal{Query(Verification), Query(StudyRootFind)}); err != nil {
			return err
		}
		if err := a.Echo(context.Background()); err != nil {
			return err
		}
		err = a.Find(
			context.Background(),
			StudyRootFind,
			[]Key{AtLevel(StudyLevel)},
			func(dcm.Set) error { return nil },
		)
		return errors.Join(err, a.Release(context.Background()))
	})
}

// A peer that sends a byte now and then does not hold a place for longer than a message may take.
func TestASlowSenderIsBrokenOff(t *testing.T) {
	s := &Server{Title: "HILUM", Timeouts: short(), MaxAssociations: 1}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(ctx, l) })
	defer done.Wait()
	defer stop()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	begun := time.Now()
	for _, b := range requestStream() {
		time.Sleep(20 * time.Millisecond)
		if _, err := conn.Write([]byte{b}); err != nil {
			break
		}
		if time.Since(begun) > 5*time.Second {
			t.Fatal("the slow sender is still heard")
		}
	}
}

// One association more than there may be is rejected with the reason, and taken later.
func TestTooManyAssociationsAreRejected(t *testing.T) {
	s := &Server{Title: "HILUM", MaxAssociations: 1}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(ctx, l) })
	defer done.Wait()
	defer stop()
	p := Peer{Address: l.Addr().String(), Called: "HILUM", Calling: "PEER"}
	first, err := p.Associate(ctx, Query(Verification))
	if err != nil {
		t.Fatal(err)
	}
	var rejected *RejectedError
	if _, err := p.Associate(ctx, Query(Verification)); !errors.As(err, &rejected) || !rejected.Transient() {
		t.Errorf("the second gets %v", err)
	}
	if err := first.Release(ctx); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		a, err := p.Associate(ctx, Query(Verification))
		if err == nil {
			a.Abort()
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
