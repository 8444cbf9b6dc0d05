package derived

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What IHE asks of reports of algorithms. Oracles: the requirements of RAD AIR, Rev. 1.3 (8 August
// 2025), volume 3, 6.5.3.1 and its table 6.5.3.1-1; pydicom, which reads the same bytes
// (testdata/peers/dicom_derived.py); and for the templates of containers PS3.3 C.18.8.1.2 and
// PS3.16 TID 1500, 1501 and 1410.
func TestReportsSayWhatIHEAsks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "derived.json"))
	if err != nil {
		t.Fatal(err)
	}
	var peer struct {
		AIR struct {
			Class, Procedure                                  string
			Purpose, Equipment, Observer, Templates, Evidence []string
			Tracking                                          [][2]string
		} `json:"air"`
	}
	if err := json.Unmarshal(text, &peer); err != nil {
		t.Fatal(err)
	}
	air, want := peer.AIR, testReport()
	source := want.Source.Header
	if air.Class != "Comprehensive 3D SR Storage" || air.Procedure != "Plain X-ray of chest" {
		t.Errorf("a %s of the procedure %s", air.Class, air.Procedure)
	}
	if !reflect.DeepEqual(air.Purpose, []string{"109102", "DCM", "Processing Equipment"}) ||
		!reflect.DeepEqual(air.Equipment[:3], []string{maker, want.Algorithm.Name, want.Algorithm.Version}) {
		t.Errorf("the algorithm is not described: %q, %q", air.Purpose, air.Equipment)
	}
	if !reflect.DeepEqual(air.Observer, []string{air.Equipment[0], air.Equipment[1], air.Equipment[3]}) {
		t.Errorf("the observer %q is another than the equipment %q", air.Observer, air.Equipment)
	}
	if !reflect.DeepEqual(air.Templates, []string{"1500", "1410", "1501"}) {
		t.Errorf("templates %q", air.Templates)
	}
	if !reflect.DeepEqual(air.Evidence, []string{source.StudyUID, source.SeriesUID, source.InstanceUID}) {
		t.Errorf("evidence %q", air.Evidence)
	}
	if len(air.Tracking) != 2 || air.Tracking[0][0] != "Effusion" || air.Tracking[1][0] != "Mass" ||
		air.Tracking[0][1] == air.Tracking[1][1] {
		t.Errorf("tracking %q", air.Tracking)
	}
}

// The device is the algorithm's, whatever film it looked at: with another version it is another.
func TestAnotherVersionIsAnotherDevice(t *testing.T) {
	a := Algorithm{Name: "model", Version: "1"}
	same := Algorithm{Name: "model", Version: "1", Parameters: []string{"pixels sha256: ab"}}
	other := Algorithm{Name: "model", Version: "2"}
	if a.device("1.0") != same.device("1.0") || a.device("1.0") == other.device("1.0") || a.device("1.0") == a.device("1.1") {
		t.Error("devices are not told apart by algorithm and program")
	}
}

// Reports that were made as Comprehensive SR still read. Oracle: the object that was made before,
// and the report that it was made of.
func TestEarlierReportsAreRead(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "sr-comprehensive.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadStructuredReport("sr", b)
	if err != nil {
		t.Fatal(err)
	}
	if want := testReport(); !reflect.DeepEqual(r.Algorithm, want.Algorithm) || len(r.Findings) != len(want.Findings) ||
		!reflect.DeepEqual(r.Findings[0].Region, want.Findings[0].Region) {
		t.Errorf("%+v", r)
	}
}

func TestNamesThatNoAttributeHolds(t *testing.T) {
	r := testReport()
	r.Algorithm.Name = strings.Repeat("ü", 65)
	if err := WriteStructuredReport(nil, r); err == nil || !strings.Contains(err.Error(), "64 characters") {
		t.Errorf("it says %v", err)
	}
}
