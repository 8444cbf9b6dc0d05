package hilum_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"hilum/app/export"
	"hilum/dicomio/dimse"
	"hilum/dicomio/pacs"
)

const conformancePage = "docs/conformance.md"

// TestTablesOfConformance: the tables of the conformance statement are those of the code.
func TestTablesOfConformance(t *testing.T) {
	text := readText(t, conformancePage)
	for _, table := range []struct{ name, want string }{
		{"services", servicesTable()}, {"syntaxes", syntaxesTable()}, {"keys", keysTable()}, {"statuses", statusesTable()},
		{"limits", limitsTable()}, {"objects", objectsTable()},
	} {
		begin := "<!-- " + table.name + ": made by go test -run TestTablesOfConformance -update . -->\n"
		end := "<!-- end of " + table.name + " -->\n"
		before, rest, ok := strings.Cut(text, begin)
		now, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for the table: %q ... %q", conformancePage, begin, end)
		}
		if now != table.want && !*update {
			t.Errorf(
				"the table of %s is not that of the code; run go test -run TestTablesOfConformance -update .",
				table.name,
			)
		}
		text = before + begin + table.want + end + after
	}
	if *update {
		if err := os.WriteFile(conformancePage, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func servicesTable() string {
	var b strings.Builder
	b.WriteString("| SOP class | UID | user (SCU) | provider (SCP) |\n|---|---|---|---|\n")
	for _, s := range dimse.Services() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name, s.Class, yes(s.SCU), yes(s.SCP))
	}
	b.WriteString("| Storage: every class under 1.2.840.10008.5.1.4.1.1 | | yes | yes |\n")
	return b.String()
}

func syntaxesTable() string {
	var b strings.Builder
	b.WriteString("| transfer syntaxes of storage | transfer syntaxes of all else |\n|---|---|\n")
	plain := dimse.PlainSyntaxes()
	for i, s := range dimse.StorageSyntaxes() {
		other := ""
		if i < len(plain) {
			other = dimse.SyntaxName(plain[i])
		}
		fmt.Fprintf(&b, "| %s | %s |\n", dimse.SyntaxName(s), other)
	}
	return b.String()
}

func keysTable() string {
	var b strings.Builder
	b.WriteString("| level | attribute | tag | matched |\n|---|---|---|---|\n")
	for _, k := range pacs.QueryKeys() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", k.Level, k.Keyword, k.Tag, yes(k.Matched))
	}
	return b.String()
}

func statusesTable() string {
	var b strings.Builder
	b.WriteString("| status of C-STORE | meaning |\n|---|---|\n")
	for _, s := range pacs.ReceivedStatuses() {
		meaning := s.Meaning().String()
		if s == dimse.Success {
			meaning = "the object is on the disk"
		}
		fmt.Fprintf(&b, "| %04X | %s |\n", uint16(s), meaning)
	}
	return b.String()
}

func limitsTable() string {
	l := dimse.UsualLimits()
	var b strings.Builder
	b.WriteString("| what | value |\n|---|---|\n")
	for _, row := range [][2]string{
		{"Implementation Class UID", l.ImplementationUID}, {"Implementation Version Name", l.ImplementationVersion},
		{"maximum length received (bytes of a P-DATA-TF)", fmt.Sprint(l.MaxLength)},
		{"asynchronous operations", "none: one at a time"},
		{"associations accepted at a time", fmt.Sprint(l.Associations)},
		{"presentation contexts of an association", fmt.Sprint(l.Contexts)},
		{"application entity title of a node and a station", pacs.Title},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	for _, row := range []struct {
		what string
		d    time.Duration
	}{
		{"until TCP and TLS stand", l.Timeouts.Connect}, {"ARTIM", l.Timeouts.ARTIM}, {"until the next message", l.Timeouts.Idle},
		{"for a PDU", l.Timeouts.PDU}, {"for a message", l.Timeouts.Message},
	} {
		fmt.Fprintf(&b, "| time-out: %s | %.0f s |\n", row.what, row.d.Seconds())
	}
	return b.String()
}

func objectsTable() string {
	var b strings.Builder
	b.WriteString("| what is made | as | SOP class |\n|---|---|---|\n")
	for _, f := range export.Standard() {
		if f.Class != "" {
			fmt.Fprintf(&b, "| %s | `%s` | %s (%s) |\n", f.About, f.Name, dimse.ClassName(f.Class), f.Class)
		}
	}
	return b.String()
}
