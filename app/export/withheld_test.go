package export

import (
	"bytes"
	"strings"
	"testing"

	"hilum/app/report"
	"hilum/dicomio/derived"
	"hilum/inference"
	"hilum/internal/message"
)

// TestWithheldFindingsLeaveAsSuch: what people read as a statement has the reason in place
// of the findings; where a reader insists both stand there; the table has both in any case.
func TestWithheldFindingsLeaveAsSuch(t *testing.T) {
	s := subject(t)
	why := message.Of("The view is lateral.")
	s.Result.Withheld = []message.Message{why}
	for _, insisted := range []bool{false, true} {
		if s.Held = nil; !insisted {
			s.Held = s.Result.Withheld
		}
		files := exported(t, &Exporter{}, s, StructuredReport, PDF, PNG, Capture)
		r, err := derived.ReadStructuredReport("sr", files["-sr.dcm"])
		if err != nil {
			t.Fatal(err)
		}
		want := "The findings are withheld: " + why.String()
		if insisted {
			want = "These findings are withheld and shown because somebody insisted: " + why.String()
		}
		if findings := len(r.Findings); (findings == 0) == insisted || !strings.Contains(strings.Join(r.Comments, "\n"), want) {
			t.Errorf("insisted %v: %d findings, comments %q", insisted, findings, r.Comments)
		}
		if !bytes.Contains(files["-sr.dcm"], []byte(want)) {
			t.Errorf("insisted %v: the report does not hold %q", insisted, want)
		}
		shot := s.shot(message.Words{})
		if (shot.Result == nil) == insisted || (len(shot.Mapped()) == 0) == insisted || shot.Withheld.String() != want {
			t.Errorf("insisted %v: the picture has %v, maps of %v, %q", insisted, shot.Result, shot.Mapped(), shot.Withheld)
		}
		row, err := (&Exporter{}).Row(t.Context(), s)
		if err != nil || len(row.Findings) != 3 || row.Withheld.String() != "The findings are withheld: "+why.String() {
			t.Errorf("insisted %v: the table's row is %+v, %v", insisted, row, err)
		}
	}
	var b bytes.Buffer
	table, err := report.NewTable(&b)
	if err != nil {
		t.Fatal(err)
	}
	row := report.TableRow{Findings: s.Result.Findings[:1], Withheld: inference.Withholding(s.Result.Withheld, false)}
	if err := table.Add(row); err != nil {
		t.Fatal(err)
	}
	if err := table.End(); err != nil || !strings.Contains(b.String(), ",rel_margin,withheld,") ||
		!strings.Contains(b.String(), ",The findings are withheld: The view is lateral.,") {
		t.Errorf("%v: %s", err, &b)
	}
}
