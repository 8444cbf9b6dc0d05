package pdu

import (
	"encoding/binary"
	"strings"
)

// Associate is a request for an association and its acceptance (PS3.8 9.3.2, 9.3.3).
type Associate struct {
	Called, Calling string // application entity titles, up to 16 characters
	Contexts        []Context
	User            UserInformation
}

// Context is a presentation context: what an association carries, and how it is encoded.
type Context struct {
	ID       byte     // odd
	Class    string   // abstract syntax: the UID of a SOP class; "" in an acceptance
	Syntaxes []string // transfer syntaxes: those proposed, or the one that was accepted
	Result   Result   // in an acceptance
}

// Result is what became of a presentation context (PS3.8 table 9-18).
type Result byte

// The results.
const (
	Accepted Result = iota
	UserRejected
	NoReason
	ClassNotSupported
	SyntaxesNotSupported
)

// UserInformation is what the two sides tell of themselves (PS3.8 D.1, PS3.7 D.3.3).
type UserInformation struct {
	MaxLength             uint32 // of the P-DATA-TF that is taken, in bytes; 0 is unlimited
	ImplementationUID     string
	ImplementationVersion string
	Roles                 []Role
}

// Role is a negotiation of roles for a SOP class (PS3.7 D.3.3.4): whether the requestor
// may use the service, and whether it may provide it.
type Role struct {
	Class    string
	SCU, SCP bool
}

// ApplicationContext is the one application context of DICOM (PS3.7 annex A).
const ApplicationContext = "1.2.840.10008.3.1.1.1"

const (
	fixedAssociate  = 68 // before the first item
	protocolVersion = 1  // bit 0
	titleLength     = 16
	// MaxContexts is how many contexts an association can have: odd numbers of a byte.
	MaxContexts = 128
	maxSyntaxes = 64 // of a context; the standard has fewer
	maxUID      = 64 // PS3.5 9.1
)

// The items (PS3.8 9.3.2, D.1; PS3.7 D.3.3). Others are passed over: a window of
// asynchronous operations then is one, extended negotiation and user identity are not used.
const (
	itemApplication      = 0x10
	itemContextRQ        = 0x20
	itemContextAC        = 0x21
	itemAbstract         = 0x30
	itemTransfer         = 0x40
	itemUser             = 0x50
	itemMaxLength        = 0x51
	itemImplementation   = 0x52
	itemRole             = 0x54
	itemImplementationID = 0x55 // Implementation Version Name
)

// Encode writes the PDU as AssociateRQ or AssociateAC.
func (a *Associate) Encode(t Type) []byte {
	body := binary.BigEndian.AppendUint16(nil, protocolVersion)
	body = append(body, 0, 0)
	body = append(appendTitle(appendTitle(body, a.Called), a.Calling), make([]byte, 32)...)
	body = appendItem(body, itemApplication, []byte(ApplicationContext))
	kind := byte(itemContextRQ)
	if t == AssociateAC {
		kind = itemContextAC
	}
	for _, c := range a.Contexts {
		item := []byte{c.ID, 0, byte(c.Result), 0}
		if t == AssociateRQ {
			item = appendItem(item, itemAbstract, []byte(c.Class))
		}
		for _, s := range c.Syntaxes {
			item = appendItem(item, itemTransfer, []byte(s))
		}
		body = appendItem(body, kind, item)
	}
	body = appendItem(body, itemUser, a.User.encode())
	return append(AppendHeader(nil, Header{t, uint32(len(body))}), body...)
}

func (u *UserInformation) encode() []byte {
	item := appendItem(nil, itemMaxLength, binary.BigEndian.AppendUint32(nil, u.MaxLength))
	item = appendItem(item, itemImplementation, []byte(u.ImplementationUID))
	for _, r := range u.Roles {
		role := binary.BigEndian.AppendUint16(nil, uint16(len(r.Class)))
		item = appendItem(item, itemRole, append(append(role, r.Class...), flag(r.SCU), flag(r.SCP)))
	}
	if u.ImplementationVersion != "" {
		item = appendItem(item, itemImplementationID, []byte(u.ImplementationVersion))
	}
	return item
}

func flag(yes bool) byte {
	if yes {
		return 1
	}
	return 0
}

func appendTitle(to []byte, title string) []byte {
	title = (title + strings.Repeat(" ", titleLength))[:titleLength]
	return append(to, title...)
}

func appendItem(to []byte, kind byte, content []byte) []byte {
	to = binary.BigEndian.AppendUint16(append(to, kind, 0), uint16(len(content)))
	return append(to, content...)
}

// DecodeAssociate reads the body of an AssociateRQ or AssociateAC. What the standard lets
// a peer add is passed over.
func DecodeAssociate(t Type, body []byte) (*Associate, error) {
	if len(body) < fixedAssociate {
		return nil, damaged(t, len(body))
	}
	a := &Associate{Called: title(body[4:]), Calling: title(body[4+titleLength:])}
	if binary.BigEndian.Uint16(body)&protocolVersion == 0 {
		return nil, damaged(t, 0)
	}
	kind := byte(itemContextRQ)
	if t == AssociateAC {
		kind = itemContextAC
	}
	seen := map[byte]bool{}
	application := ""
	ok := eachItem(body[fixedAssociate:], func(k byte, item []byte) bool {
		switch k {
		case itemApplication:
			application = uidText(item)
		case kind:
			c, ok := decodeContext(item)
			if !ok || seen[c.ID] {
				return false
			}
			seen[c.ID] = true
			a.Contexts = append(a.Contexts, c)
		case itemUser:
			return a.User.decode(item)
		}
		return true
	})
	if !ok || application != ApplicationContext {
		return nil, damaged(t, fixedAssociate)
	}
	return a, nil
}

func title(b []byte) string { return strings.Trim(string(b[:titleLength]), " \x00") }

// eachItem hands on the items that b is made of, until one is refused; false where they do
// not fill it.
func eachItem(b []byte, each func(kind byte, content []byte) bool) bool {
	for len(b) > 0 {
		if len(b) < 4 {
			return false
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b)-4 || !each(b[0], b[4:4+n]) {
			return false
		}
		b = b[4+n:]
	}
	return true
}

func decodeContext(b []byte) (Context, bool) {
	if len(b) < 4 || b[0]%2 == 0 {
		return Context{}, false
	}
	c := Context{ID: b[0], Result: Result(b[2])}
	ok := eachItem(b[4:], func(kind byte, item []byte) bool {
		switch {
		case kind == itemAbstract:
			c.Class = uidText(item)
		case kind == itemTransfer && len(c.Syntaxes) < maxSyntaxes:
			c.Syntaxes = append(c.Syntaxes, uidText(item))
		}
		return len(item) <= maxUID
	})
	return c, ok
}

func (u *UserInformation) decode(b []byte) bool {
	return eachItem(b, func(kind byte, item []byte) bool {
		switch kind {
		case itemMaxLength:
			if len(item) != 4 {
				return false
			}
			u.MaxLength = binary.BigEndian.Uint32(item)
		case itemImplementation:
			u.ImplementationUID = uidText(item)
		case itemImplementationID:
			u.ImplementationVersion = strings.TrimSpace(string(item))
		case itemRole:
			r, ok := decodeRole(item)
			if !ok || len(u.Roles) == MaxContexts {
				return false
			}
			u.Roles = append(u.Roles, r)
		}
		return true
	})
}

func decodeRole(b []byte) (Role, bool) {
	if len(b) < 4 {
		return Role{}, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if n != len(b)-4 || n > maxUID {
		return Role{}, false
	}
	return Role{uidText(b[2 : 2+n]), b[2+n] == 1, b[3+n] == 1}, true
}

// uidText is a UID without the padding that some writers give it.
func uidText(b []byte) string { return strings.TrimRight(string(b), "\x00 ") }

// Code is the body of a rejection, an abort or a release.
type Code struct{ Result, Source, Reason byte }

// DecodeCode reads it.
func DecodeCode(t Type, body []byte) (Code, error) {
	if len(body) != simpleLength {
		return Code{}, damaged(t, len(body))
	}
	return Code{body[1], body[2], body[3]}, nil
}
