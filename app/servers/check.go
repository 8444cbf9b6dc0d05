package servers

import (
	"context"
	"errors"
	"strings"
	"time"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
)

// Outcome is what became of a step.
type Outcome int

// The outcomes.
const (
	NotReached Outcome = iota
	Passed
	Failed
)

// Checked is a step of speaking with a server, and what became of it.
type Checked struct {
	Title   message.Message // as people read it
	Outcome Outcome
	Why     message.Message // of Failed: one sentence
}

// echo and find are what is asked for when the connection stands.
const (
	echo = pacs.Step("echo")
	find = pacs.Step("find")
)

// steps are those of a server, in their order.
func (s Server) steps() []pacs.Step {
	out := []pacs.Step{pacs.Lookup, pacs.Connect}
	if strings.HasPrefix(s.Address, "dicom+tls:") || strings.HasPrefix(s.Address, webScheme+"https:") {
		out = append(out, pacs.Handshake)
	}
	if takesLogin(s.Address) {
		return append(out, pacs.Authenticate, find)
	}
	return append(out, pacs.Associate, echo, find)
}

func title(s pacs.Step) message.Message {
	switch s {
	case pacs.Lookup:
		return message.Of("The name of the computer is known")
	case pacs.Connect:
		return message.Of("Something answers at the address and port")
	case pacs.Handshake:
		return message.Of("The connection is secured (TLS)")
	case pacs.Authenticate:
		return message.Of("The login is accepted")
	case pacs.Associate:
		return message.Of("It knows both titles (association)")
	case echo:
		return message.Of("It answers an echo")
	}
	return message.Of("It answers a search")
}

// Check speaks with a server and says how far that goes: each step in turn, up to the first
// that fails. It takes as long as the server does.
func (s Server) Check(ctx context.Context, login pacs.Login) []Checked {
	server, err := s.Open(login, nil)
	at := pacs.Lookup
	if err == nil {
		at, err = check(ctx, server)
	}
	var list []Checked
	reached := true
	for _, step := range s.steps() {
		c := Checked{Title: title(step)}
		switch {
		case err != nil && step == at:
			c.Outcome, c.Why, reached = Failed, message.Sentence(err), false
		case reached:
			c.Outcome = Passed
		}
		list = append(list, c)
	}
	if reached && err != nil { // a step that a server of this kind should not have
		last := &list[len(list)-1]
		last.Outcome, last.Why = Failed, message.Sentence(err)
	}
	return list
}

// check does the work; the step is that which failed.
func check(ctx context.Context, server pacs.Server) (pacs.Step, error) {
	web := takesLogin(server.Address())
	if err := server.Echo(ctx); err != nil {
		return failedAt(err, map[bool]pacs.Step{false: echo, true: find}[web]), err
	}
	today := pacs.Query{Dates: time.Now().Format("20060102"), Most: 1} // some refuse to list all that they have
	err := server.Find(ctx, today, func(pacs.Study) error { return nil })
	if err == nil || errors.Is(err, pacs.ErrMore) {
		return "", nil
	}
	return failedAt(err, find), err
}

// failedAt is the step that an error speaks of; asking is that of what was asked for.
func failedAt(err error, asking pacs.Step) pacs.Step {
	var step *pacs.StepError
	if errors.As(err, &step) && step.Step != pacs.Request {
		return step.Step
	}
	return asking
}
