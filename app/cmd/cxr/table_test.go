package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cxr table prints what the jobs make of a table: each column with what it is used
// as, those that are not, rows and warnings; every list is one, empty ones too.
func TestTable(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "t.csv")
	text := "sep=;\r\nPfad;Patienten-ID;Pleuraerguss;Tuberkulose;Haus;KVP\r\nf.png;1;ja;nein;Nord;110\r\ng.png;2;nein;ja;S\xfcd;125\r\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := cxr(t, "table", table, "--json")
	var got struct {
		Columns  []struct{ Name, As string }
		Dropped  []string
		Rows     int
		Warnings []string
	}
	if err := json.Unmarshal([]byte(out), &got); code != exitOK || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if len(got.Columns) != 5 || got.Columns[4].As != "site" || got.Columns[2].Name != "Pleuraerguss" || got.Columns[2].As != "Effusion" ||
		got.Columns[0].As != "path" || got.Rows != 2 || len(got.Dropped) != 1 || got.Dropped[0] != "KVP" {
		t.Errorf("%+v", got)
	}
	if all := strings.Join(got.Warnings, "\n"); !strings.Contains(all, "KVP") ||
		!strings.Contains(all, "Windows-1252") || !strings.Contains(all, "f.png") {
		t.Errorf("%q", all)
	}
	if code, out, _ := cxr(t, "table", table); code != exitOK || !strings.Contains(out, "Pleuraerguss") ||
		!strings.Contains(out, "not used") {
		t.Errorf("for people: exit %d, %s", code, out)
	}
	if err := os.WriteFile(table, []byte("PK\x03\x04rest"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cxr(t, "table", table); code != exitFailed || !strings.Contains(errs, "workbook") ||
		strings.Count(errs, "\n") != 1 {
		t.Errorf("a workbook: exit %d, %q", code, errs)
	}
	for _, args := range [][]string{{"table"}, {"table", "a", "b"}} {
		if code, _, _ := cxr(t, args...); code != exitUsage {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}
