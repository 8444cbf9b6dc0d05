package pdu

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
)

func example() *Associate {
	return &Associate{Called: "ARCHIVE", Calling: "HILUM", Contexts: []Context{
		{ID: 1, Class: "1.2.840.10008.1.1", Syntaxes: []string{"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"}},
		{ID: 3, Class: "1.2.840.10008.5.1.4.1.1.1", Syntaxes: []string{"1.2.840.10008.1.2.4.70"}},
	}, User: UserInformation{MaxLength: 16384, ImplementationUID: "2.25.1", ImplementationVersion: "TEST",
		Roles: []Role{{Class: "1.2.840.10008.5.1.4.1.1.1", SCP: true}}}}
}

// The bytes are those of the structure in PS3.8 tables 9-11 to 9-17 and D.1-1, by hand.
func TestARequestIsLaidOutAsTheStandardSays(t *testing.T) {
	a := &Associate{Called: "B", Calling: "A", Contexts: []Context{{ID: 1, Class: "1.1", Syntaxes: []string{"1.2"}}},
		User: UserInformation{MaxLength: 256, ImplementationUID: "9"}}
	want := "\x01\x00\x00\x00\x00\x84" + "\x00\x01\x00\x00" + "B" + strings.Repeat(
		" ",
		15,
	) + "A" + strings.Repeat(
		" ",
		15,
	) +
		strings.Repeat(
			"\x00",
			32,
		) + "\x10\x00\x00\x151.2.840.10008.3.1.1.1" +
		"\x20\x00\x00\x12\x01\x00\x00\x00\x30\x00\x00\x031.1\x40\x00\x00\x031.2" +
		"\x50\x00\x00\x0d\x51\x00\x00\x04\x00\x00\x01\x00\x52\x00\x00\x019"
	got := string(a.Encode(AssociateRQ))
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestARequestComesBack(t *testing.T) {
	b := example().Encode(AssociateRQ)
	h, err := ReadHeader(bytes.NewReader(b), 1<<17)
	if err != nil || h.Type != AssociateRQ || int(h.Length) != len(b)-HeaderSize {
		t.Fatalf("%+v, %v", h, err)
	}
	got, err := DecodeAssociate(h.Type, b[HeaderSize:])
	if err != nil || !reflect.DeepEqual(got, example()) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Items that are not known are passed over: asynchronous operations, extended
// negotiation and user identity (PS3.7 D.3.3).
func TestUnknownItemsArePassedOver(t *testing.T) {
	var u UserInformation
	ok := u.decode([]byte("\x53\x00\x00\x04\x00\x01\x00\x01\x58\x00\x00\x02ab\x51\x00\x00\x04\x00\x00\x40\x00"))
	if !ok || u.MaxLength != 16384 {
		t.Errorf("%+v, %v", u, ok)
	}
}

func TestLengthsAreChecked(t *testing.T) {
	for _, s := range []string{
		"\x01\x00\xff\xff\xff\xff", "\x01\x00\x00\x00\x00\x02", "\x04\x00\x00\x02\x00\x01", "\x05\x00\x00\x00\x00\x05",
		"\x00\x00\x00\x00\x00\x04", "GET /\r", "\x16\x03\x01\x00\xa5\x01",
	} {
		if h, err := ReadHeader(strings.NewReader(s), 1<<17); err == nil {
			t.Errorf("%q is taken for %+v", s, h)
		}
	}
	for _, left := range []uint32{0, 5, 6, 100} {
		if p, err := ReadPDV(strings.NewReader("\x00\x00\x01\x00\x01\x03"), left); err == nil {
			t.Errorf("with %d bytes left: %+v", left, p)
		}
	}
}

func FuzzAssociate(f *testing.F) {
	f.Add(example().Encode(AssociateRQ)[HeaderSize:], true)
	f.Add(example().Encode(AssociateAC)[HeaderSize:], false)
	f.Fuzz(func(t *testing.T, b []byte, request bool) {
		kind := AssociateAC
		if request {
			kind = AssociateRQ
		}
		a, err := DecodeAssociate(kind, b)
		if err != nil {
			return
		}
		if len(a.Contexts) > MaxContexts || len(a.User.Roles) > MaxContexts {
			t.Fatalf("%d contexts, %d roles", len(a.Contexts), len(a.User.Roles))
		}
		again, err := DecodeAssociate(kind, a.Encode(kind)[HeaderSize:])
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Contexts) != len(a.Contexts) || again.User.MaxLength != a.User.MaxLength {
			t.Errorf("%+v became %+v", a, again)
		}
	})
}

func FuzzPDU(f *testing.F) {
	data := make([]byte, HeaderSize+PDVHeaderSize+4)
	PutData(data, PDV{Context: 1, Command: true, Last: true})
	f.Add(data)
	f.Add(Simple(AssociateRJ, 1, 1, 7))
	f.Add(Simple(Abort, 0, 2, 6))
	f.Add(Simple(ReleaseRQ, 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 12
		r := bytes.NewReader(b)
		h, err := ReadHeader(r, most)
		if err != nil {
			return
		}
		switch h.Type {
		case Data:
			for left := h.Length; left > 0; {
				p, err := ReadPDV(r, left)
				if err != nil {
					return
				}
				if p.Length < 0 || uint32(p.Length)+PDVHeaderSize > left {
					t.Fatalf("a value of %d bytes in %d", p.Length, left)
				}
				left -= uint32(p.Length) + PDVHeaderSize
				if _, err := io.CopyN(io.Discard, r, int64(p.Length)); err != nil {
					return
				}
			}
		case AssociateRJ, ReleaseRQ, ReleaseRP, Abort:
			body, _ := io.ReadAll(io.LimitReader(r, int64(h.Length)))
			_, err := DecodeCode(h.Type, body)
			if (err == nil) != (len(body) == simpleLength) {
				t.Errorf("%d bytes: %v", len(body), err)
			}
		}
	})
}
