// Package peertest starts the servers and tools of others that tests of the network speak
// with: DCMTK, Orthanc with its DICOMweb plugin. Its core type is [Server]. What is not
// installed is a test skipped with a message; scripts/system.sh installs it. It imports
// testing.
package peertest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Tool finds a program, or skips the test.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed; scripts/system.sh test installs it", name)
	}
	return path
}

// FreePort is a port of the loopback address that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// Server is a program that runs until the test ends.
type Server struct {
	DICOM, HTTP int // ports; 0 for none
	Title       string
	Dir         string
	output      lockedBuffer
}

// Output is what it printed.
func (s *Server) Output() string { return s.output.String() }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Run starts a program and waits until its ports are listened on.
func (s *Server) Run(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(Tool(t, name), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, &s.output, &s.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	for _, port := range []int{s.DICOM, s.HTTP} {
		if port != 0 && !listens(port, ended) {
			t.Fatalf("%s does not listen on port %d:\n%s", name, port, s.Output())
		}
	}
}

func listens(port int, ended <-chan struct{}) bool {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			_ = conn.Close()
			return true
		}
		select {
		case <-ended:
			return false
		default:
		}
	}
	return false
}

// Address is where a port of the loopback address is.
func Address(port int) string { return fmt.Sprint("127.0.0.1:", port) }

// Succeeds runs a tool to its end and gives what it printed.
func Succeeds(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := runTool(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// Fails runs a tool that must fail and gives what it printed.
func Fails(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := runTool(t, name, args...)
	if err == nil {
		t.Fatalf("%s %s should have failed\n%s", name, strings.Join(args, " "), out)
	}
	return out
}

func runTool(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	out, err := exec.CommandContext(ctx, Tool(t, name), args...).CombinedOutput()
	return string(out), err
}

// StoreSCP is DCMTK's storage provider; what it gets lies in its folder.
func StoreSCP(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{DICOM: FreePort(t), Title: "STORESCP", Dir: t.TempDir()}
	s.Run(t, "storescp", append(append([]string{"-aet", s.Title, "-od", s.Dir}, args...), fmt.Sprint(s.DICOM))...)
	return s
}

// QueryRetrieveSCP is DCMTK's archive. movePort is where it sends what is moved to the
// title HILUM; 0 for nowhere.
func QueryRetrieveSCP(t testing.TB, movePort int, args ...string) *Server {
	t.Helper()
	s := &Server{DICOM: FreePort(t), Title: "ARCHIVE", Dir: t.TempDir()}
	db := filepath.Join(s.Dir, "db")
	if err := os.Mkdir(db, 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(s.Dir, "dcmqrscp.cfg")
	write(t, config, fmt.Sprintf(`NetworkTCPPort = %d
MaxPDUSize = 131072
MaxAssociations = 16
HostTable BEGIN
hilum = (HILUM, 127.0.0.1, %d)
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
%s %s RW (500, 1024mb) ANY
AETable END
`, s.DICOM, movePort, s.Title, db))
	s.Run(t, "dcmqrscp", append([]string{"-c", config}, args...)...)
	return s
}

// Orthanc is an Orthanc with its DICOMweb plugin, which lets everybody in.
func Orthanc(t testing.TB, settings string) *Server {
	t.Helper()
	plugin := "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("Orthanc's DICOMweb plugin is not installed; scripts/system.sh test installs it")
	}
	s := &Server{DICOM: FreePort(t), HTTP: FreePort(t), Title: "ORTHANC", Dir: t.TempDir()}
	config := filepath.Join(s.Dir, "orthanc.json")
	write(t, config, fmt.Sprintf(`{
  "Name": "test", "StorageDirectory": %q, "IndexDirectory": %q, "Plugins": [%q],
  "DicomAet": %q, "DicomPort": %d, "HttpPort": %d, "DicomCheckCalledAet": true,
  "AuthenticationEnabled": false, "RemoteAccessAllowed": false, "DicomAlwaysAllowGet": true,
  "DicomAlwaysAllowFind": true, "DicomAlwaysAllowMove": true, "DicomAlwaysAllowStore": true,
  "DicomAlwaysAllowEcho": true, "UnknownSopClassAccepted": true, "ConcurrentJobs": 2%s
}`, s.Dir, s.Dir, plugin, s.Title, s.DICOM, s.HTTP, settings))
	s.Run(t, "Orthanc", config)
	return s
}

// DICOMweb is the address of an Orthanc's service.
func (s *Server) DICOMweb() string { return "http://" + Address(s.HTTP) + "/dicom-web" }

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Certificate makes a key and a certificate, signed by itself, of the loopback address.
func Certificate(t testing.TB) (key, cert string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageKeyEncipherment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key, cert = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	write(
		t,
		key,
		string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})),
	)
	write(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return key, cert
}

// Pool are the certificates of a file.
func Pool(t testing.TB, cert string) *x509.CertPool {
	t.Helper()
	b, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		t.Fatal("no certificate is in ", cert)
	}
	return pool
}

// Python finds an interpreter that has a module, or skips the test: that of the peers
// (make refs and make bench make it), or the system's.
func Python(t testing.TB, module string) string {
	t.Helper()
	candidates := []string{os.Getenv("PYTHON"), "python3"}
	for up := "build"; len(up) < len("../../../../../build"); up = filepath.Join("..", up) {
		candidates = append(candidates, filepath.Join(up, "peers", "bin", "python"))
	}
	for _, name := range candidates {
		if name != "" && exec.Command(name, "-c", "import "+module).Run() == nil {
			return name
		}
	}
	t.Skipf("no Python has %s; pip install it, and name the interpreter with PYTHON", module)
	return ""
}
