package pacs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"hilum/dicomio/dicomweb"
	"hilum/dicomio/dimse"
	"hilum/internal/message"
)

// Step is how far work with a server came.
type Step string

// The steps, in their order.
const (
	Lookup       Step = "lookup"       // of the name
	Connect      Step = "connect"      // TCP
	Handshake    Step = "tls"          // TLS
	Associate    Step = "associate"    // the agreement on an association
	Authenticate Step = "authenticate" // the login of a web service
	Request      Step = "request"      // what was asked for
)

// StepError says which step failed, at which server, and what to do.
type StepError struct {
	Server string // its address, without a login
	Step   Step
	Err    error
}

// Message is the sentence with its parts.
func (e *StepError) Message() message.Message {
	switch e.Step {
	case Lookup:
		return message.Of("cannot reach %s: its name is not known; check the address (%v)", e.Server, e.Err)
	case Connect:
		return message.Of(
			"cannot reach %s: nothing answers there; check address and port, and whether it runs (%v)",
			e.Server,
			e.Err,
		)
	case Handshake:
		return message.Of("cannot speak with %s over TLS; check the certificates on both sides (%v)", e.Server, e.Err)
	case Associate:
		return message.Of("cannot speak with %s: %v", e.Server, e.Err)
	}
	return message.Of("%s: %v", e.Server, e.Err)
}

// Error implements error.
func (e *StepError) Error() string { return e.Message().String() }

// Unwrap gives the cause.
func (e *StepError) Unwrap() error { return e.Err }

// at names server and step of an error of it.
func at(server string, err error) error {
	var known *StepError
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	}
	return &StepError{server, stepOf(err), err}
}

func stepOf(err error) Step {
	var lookup *net.DNSError
	var dial *net.OpError
	var rejected *dimse.RejectedError
	var status *dicomweb.StatusError
	switch {
	case errors.As(err, &lookup):
		return Lookup
	case isTLS(err):
		return Handshake
	case errors.As(err, &dial) && dial.Op == "dial":
		return Connect
	case errors.As(err, &rejected):
		return Associate
	case errors.As(err, &status) && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden):
		return Authenticate
	}
	return Request
}

func isTLS(err error) bool {
	var handshake *dimse.HandshakeError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &handshake) || errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &host) || errors.Is(err, http.ErrSchemeMismatch)
}
