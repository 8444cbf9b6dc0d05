package pacs

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"strings"

	"hilum/dicomio/dicomweb"
	"hilum/dicomio/dimse"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// Login is how a server of DICOM web services is shown who asks. It prints as nothing.
type Login = dicomweb.Login

// Title is our application entity title unless an address names another.
const Title = "HILUM"

// The ports of the IANA for DICOM, and for DICOM over TLS.
const (
	dicomPort = "104"
	tlsPort   = "2762"
)

const addressHelp = "write it as dicom://TITLE@host:port or dicomweb+https://host:port/path"

// Open makes a server of an address: dicom://TITLE@host:port, with ?calling=OURS;
// dicom+tls:// likewise; dicomweb+http://host:port/path or dicomweb+https://. Nothing is
// asked of it yet.
func Open(address string, o Options) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, message.Errorf(
			"%q is not the address of a server; %s",
			withoutLogin(address),
			message.Of(addressHelp),
		)
	}
	if o.Warn == nil {
		o.Warn = func(message.Message) {}
	}
	switch u.Scheme {
	case "dicom", "dicom+tls":
		return openDIMSE(u, o)
	case "dicomweb+http", "dicomweb+https":
		return openWeb(u, o)
	}
	return nil, message.Errorf("%q is not the address of a server; %s", withoutLogin(address), message.Of(addressHelp))
}

// withoutLogin is an address without what may be a password.
func withoutLogin(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	user, host, found := strings.Cut(rest, "@")
	if !ok || !found || !strings.Contains(user, ":") {
		return address
	}
	return scheme + "://" + host
}

func openDIMSE(u *url.URL, o Options) (Server, error) {
	called, _ := url.PathUnescape(u.User.Username())
	_, password := u.User.Password()
	calling := u.Query().Get("calling")
	if calling == "" {
		calling = Title
	}
	switch {
	case called == "" || password:
		return nil, message.Errorf(
			"the address %s does not name the application entity title of the server; write it as dicom://TITLE@host:port",
			withoutLogin(u.String()),
		)
	case !isTitle(called) || !isTitle(calling):
		return nil, message.Errorf("an application entity title has at most 16 characters of ASCII")
	}
	s := &dimseServer{name: u.Scheme + "://" + called + "@" + u.Host, o: o,
		peer: dimse.Peer{Called: called, Calling: calling}}
	port := dicomPort
	if u.Scheme == "dicom+tls" {
		config, err := o.tls(dimse.SecureProfile())
		if err != nil {
			return nil, err
		}
		s.peer.TLS, port = config, tlsPort
	}
	if u.Port() != "" {
		port = u.Port()
	}
	s.peer.Address = net.JoinHostPort(u.Hostname(), port)
	return s, nil
}

// isTitle says whether a text can be an application entity title (PS3.5 6.2, AE).
func isTitle(text string) bool {
	return text != "" && len(text) <= 16 && strings.Trim(text, " ") == text &&
		strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) < 0
}

func openWeb(u *url.URL, o Options) (Server, error) {
	if u.User != nil {
		return nil, message.Errorf(
			"an address holds no login, since it is seen by others; give user, password or token by a file or the environment",
		)
	}
	base := strings.TrimPrefix(u.Scheme, "dicomweb+") + "://" + u.Host + u.EscapedPath()
	config, err := o.tls(nil)
	if err != nil {
		return nil, err
	}
	return &webServer{name: u.Scheme + "://" + u.Host + u.EscapedPath(), o: o,
		client: dicomweb.New(base, dicomweb.Options{Login: o.Login, TLS: config, Warn: o.Warn})}, nil
}

// ListenTLS is the secure profile of one who listens, with the certificate of the options.
// Where authorities are named, who calls must show a certificate of theirs.
func (o Options) ListenTLS() (*tls.Config, error) {
	config, err := o.tls(dimse.SecureProfile())
	if err != nil {
		return nil, err
	}
	if len(config.Certificates) == 0 {
		return nil, message.New("listening with TLS needs a certificate and its key")
	}
	if o.Authorities != "" {
		config.ClientCAs, config.ClientAuth = config.RootCAs, tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// tls adds the certificates of the options to a configuration; nil is the usual one.
func (o Options) tls(config *tls.Config) (*tls.Config, error) {
	if o.Authorities == "" && o.Certificate == "" {
		return config, nil
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.Authorities != "" {
		b, err := regular.ReadFile(o.Authorities)
		if err != nil {
			return nil, message.Errorf("cannot read the certificates %s: %w", o.Authorities, err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(b) {
			return nil, message.Errorf("no certificate (PEM) is in %s", o.Authorities)
		}
		config.RootCAs = pool
	}
	if o.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, message.Errorf("cannot use the certificate %s with the key %s: %w", o.Certificate, o.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
