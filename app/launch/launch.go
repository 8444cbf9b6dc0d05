// Package launch is how another program has a study opened: links of the form
// hilum:?server=NAME&study=UID, and the way from a second start to the window that runs. Its
// core type is [Request]. It imports internal/message only.
package launch

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"hilum/internal/message"
)

// Scheme is that of links.
const Scheme = "hilum"

// Request asks for a study of a server.
type Request struct {
	Server string // the name of one that is kept, or an address
	Study  string // Study Instance UID
}

// Bounds of what a link may hold, in bytes.
const (
	maxLink   = 2048
	maxServer = 1024
	maxUID    = 64 // PS3.5 9.1
)

// IsLink tells a link from the name of a file.
func IsLink(text string) bool {
	return len(text) > len(Scheme) && strings.EqualFold(text[:len(Scheme)+1], Scheme+":")
}

// Parse reads a link. Whatever is not exactly one server and one study is refused.
func Parse(link string) (Request, error) {
	refuse := func() (Request, error) {
		return Request{}, message.New("this is no link to a study; one has the form hilum:?server=NAME&study=UID")
	}
	if len(link) > maxLink || !utf8.ValidString(link) {
		return refuse()
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != Scheme || u.Opaque != "" || u.Host != "" || u.User != nil || u.Fragment != "" ||
		strings.Contains(link, "#") || u.Path != "" && u.Path != "/" {
		return refuse()
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(values) != 2 || len(values["server"]) != 1 || len(values["study"]) != 1 {
		return refuse()
	}
	r := Request{Server: values.Get("server"), Study: values.Get("study")}
	return r, r.Check()
}

// Check says what is wrong with a request.
func (r Request) Check() error {
	switch {
	case r.Server == "" || len(r.Server) > maxServer || !utf8.ValidString(r.Server) ||
		strings.ContainsFunc(r.Server, func(c rune) bool { return unicode.IsControl(c) || !unicode.IsPrint(c) }):
		return message.New("a study is opened from a server; name one of those that are kept")
	case !isUID(r.Study):
		return message.New("a study is named by its Study Instance UID, digits with dots between them")
	}
	return nil
}

// isUID tells UIDs (PS3.5 9.1), leading zeros of a part let through: they occur.
func isUID(text string) bool {
	if text == "" || len(text) > maxUID {
		return false
	}
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

// Link is the link of a request.
func (r Request) Link() string {
	return Scheme + ":?" + url.Values{"server": {r.Server}, "study": {r.Study}}.Encode()
}
