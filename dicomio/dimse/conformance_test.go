package dimse_test

import (
	"context"
	"testing"

	"hilum/dicomio/dimse"
	"hilum/internal/peertest"
)

// What is stated is what is done: a server accepts the services that are stated as its own, and
// of storage everything in every syntax that is stated.
func TestServicesAreWhatIsSpoken(t *testing.T) {
	port := serve(
		t,
		&dimse.Server{
			Title: "HILUM",
			Store: func(context.Context, *dimse.Incoming) dimse.Status { return dimse.Success },
		},
	)
	p := dimse.Peer{Address: peertest.Address(port), Called: "HILUM", Calling: "PEER"}
	const storage, printing = "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.1.9"
	var proposals []dimse.Proposal
	for _, s := range dimse.Services() {
		proposals = append(proposals, dimse.Query(s.Class))
	}
	for _, syntax := range dimse.StorageSyntaxes() {
		proposals = append(proposals, dimse.Proposal{Class: storage, Syntaxes: []string{syntax}})
	}
	a := associate(t, p, append(proposals, dimse.Query(printing))...)
	for _, s := range dimse.Services() {
		if a.Accepts(s.Class, "") != s.SCP || s.Name == "" {
			t.Errorf("%s (%s): accepted %v, stated %v", s.Class, s.Name, a.Accepts(s.Class, ""), s.SCP)
		}
	}
	for _, syntax := range dimse.StorageSyntaxes() {
		if !a.Accepts(storage, syntax) {
			t.Errorf("%s is not accepted", dimse.SyntaxName(syntax))
		}
	}
	if a.Accepts(printing, "") {
		t.Error("printing is accepted")
	}
}
