package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"strings"
	"testing"
)

func fill(t *testing.T, s *Store) AuditState {
	t.Helper()
	for i := range 5 {
		err := s.Log(t.Context(), Event{Kind: Opened, Reader: "Dr A", Path: strings.Repeat("x", i),
			Detail: []byte(`{"hash":"<a,\"hash\":\"b>"}`)})
		if err != nil {
			t.Fatal(err)
		}
	}
	mustAnswer(t, s, answer("1", "Mass", Agree, true))
	state, err := s.VerifyAudit(t.Context(), "")
	if err != nil || state.Entries != 6 {
		t.Fatal(state, err)
	}
	return state
}

func TestTheLogTellsTampering(t *testing.T) {
	for what, text := range map[string]string{
		"changed":          "UPDATE audit SET line = replace(line, 'Dr A', 'Dr B') WHERE seq = 3",
		"changed and hash": "UPDATE audit SET line = replace(line, 'Dr A', 'Dr B'), hash = 'f' || substr(hash, 2) WHERE seq = 3",
		"taken out":        "DELETE FROM audit WHERE seq = 3",
		"first taken out":  "DELETE FROM audit WHERE seq = 1",
		"no JSON":          "UPDATE audit SET line = 'x' WHERE seq = 6",
	} {
		s := testStore(t)
		fill(t, s)
		db, err := s.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// what somebody with the file and a database tool can do
		if _, err := db.Exec("DROP TRIGGER audit_stays; DROP TRIGGER audit_remains; " + text); err != nil {
			t.Fatal(err)
		}
		if state, err := s.VerifyAudit(t.Context(), ""); err == nil {
			t.Errorf("%s: found whole, %+v", what, state)
		}
		if _, err := s.ExportAudit(t.Context(), &bytes.Buffer{}, false); err == nil {
			t.Errorf("%s: exported", what)
		}
	}
}

func TestACutShowsAgainstANotedHead(t *testing.T) {
	s := testStore(t)
	noted := fill(t, s)
	if err := s.Log(t.Context(), Event{Kind: Shown}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(t.Context(), noted.Head); err != nil {
		t.Error("a log that went on: ", err)
	}
	db, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DROP TRIGGER audit_remains; DELETE FROM audit WHERE seq >= 6"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(t.Context(), ""); err != nil {
		t.Error("alone the rest is whole: ", err)
	}
	if _, err := s.VerifyAudit(t.Context(), noted.Head); err == nil {
		t.Error("the cut does not show")
	}
}

func TestAnExportedLogProvesItself(t *testing.T) {
	s := testStore(t)
	want := fill(t, s)
	var out bytes.Buffer
	if state, err := s.ExportAudit(t.Context(), &out, false); err != nil || state != want {
		t.Fatal(state, err)
	}
	if state, err := VerifyExport(bytes.NewReader(out.Bytes()), want.Head); err != nil || state != want {
		t.Error(state, err)
	}
	for line := range strings.Lines(out.String()) { // the rule that the documentation gives to other programs
		line = strings.TrimSuffix(line, "\n")
		i := strings.LastIndex(line, `,"hash":"`)
		sum := sha256.Sum256([]byte(line[:i] + "}"))
		if line[i:] != `,"hash":"`+hex.EncodeToString(sum[:])+`"}` {
			t.Errorf("the hash of %s is not that of the line without it", line)
		}
	}
	lines := strings.SplitAfter(out.String(), "\n")
	for what, text := range map[string]string{
		"a letter":  strings.Replace(out.String(), "Dr A", "Dr B", 1),
		"a line":    strings.Join(append(lines[:2:2], lines[3:]...), ""),
		"the order": lines[1] + lines[0] + strings.Join(lines[2:], ""),
		"the hash":  strings.Replace(out.String(), `"hash":"`+want.Head, `"hash":"`+noEntry, 1),
		"the form":  "{}\n", "half a line": out.String()[:out.Len()-20],
	} {
		if state, err := VerifyExport(strings.NewReader(text), ""); err == nil {
			t.Errorf("%s: found whole, %+v", what, state)
		}
	}
	out.Reset()
	if _, err := s.ExportAudit(t.Context(), &out, true); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 7 || rows[6][2] != "answered" || rows[6][12] != want.Head {
		t.Error(err, rows)
	}
}

func FuzzVerifyExport(f *testing.F) {
	line := `{"seq":1,"at":"2026-01-02T03:04:05Z","kind":"opened","prev":"` + noEntry + `"}`
	f.Add([]byte(strings.TrimSuffix(line, "}") + `,"hash":"` + hashLine([]byte(line)) + "\"}\n"))
	f.Add([]byte(`,"hash":"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		state, err := VerifyExport(bytes.NewReader(data), "")
		if err == nil && state.Entries == 0 && len(bytes.TrimSpace(data)) > 0 {
			t.Errorf("%d bytes without an entry pass", len(data))
		}
	})
}
