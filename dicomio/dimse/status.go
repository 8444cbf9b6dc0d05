package dimse

import (
	"hilum/internal/message"
)

// Status is the status of an answer (PS3.7 annex C, PS3.4 B.2.3 and C.4).
type Status uint16

// The statuses that are answered here.
const (
	Success           Status = 0x0000
	Cancelled         Status = 0xFE00
	Pending           Status = 0xFF00
	pendingUnmatched  Status = 0xFF01 // optional keys were not matched
	ClassNotSupported Status = 0x0122
	Unrecognized      Status = 0x0211
	NotAuthorized     Status = 0x0124
	OutOfResources    Status = 0xA700
	NoSuchDestination Status = 0xA801
	ClassMismatch     Status = 0xA900
	CannotUnderstand  Status = 0xC000
)

// IsPending says that more answers follow.
func (s Status) IsPending() bool { return s == Pending || s == pendingUnmatched }

// IsWarning says that the operation was done, with a reservation (PS3.7 C.3).
func (s Status) IsWarning() bool {
	return s>>12 == 0xB || s == 0x0001 || s == 0x0107 || s == 0x0116
}

// Meaning is what a status says, of any operation.
func (s Status) Meaning() message.Message {
	if m, ok := exactMeanings()[s]; ok {
		return m
	}
	switch {
	case s>>8 == 0xA7:
		return message.Of("it is out of resources, such as disk space")
	case s>>8 == 0xA9:
		return message.Of("the object is not of the class that was announced")
	case s>>12 == 0xC:
		return message.Of("it cannot process the request")
	case s.IsWarning():
		return message.Of("it was done with a warning")
	}
	return message.Of("the status is not of the standard")
}

func exactMeanings() map[Status]message.Message {
	return map[Status]message.Message{
		0x0105: message.Of("an attribute is not known there"),
		0x0106: message.Of("the value of an attribute is not valid"),
		0x0110: message.Of("it failed while processing the request"),
		0x0111: message.Of("it has that object already"),
		0x0112: message.Of("it has no such object"),
		0x0117: message.Of("the UID of the object is not valid"),
		0x0118: message.Of("it does not support the class of the object"),
		0x0119: message.Of("it does not support the class of the object"),
		0x0120: message.Of("an attribute that it needs is missing"),
		0x0121: message.Of("the value of an attribute that it needs is missing"),
		0x0122: message.Of("it does not support the class of the object"),
		0x0124: message.Of("this application entity title may not do that there"),
		0x0210: message.Of("it took the request for a repetition"),
		0x0211: message.Of("it does not know that operation"),
		0x0212: message.Of("an argument of the request was not valid"),
		0x0213: message.Of("it is out of resources, such as disk space"),
		0xA701: message.Of("it could not count the objects that match"),
		0xA702: message.Of("it could not send the objects"),
		0xA801: message.Of(
			"it does not know the destination; enter this station's application entity title, address and port there",
		),
		0xAA00:    message.Of("none of the frames that were asked for are there"),
		Cancelled: message.Of("the operation was cancelled"),
	}
}

// StatusError is an answer that says that an operation failed.
type StatusError struct {
	Operation string // C-STORE ...
	Status    Status
	Comment   string // of the peer; it may name a patient and belongs in no log
}

// Message is the sentence with its parts.
func (e *StatusError) Message() message.Message {
	m := message.Of("%s failed with status %04X: %s", e.Operation, uint16(e.Status), e.Status.Meaning())
	if e.Comment != "" {
		m = message.Of("%s (the server says: %s)", m, e.Comment)
	}
	return m
}

// Error implements error.
func (e *StatusError) Error() string { return e.Message().String() }

// failed is an error unless the status says that an operation was done.
func failed(c command) error {
	if c.status == Success || c.status.IsWarning() {
		return nil
	}
	return &StatusError{c.field.name(), c.status, c.comment}
}

// RejectedError says that a peer does not want the association (PS3.8 table 9-21).
type RejectedError struct{ Result, Source, Reason byte }

// Message is the sentence with its parts.
func (e *RejectedError) Message() message.Message {
	return message.Of("the association was rejected: %s", e.reason())
}

// Error implements error.
func (e *RejectedError) Error() string { return e.Message().String() }

// Transient says that trying later may help.
func (e *RejectedError) Transient() bool { return e.Result == rejectedTransient }

const (
	rejectedPermanent = 1
	rejectedTransient = 2

	sourceUser         = 1 // the service user
	sourceProvider     = 2 // the provider, concerning the protocol
	sourcePresentation = 3 // the provider, concerning its load

	reasonApplication = 2 // with sourceUser: the application context is not supported
	reasonCalling     = 3 // likewise: the calling title is not known
	reasonCalled      = 7 // likewise: the called title is not known
	reasonLimit       = 2 // with sourcePresentation
)

func (e *RejectedError) reason() message.Message {
	switch [2]byte{e.Source, e.Reason} {
	case [2]byte{sourceUser, reasonApplication}:
		return message.Of("it does not know DICOM's application context")
	case [2]byte{sourceUser, reasonCalling}:
		return message.Of(
			"it does not know this station's application entity title; enter it there, or use another with calling=",
		)
	case [2]byte{sourceUser, reasonCalled}:
		return message.Of("its application entity title is another; use the one that is set there")
	case [2]byte{sourceProvider, 2}:
		return message.Of("it speaks another version of the protocol")
	case [2]byte{sourcePresentation, 1}:
		return message.Of("it is too busy; try again later")
	case [2]byte{sourcePresentation, reasonLimit}:
		return message.Of("it has as many associations as it takes; try again later")
	}
	return message.Of("it gives no reason")
}

// AbortedError says that the peer broke off the association (PS3.8 9.3.8).
type AbortedError struct{ Source, Reason byte }

// Message is the sentence with its parts.
func (e *AbortedError) Message() message.Message {
	return message.Of("the server broke off the association (A-ABORT, source %d, reason %d)", e.Source, e.Reason)
}

// Error implements error.
func (e *AbortedError) Error() string { return e.Message().String() }
