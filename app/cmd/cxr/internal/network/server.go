package network

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// The environment variables that hold a login.
const (
	envUser     = "HILUM_PACS_USER"
	envPassword = "HILUM_PACS_PASSWORD"
	envToken    = "HILUM_PACS_TOKEN"
)

const loginHelp = `file of JSON with "user" and "password", or "token", for web services`

// serverFlags are the flags that say how servers are spoken with.
type serverFlags struct {
	login                         string // a file
	authorities, certificate, key string
	movePort                      int
}

func (f *serverFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.login, "login", "", loginHelp)
	fl.StringVar(&f.authorities, "ca", "", "file (PEM) with certificates of authorities that are trusted too")
	fl.StringVar(&f.certificate, "cert", "", "file (PEM) with a certificate of ours")
	fl.StringVar(&f.key, "key", "", "file (PEM) with its key")
}

// loginFile is what --login names.
type loginFile struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

func (f *serverFlags) options() (pacs.Options, error) {
	o := pacs.Options{Authorities: f.authorities, Certificate: f.certificate, Key: f.key, MovePort: f.movePort,
		Login: pacs.Login{User: os.Getenv(envUser), Password: os.Getenv(envPassword), Token: os.Getenv(envToken)}}
	if f.login == "" {
		return o, nil
	}
	const most = 64 << 10
	b, err := regular.ReadBounded(f.login, most)
	if err != nil {
		return o, message.Errorf("cannot read the login %s: %w", f.login, err)
	}
	var file loginFile
	if json.Unmarshal(b, &file) != nil { // what is wrong may be a part of a password
		return o, message.Errorf(`the login %s is no JSON with "user" and "password", or "token"`, f.login)
	}
	o.Login = pacs.Login(file)
	return o, nil
}
