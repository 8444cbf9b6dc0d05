// Package servers is the archives that a reader works with, kept by name: their addresses in
// a file beside the preferences, their logins in the desktop's keyring and nowhere else. Its
// core type is [Book]; [Logins] has the logins, [Form] is a server as a person fills it in, and
// [Check] says which step of speaking with one fails. It imports dicomio/pacs, internal/atomicfile and internal/regular.
package servers

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"hilum/dicomio/pacs"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Server is an archive that is kept.
type Server struct {
	Name    string `json:"name"`    // as a person calls it; no two have the same
	Address string `json:"address"` // see pacs.Open
	// Files with certificates (PEM), see pacs.Options; "" for none.
	Authorities string `json:"authorities,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	// MovePort is where C-MOVE may send to, see pacs.Options; 0 for nowhere.
	MovePort int `json:"move_port,omitempty"`
}

// Options are how the server is spoken with, without a login.
func (s Server) Options() pacs.Options {
	return pacs.Options{Authorities: s.Authorities, Certificate: s.Certificate, Key: s.Key, MovePort: s.MovePort}
}

// Open makes the server with a login; nothing is asked of it yet.
func (s Server) Open(login pacs.Login, warn func(message.Message)) (pacs.Server, error) {
	o := s.Options()
	o.Login, o.Warn = login, warn
	return pacs.Open(s.Address, o)
}

// maxName bounds the characters of a name, maxFile the bytes of the file.
const (
	maxName = 64
	maxFile = 1 << 20
)

// check says what is wrong with a server.
func (s Server) check() error {
	switch {
	case strings.TrimSpace(s.Name) != s.Name || s.Name == "" || len([]rune(s.Name)) > maxName ||
		strings.ContainsFunc(s.Name, unicode.IsControl):
		return message.Errorf("%q is no name for a server: it has one to %d characters, without blanks at its ends",
			s.Name, maxName)
	case strings.Contains(s.Name, "://"):
		return message.Errorf("%q is an address; choose a name without ://", s.Name)
	}
	if s.MovePort < 0 || s.MovePort > maxPort {
		return message.Errorf("%d is no port; give 1 to %d, or none", s.MovePort, maxPort)
	}
	if (s.Certificate == "") != (s.Key == "") {
		return message.New("a certificate needs its key, and a key its certificate")
	}
	_, err := s.Open(pacs.Login{}, nil)
	return err
}

const maxPort = 65535

// Book is the servers that are kept, in a file that several programs may use. It is read
// whenever it is asked.
type Book struct{ path string }

// In is the book in a folder; "" keeps nothing.
func In(dir string) Book {
	if dir == "" {
		return Book{}
	}
	return Book{filepath.Join(dir, "servers.json")}
}

// file is the form of the file.
type file struct {
	Servers []Server `json:"servers"`
}

// List gives the servers by name.
func (b Book) List() ([]Server, error) {
	if b.path == "" {
		return nil, nil
	}
	data, err := regular.ReadBounded(b.path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, message.Errorf("reading the servers: %w", err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, message.Errorf("the servers in %s cannot be read: %w", b.path, err)
	}
	slices.SortStableFunc(f.Servers, func(a, b Server) int { return strings.Compare(a.Name, b.Name) })
	return f.Servers, nil
}

// Named finds a server.
func (b Book) Named(name string) (Server, error) {
	list, err := b.List()
	if err != nil {
		return Server{}, err
	}
	for _, s := range list {
		if s.Name == name {
			return s, nil
		}
	}
	return Server{}, message.Errorf("no server is kept under the name %q", name)
}

// Keep keeps a server, in place of the one of that name. An address with a login in it is
// refused.
func (b Book) Keep(s Server) error {
	if err := s.check(); err != nil {
		return err
	}
	return b.change(func(list []Server) []Server {
		return append(slices.DeleteFunc(list, func(o Server) bool { return o.Name == s.Name }), s)
	})
}

// Forget takes a server out, and its login where no other server has its address.
func (b Book) Forget(name string) error {
	s, err := b.Named(name)
	if err != nil {
		return err
	}
	shared := false
	err = b.change(func(list []Server) []Server {
		list = slices.DeleteFunc(list, func(o Server) bool { return o.Name == name })
		shared = slices.ContainsFunc(list, func(o Server) bool { return o.Address == s.Address })
		return list
	})
	if err != nil || shared {
		return err
	}
	return ForgetLogin(s.Address)
}

// change writes the list anew.
func (b Book) change(f func([]Server) []Server) error {
	list, err := b.List()
	if err != nil {
		return err
	}
	if b.path == "" {
		return message.New("there is no folder to keep servers in")
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o700); err != nil {
		return message.Errorf("cannot create the folder for the servers: %w", err)
	}
	return atomicfile.Write(b.path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(file{f(list)})
	})
}
