// Package pdu encodes and decodes the protocol data units of the DICOM upper layer
// (PS3.8 9.3) from untrusted peers. Its core type is [Associate], the request for an
// association and its answer. Every length is checked against the bytes that are there,
// and what is decoded is bounded before it is read: see [MaxAssociate]. It knows no
// connection and imports only messages.
package pdu

import (
	"encoding/binary"
	"fmt"
	"io"

	"hilum/internal/message"
)

// Type is the kind of a PDU.
type Type byte

// The types of PS3.8 9.3.1.
const (
	AssociateRQ Type = iota + 1
	AssociateAC
	AssociateRJ
	Data
	ReleaseRQ
	ReleaseRP
	Abort
)

// String is the name that PS3.8 gives the type.
func (t Type) String() string {
	names := [...]string{AssociateRQ: "A-ASSOCIATE-RQ", AssociateAC: "A-ASSOCIATE-AC", AssociateRJ: "A-ASSOCIATE-RJ",
		Data: "P-DATA-TF", ReleaseRQ: "A-RELEASE-RQ", ReleaseRP: "A-RELEASE-RP", Abort: "A-ABORT"}
	if int(t) < len(names) && names[t] != "" {
		return names[t]
	}
	return fmt.Sprintf("PDU %02XH", byte(t))
}

// HeaderSize is the length of a PDU's type, reserved byte and length.
const HeaderSize = 6

// MaxAssociate bounds the body of a request for an association or of its answer: 128
// contexts of 30 transfer syntaxes, with room for what a peer adds.
const MaxAssociate = 512 << 10

// simpleLength is the length of the bodies that hold a code or nothing (PS3.8 9.3.4 and
// 9.3.6 to 9.3.8).
const simpleLength = 4

// Header is what a PDU begins with.
type Header struct {
	Type   Type
	Length uint32 // of the body, in bytes
}

// ReadHeader reads the head of a PDU and refuses one whose length its type cannot have;
// maxData is what was agreed on for P-DATA-TF. io.EOF is a peer that has closed.
func ReadHeader(r io.Reader, maxData uint32) (Header, error) {
	var b [HeaderSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Header{}, err
	}
	h := Header{Type(b[0]), binary.BigEndian.Uint32(b[2:])}
	least, most := uint32(simpleLength), uint32(simpleLength)
	switch h.Type {
	case AssociateRQ, AssociateAC:
		least, most = fixedAssociate, MaxAssociate
	case Data:
		least, most = pdvHeader, maxData
	case AssociateRJ, ReleaseRQ, ReleaseRP, Abort:
	default:
		return h, message.Errorf("the other side sent something that is no DICOM message (it begins with %s)",
			fmt.Sprintf("% X", b))
	}
	if h.Length < least || h.Length > most {
		return h, message.Errorf("%s is %d bytes long, which it cannot be", h.Type, h.Length)
	}
	return h, nil
}

// AppendHeader appends the head of a PDU.
func AppendHeader(to []byte, h Header) []byte {
	return binary.BigEndian.AppendUint32(append(to, byte(h.Type), 0), h.Length)
}

// Simple is a PDU whose body is a code: a rejection, an abort, a release (with zeros).
func Simple(t Type, result, source, reason byte) []byte {
	return append(AppendHeader(nil, Header{t, simpleLength}), 0, result, source, reason)
}

// pdvHeader is the length of a PDV's length, context and control header (PS3.8 9.3.5.1
// and E.2).
const pdvHeader = 6

// PDVHeaderSize is pdvHeader for who puts values together.
const PDVHeaderSize = pdvHeader

// PDV says what a presentation data value holds.
type PDV struct {
	Context byte
	Command bool // otherwise it is of a data set
	Last    bool // of its command or data set
	Length  int  // of the fragment, in bytes
}

// ReadPDV reads the head of a presentation data value of a P-DATA-TF of which left bytes
// are left.
func ReadPDV(r io.Reader, left uint32) (PDV, error) {
	if left < pdvHeader {
		return PDV{}, damaged(Data, int(left))
	}
	var b [pdvHeader]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return PDV{}, err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n < 2 || n > left-4 {
		return PDV{}, damaged(Data, int(left))
	}
	return PDV{Context: b[4], Command: b[5]&1 != 0, Last: b[5]&2 != 0, Length: int(n) - 2}, nil
}

// PutData fills the first HeaderSize+PDVHeaderSize bytes of b, a P-DATA-TF of one
// presentation data value whose fragment fills the rest.
func PutData(b []byte, p PDV) {
	b[0], b[1] = byte(Data), 0
	binary.BigEndian.PutUint32(b[2:], uint32(len(b)-HeaderSize))
	binary.BigEndian.PutUint32(b[6:], uint32(len(b)-HeaderSize-4))
	b[10], b[11] = p.Context, 0
	if p.Command {
		b[11] |= 1
	}
	if p.Last {
		b[11] |= 2
	}
}

// damaged says that a PDU is not what the standard makes of it.
func damaged(t Type, at int) error { return message.Errorf("%s is damaged at byte %d", t, at) }
