// Package pacs is an archive as the program works with it, whichever protocol it speaks:
// its core type is [Server], which verifies, finds, gets and sends over DICOM's own
// protocol (DIMSE) or over DICOM web services. What arrives is kept in a [Folder]. Errors
// are one sentence: which step failed, at which server, what to do. It imports dicomio,
// dimse, dicomweb, the structure of files and atomic writing.
package pacs

import (
	"context"
	"slices"

	"hilum/internal/message"
)

// Server is an archive. Its methods may be called by several goroutines; each ends with its
// context.
type Server interface {
	// Address names the server, without a login.
	Address() string
	// Echo asks whether it is there and speaks with us.
	Echo(ctx context.Context) error
	// Find hands on the studies that match, in the server's order; an error of each ends it.
	// It is ErrMore where there are more than the query asked for.
	Find(ctx context.Context, q Query, each func(Study) error) error
	// Describe tells what a study's images show, as far as the server tells it.
	Describe(ctx context.Context, study string) (Contents, error)
	// Get fetches the objects of a study into a folder. Those that lie there whole are not
	// fetched again. Each is an event; the error speaks of the whole.
	Get(ctx context.Context, study string, into Folder, event func(Event)) error
	// Send sends DICOM files. Each is an event; the error speaks of the whole.
	Send(ctx context.Context, files []string, event func(Event)) error
}

// Query says which studies are wanted. Zero fields match everything.
type Query struct {
	StudyUID, PatientID, Accession string
	PatientName                    string   // as FAMILY^GIVEN; its beginning is enough
	Dates                          string   // YYYYMMDD, or a range of them with a hyphen, open on one side or none
	Modalities                     []string // of which a study has one at least
	Most                           int      // studies that are read; 0 for all, within bounds
}

// ErrMore says that more studies match than were asked for.
var ErrMore = message.New("more studies match than were asked for")

// Study is one examination as a server tells of it.
type Study struct {
	UID, PatientID, PatientName, Accession, Date, Time, Description string
	Modalities                                                      []string
	Images                                                          int    // objects of the study; 0 where the server does not say
	BirthDate                                                       string // YYYYMMDD
	Issuer                                                          string // who gave PatientID; "" where nobody says
}

// Contents are what the images of a study show: each list without repetition, in the order
// of the server, "" left out.
type Contents struct{ Modalities, BodyParts, Views []string }

// add takes what one series or image tells.
func (c *Contents) add(modality, part, view string) {
	for _, one := range []struct {
		list  *[]string
		value string
	}{{&c.Modalities, modality}, {&c.BodyParts, part}, {&c.Views, view}} {
		if one.value != "" && !slices.Contains(*one.list, one.value) {
			*one.list = append(*one.list, one.value)
		}
	}
}

// EventKind says what happened to an object.
type EventKind string

// The kinds.
const (
	Received EventKind = "received"
	Kept     EventKind = "kept" // it was there already
	Sent     EventKind = "sent"
	Failed   EventKind = "failed"
	Warning  EventKind = "warning"
)

// Event is progress of a retrieval or of sending.
type Event struct {
	Kind     EventKind
	Instance string          // SOP Instance UID, where it is known
	Path     string          // the file
	Warning  message.Message // of Warning
	Err      error           // of Failed
	// Done are the objects that are dealt with, of Total; 0 where that is not known.
	Done, Total int
}

// Options are how servers are spoken with. Zeros are the usual.
type Options struct {
	Login Login
	// Files with certificates (PEM): authorities that are trusted besides the system's, and
	// a certificate of ours with its key.
	Authorities, Certificate, Key string
	// MovePort is a port to which a DICOM server may send objects by C-MOVE where it does not
	// offer C-GET; 0 for none. The server must know our title with it.
	MovePort int
	// Warn hears what servers get wrong; nil for nobody. No patient is named.
	Warn func(message.Message)
}

// mostStudies bounds the results of one query, which are held until they are complete.
const mostStudies = 10000

func tooMany() message.Message {
	return message.Of("More than %d studies match; the others were left out.", mostStudies)
}
