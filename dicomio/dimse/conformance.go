package dimse

import (
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pdu"
)

// Service is a SOP class and the roles in which it is spoken, for the conformance statement.
type Service struct {
	Class, Name string // UID, and its words
	SCU, SCP    bool
}

// Services lists the SOP classes that are spoken, those of storage apart, see [IsStorage].
func Services() []Service {
	var list []Service
	for _, class := range []string{Verification, PatientRootFind, PatientRootMove, PatientRootGet, StudyRootFind, StudyRootMove,
		StudyRootGet} {
		list = append(list, Service{class, dcm.UIDName(class), true, class == Verification})
	}
	return list
}

// SyntaxName gives a transfer syntax as "name (UID)".
func SyntaxName(syntax string) string { return dcm.SyntaxName(syntax) }

// PlainSyntaxes are the transfer syntaxes of what has no pixels.
func PlainSyntaxes() []string { return plainSyntaxes() }

// Limits are what peers are told of this implementation, and what bounds them.
type Limits struct {
	ImplementationUID, ImplementationVersion string
	MaxLength                                int // of a P-DATA-TF that is taken, in bytes
	Associations                             int // that a server takes at a time
	Contexts                                 int // of an association
	Timeouts                                 Timeouts
}

// UsualLimits are those where nobody says otherwise.
func UsualLimits() Limits {
	return Limits{dcm.ImplementationUID, dcm.ImplementationName, maxData, usualAssociations, pdu.MaxContexts,
		Timeouts{}.withDefaults()}
}

// ClassName gives the words for a SOP class.
func ClassName(class string) string { return dcm.UIDName(class) }
