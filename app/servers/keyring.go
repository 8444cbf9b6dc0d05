package servers

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/zalando/go-keyring"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
)

// keyringService is what the logins stand under in the keyring, each by the address that it
// is for: a server whose address is changed does not get the login of the one before.
const keyringService = "Hilum"

// webScheme begins the address of DICOM web services.
const webScheme = "dicomweb+"

// secret is a login as the keyring has it.
type secret struct {
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

// takesLogin tells whether a server is shown a login: DICOM's own protocol has none.
func takesLogin(address string) bool { return strings.HasPrefix(address, webScheme) }

// Login is that of an address; the zero value where none is kept. The error says that the
// keyring cannot be asked; no login is in it.
func Login(address string) (pacs.Login, error) {
	if !takesLogin(address) {
		return pacs.Login{}, nil
	}
	kept, err := keyring.Get(keyringService, address)
	if errors.Is(err, keyring.ErrNotFound) {
		return pacs.Login{}, nil
	}
	if err != nil {
		return pacs.Login{}, unusable(err)
	}
	var s secret
	if json.Unmarshal([]byte(kept), &s) != nil { // what is wrong may be a part of a password
		return pacs.Login{}, message.Errorf("the login for %s in the keyring cannot be read", address)
	}
	return pacs.Login(s), nil
}

// Keyring says why the desktop's keyring cannot be asked; nil where it answers. It may wait
// for the desktop.
func Keyring() error {
	if _, err := keyring.Get(keyringService, "none"); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return unusable(err)
	}
	return nil
}

// Logins are those of the keyring, and those that hold while the program runs. The zero value
// has none of its own. Its methods may be called from any goroutine.
type Logins struct {
	mu      sync.Mutex
	session map[string]pacs.Login // by address
}

// Of is the login of an address: that of this session, else the keyring's.
func (l *Logins) Of(address string) (pacs.Login, error) {
	l.mu.Lock()
	login, ok := l.session[address]
	l.mu.Unlock()
	if ok {
		return login, nil
	}
	return Login(address)
}

// ForSession has the login of an address while the program runs, in memory only; the zero
// value takes it back.
func (l *Logins) ForSession(address string, login pacs.Login) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if login == (pacs.Login{}) {
		delete(l.session, address)
		return
	}
	if l.session == nil {
		l.session = map[string]pacs.Login{}
	}
	l.session[address] = login
}

// SetLogin keeps the login of an address.
func SetLogin(address string, l pacs.Login) error {
	if !takesLogin(address) {
		return message.Errorf("%s takes no login: only DICOM web services do", address)
	}
	data, err := json.Marshal(secret(l))
	if err != nil {
		return message.New("the login cannot be written")
	}
	if err := keyring.Set(keyringService, address, string(data)); err != nil {
		return unusable(err)
	}
	return nil
}

// ForgetLogin takes the login of an address out of the keyring; without one nothing is done.
func ForgetLogin(address string) error {
	if !takesLogin(address) {
		return nil
	}
	if err := keyring.Delete(keyringService, address); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return unusable(err)
	}
	return nil
}

func unusable(err error) error {
	return message.Errorf("the desktop's keyring, where logins are kept, cannot be used: %w", err)
}
