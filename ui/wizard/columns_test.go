package wizard

import (
	"fmt"
	"testing"

	"hilum/app/runs"
	report "hilum/training/table"
	"hilum/ui/uitest"
)

// The data page shows the report of cxr table: columns with what they are used as,
// and those that are not.
func TestColumnRows(t *testing.T) {
	d := &runs.DataSummary{Classes: []runs.ClassCount{{Name: "Effusion"}}}
	if rows := columnRows(uitest.Environment(t), d); rows != nil {
		t.Errorf("of a run without a report: %q", rows)
	}
	d.Table = &report.Report{
		Columns: []report.Column{{Name: "Datei", As: "path"}, {Name: "Erguss", As: "Effusion"}},
		Dropped: []string{"Haus"},
	}
	if got := fmt.Sprint(
		columnRows(uitest.Environment(t), d),
	); got != "[[Column used as] [Datei path] [Erguss Pleural effusion] [Haus not used]]" &&
		got != "[[Column used as] [Datei path] [Erguss Effusion] [Haus not used]]" {
		t.Error(got)
	}
}
