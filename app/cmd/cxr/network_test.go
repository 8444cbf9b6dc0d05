package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/internal/peertest"
)

// networkFilms are films of one patient as DICOM files.
func networkFilms(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	if code, _, errs := cxr(t, "phantom", "--out", dir, "--n", fmt.Sprint(n), "--size", "64", "--dicom"); code != exitOK {
		t.Fatal(errs)
	}
	return filepath.Join(dir, "images")
}

// jsonLines are the JSON objects of an output.
func jsonLines(t *testing.T, out string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(out) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, v)
	}
	return list
}

// The four commands against Orthanc, over both of its protocols.
func TestPACSCommands(t *testing.T) {
	s := peertest.Orthanc(t, "")
	films := networkFilms(t, 3)
	for _, server := range []string{fmt.Sprintf("dicom://%s@%s?calling=HILUM", s.Title, peertest.Address(s.DICOM)), "dicomweb+" + s.DICOMweb()} {
		run := func(args ...string) string {
			t.Helper()
			code, out, errs := cxr(t, append([]string{"pacs"}, args...)...)
			if code != exitOK {
				t.Fatalf("%v: exit code %d: %s%s", args, code, out, errs)
			}
			return out
		}
		if out := run("echo", server); !strings.Contains(out, "answers.") {
			t.Errorf("echo says %s", out)
		}
		sent := jsonLines(t, run("send", server, films, "--json"))
		if last := sent[len(sent)-1]; last["event"] != "done" || last["sent"] != 3.0 || last["failed"] != 0.0 {
			t.Errorf("send ends with %v", last)
		}
		found := jsonLines(t, run("find", server, "--name", "PHANTOM", "--modality", "CR,DX", "--json"))
		if len(found) != 3 {
			t.Fatalf("%d studies: %v", len(found), found)
		}
		for _, key := range []string{"study_uid", "patient_id", "patient_name", "date", "modalities", "description", "images"} {
			if _, ok := found[0][key]; !ok || len(found[0]) != 7 {
				t.Errorf("a study lacks %s: %v", key, found[0])
			}
		}
		study, dir := found[0]["study_uid"].(string), t.TempDir()
		got := jsonLines(t, run("get", server, "--study", study, "--out", dir, "--json"))
		if got[0]["event"] != "received" || got[len(got)-1]["received"] != 1.0 {
			t.Errorf("get says %v", got)
		}
		if _, err := os.Stat(got[0]["path"].(string)); err != nil {
			t.Error(err)
		}
		again := jsonLines(t, run("get", server, "--study", study, "--out", dir, "--json"))
		if last := again[len(again)-1]; last["received"] != 0.0 || last["kept"] != 1.0 {
			t.Errorf("get again says %v", again)
		}
		if out := run("find", server, "--patient-id", "nobody"); !strings.Contains(out, "No study matches.") {
			t.Errorf("find says %s", out)
		}
	}
}

// A login is used and printed nowhere, whatever goes wrong; nor is what was searched for.
func TestNoLoginAndNoPatientIsPrinted(t *testing.T) {
	const secret = "open-sesame"
	var seen []string
	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		http.Error(w, "no "+r.URL.RawQuery, http.StatusUnauthorized)
	}))
	defer denies.Close()
	file := filepath.Join(t.TempDir(), "login.json")
	if err := os.WriteFile(file, []byte(`{"user":"reader","password":"`+secret+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"password":"`+secret), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HILUM_PACS_TOKEN", secret)
	host := denies.URL[len("http://"):]
	for _, args := range [][]string{
		{"echo", "dicomweb+http://" + host}, {"find", "dicomweb+http://" + host, "--name", "Muster", "--json"},
		{"find", "dicomweb+http://" + host, "--name", "Muster", "--login", file},
		{"find", "dicomweb+http://127.0.0.1:1/", "--name", "Muster", "--login", file},
		{"echo", "dicomweb+http://reader:" + secret + "@" + host}, {"echo", "dicom://A:" + secret + "@" + host},
		{"echo", "dicomweb+http://" + host, "--login", broken}, {"echo", "dicomweb+https://" + host, "--json"},
	} {
		code, out, errs := cxr(t, append([]string{"pacs"}, args...)...)
		if code == exitOK {
			t.Errorf("%v succeeds", args)
		}
		if said := out + errs; strings.Contains(said, secret) || strings.Contains(said, "Muster") {
			t.Errorf("%v prints %s", args, said)
		}
	}
	if len(seen) < 3 || seen[0] != "Bearer "+secret || !strings.HasPrefix(seen[2], "Basic ") {
		t.Errorf("the server saw %q", seen)
	}
}

func TestPACSNeedsAServer(t *testing.T) {
	for _, args := range [][]string{{"echo"}, {"echo", "nowhere"}, {"find", "dicom://A@h", "--date", "yesterday"}, {"get", "dicom://A@h"}, {"send", "dicom://A@h"}} {
		if code, _, errs := cxr(t, append([]string{"pacs"}, args...)...); code != exitUsage || errs == "" {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
	}
}

func TestNodeRefusesWhatItCannotDo(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte("perhaps\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	slip := filepath.Join(t.TempDir(), "slip")
	if err := os.WriteFile(slip, []byte("deidentify dicom://archive@127.0.0.1:1\ndeidentify dicom://ARCHIVE@127.0.0.1:2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"use --out":               {},
		"no object that can be":   {"--out", "x", "--objects", "pdf"},
		"no loopback address":     {"--out", "x", "--http", "0.0.0.0:0"},
		"No server is kept":       {"--out", "x", "--send", "somewhere"},
		"line 1: it begins with":  {"--out", "x", "--rules", rules},
		"line 2: nothing is sent": {"--out", "x", "--rules", slip, "--send", "dicom://ARCHIVE@127.0.0.1:1"},
		"needs a certificate":     {"--out", "x", "--tls"},
	} {
		if code, _, errs := cxr(t, append([]string{"node", "--listen", "127.0.0.1:0"}, args...)...); code == exitOK ||
			!strings.Contains(errs, want) {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
	}
}

// TestServersAreKeptByName: a name stands for its address until it is forgotten.
func TestServersAreKeptByName(t *testing.T) {
	t.Setenv("HILUM_HOME", t.TempDir())
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/dicom+json")
		_, _ = w.Write([]byte("[]")) // the client says what it got
	}))
	defer s.Close()
	address := "dicomweb+" + s.URL
	if code, out, errs := cxr(t, "pacs", "keep", "the archive", address); code != exitOK {
		t.Fatalf("keep: %d %s%s", code, out, errs)
	}
	_, out, _ := cxr(t, "pacs", "kept", "--json")
	if list := jsonLines(t, out); len(list) != 1 || list[0]["name"] != "the archive" || list[0]["address"] != address {
		t.Errorf("kept are %v", list)
	}
	code, out, errs := cxr(t, "pacs", "find", "the archive")
	if code != exitOK || asked == 0 || !strings.Contains(out, "No study matches.") {
		t.Errorf("find: %d, asked %d times: %s%s", code, asked, out, errs)
	}
	if code, _, errs := cxr(t, "pacs", "keep", "two", "dicomweb+http://anna:geheim@127.0.0.1/"); code != exitUsage ||
		strings.Contains(errs, "geheim") {
		t.Errorf("an address with a login: %d %s", code, errs)
	}
	if code, out, errs := cxr(t, "pacs", "forget", "the archive"); code == exitOK {
		t.Logf("forgotten: %s", out)
	} else if !strings.Contains(errs, "keyring") { // there is none where no desktop is
		t.Errorf("forget: %d %s", code, errs)
	}
	if code, _, errs := cxr(t, "pacs", "echo", "the archive"); code != exitUsage || !strings.Contains(errs, "the archive") {
		t.Errorf("a server that is kept no longer: %d %s", code, errs)
	}
}
