package servers

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"hilum/dicomio/pacs"
	"hilum/internal/message"
)

// Form is a server as a person fills it in. What its kind does not have is ignored.
type Form struct {
	Name string
	Web  bool   // DICOM web services; else DICOM's own protocol
	URL  string // of web services, as https://host:port/path

	Host, Port     string
	Called         string // the server's application entity title
	Calling        string // ours; "" is pacs.Title
	TLS            bool
	MovePort       string // "" for none
	Authorities    string
	Certificate    string
	CertificateKey string
}

// FormOf is the form of a server that is kept.
func FormOf(s Server) Form {
	f := Form{Name: s.Name, Authorities: s.Authorities, Certificate: s.Certificate, CertificateKey: s.Key}
	if s.MovePort > 0 {
		f.MovePort = strconv.Itoa(s.MovePort)
	}
	if takesLogin(s.Address) {
		f.Web, f.URL = true, strings.TrimPrefix(s.Address, webScheme)
		return f
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		return f // not what check lets through
	}
	f.Host, f.Port, f.TLS = u.Hostname(), u.Port(), u.Scheme == "dicom+tls"
	f.Called, f.Calling = u.User.Username(), u.Query().Get("calling")
	return f
}

// Server is the server that the form describes, or what is wrong with it.
func (f Form) Server() (Server, error) {
	s := Server{Name: strings.TrimSpace(f.Name), Authorities: strings.TrimSpace(f.Authorities),
		Certificate: strings.TrimSpace(f.Certificate), Key: strings.TrimSpace(f.CertificateKey)}
	var err error
	if f.Web {
		s.Address, err = webAddress(strings.TrimSpace(f.URL))
	} else {
		s.Address, err = f.dicomAddress()
	}
	if text := strings.TrimSpace(f.MovePort); err == nil && !f.Web && text != "" {
		if s.MovePort, err = strconv.Atoi(text); err != nil || s.MovePort <= 0 {
			err = message.Errorf("%q is no port; give 1 to %d, or none", text, maxPort)
		}
	}
	if err != nil {
		return Server{}, err
	}
	return s, s.check()
}

func webAddress(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err == nil && u.User != nil:
		return "", message.New("an address holds no login; there are fields for it")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", message.New("write the address of the web service as https://host:port/path")
	}
	return webScheme + text, nil
}

func (f Form) dicomAddress() (string, error) {
	host, port := strings.TrimSpace(f.Host), strings.TrimSpace(f.Port)
	called, calling := strings.TrimSpace(f.Called), strings.TrimSpace(f.Calling)
	switch n, err := strconv.Atoi(port); {
	case host == "" || strings.ContainsAny(host, "/@?# "):
		return "", message.New("give the name or the address of the computer, as pacs.example.org or 10.0.0.5")
	case port != "" && (err != nil || n < 1 || n > maxPort):
		return "", message.Errorf("%q is no port; give 1 to %d, or none", port, maxPort)
	case called == "":
		return "", message.New("give the application entity title of the server; who looks after it knows it")
	}
	u := url.URL{Scheme: "dicom", User: url.User(called), Host: host}
	if f.TLS {
		u.Scheme = "dicom+tls"
	}
	switch {
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	}
	if calling != "" && calling != pacs.Title {
		u.RawQuery = url.Values{"calling": {calling}}.Encode()
	}
	return u.String(), nil
}
