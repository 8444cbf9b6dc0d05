package archives

import (
	"slices"

	"hilum/app/servers"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Link is a study that another program asks for: the name of a kept server, or an address,
// and the UID.
type Link struct{ Server, Study string }

// Follow opens what a link names. A server that is kept is asked at once; an address is put
// before the reader first, see Agree, and never gets a login. It reads the file of servers.
func (a *Archives) Follow(l Link) {
	list, err := a.Book.List()
	if err != nil {
		a.reading.Notify(message.Sentence(err))
		return
	}
	at := slices.IndexFunc(list, func(s servers.Server) bool { return s.Name == l.Server || s.Address == l.Server })
	switch {
	case at >= 0:
		a.Open(list[at].Name, l.Study)
	case !isAddress(l.Server):
		a.reading.Notify(message.Of("Another program asks for a study of the server %q, which is not kept. Keep it in the preferences under Servers first.", l.Server))
	default:
		if _, err := (servers.Server{Address: l.Server}).Open(pacs.Login{}, nil); err != nil {
			a.reading.Notify(message.Sentence(err))
			return
		}
		a.change(func(_ store.Tx, s *Archive) { s.Asking = l })
	}
}

// Agree answers what Follow put before the reader.
func (a *Archives) Agree(yes bool) {
	var l Link
	a.change(func(_ store.Tx, s *Archive) { l, s.Asking = s.Asking, Link{} })
	if yes && l.Study != "" {
		a.Open(l.Server, l.Study)
	}
}
