package table

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/findingset"
)

func TestLabelsInWords(t *testing.T) {
	for want, list := range map[Label]string{
		Positive: "1;1.0;1,0;+1;1.;yes;Y;ja;J;TRUE;t;wahr;positive;POS;positiv;present;vorhanden;x;+;oui",
		Negative: "0;0.0;0,0;no;N;nein;FALSE;f;falsch;negative;neg;absent;nicht vorhanden;-0",
		Unknown:  ";-1;-1.0;-1,0;\u22121;u;Uncertain;unsicher;fraglich;maybe;?;NA;n/a;nan;NaN;null;None;unknown;k.A.;-;not mentioned",
	} {
		for _, text := range strings.Split(list, ";") {
			if l, ok := ParseLabel(text); !ok || l != want {
				t.Errorf("%q is %v, %v, want %v", text, l, ok, want)
			}
		}
	}
	for _, text := range []string{"2", "0.5", "large", "left", "10", "-2", "yes and no", "1 0", "inf"} {
		if l, ok := ParseLabel(text); ok {
			t.Errorf("%q is taken for %v", text, l)
		}
	}
}

// A cell has the number that its table gives it; what may be two is refused.
func TestNumbersOfBothKinds(t *testing.T) {
	for _, c := range []struct {
		seen string // cells of the table
		cell string
		want float64 // NaN for an error
	}{
		{"", "0.53", .53}, {"", "0,53", .53}, {"", "-1,5", -1.5}, {"", "1.234.567", 1234567}, {"", "1.234,5", 1234.5},
		{"", "1,234.5", 1234.5}, {"", "1'234.5", 1234.5}, {"", "1e-3", 1e-3}, {"", "1,5e-3", 1.5e-3},
		{"", "0,123", .123},
		{"0,5", "1,234", 1.234}, {"0.5", "1,234", 1234}, {"0,5", "1.234", 1234}, {"0,5 0.5", "1,234", math.NaN()},
		{"0,5", "12", 12},
		{"", "", math.NaN()}, {"", "NaN", math.NaN()}, {"", "Inf", math.NaN()}, {"", "high", math.NaN()},
		{"", "1.2.3", math.NaN()}, {"", "--1", math.NaN()},
	} {
		n := Numbers{delimiter: ','}
		for _, s := range strings.Fields(c.seen) {
			n.saw(s)
		}
		v, err := n.Parse(c.cell)
		if math.IsNaN(c.want) != (err != nil) || err == nil && v != c.want {
			t.Errorf("%q beside %q: %v, %v, want %v", c.cell, c.seen, v, err, c.want)
		}
	}
	n := Numbers{delimiter: ';'}
	if v, err := n.Parse("1,234"); v != 1.234 || err != nil {
		t.Errorf("1,234 between semicolons: %v, %v", v, err)
	}
}

func TestAgesSexesViewsAndParts(t *testing.T) {
	for text, want := range map[string]int{"61": 61, "061Y": 61, "61.0": 61, "61,0": 61, "61 years": 61, "61 Jahre": 61,
		"011M": 0, "30M": 2, "004D": 0, "104W": 2, "411": -1, "": -1, "nan": -1} {
		if n, ok := ParseAge(text); n != want || !ok {
			t.Errorf("%q is %d, %v", text, n, ok)
		}
	}
	if n, ok := ParseAge("old"); n != -1 || ok {
		t.Error(n, ok)
	}
	for text, want := range map[string]string{"m": "M", "Male": "M", "m\u00e4nnlich": "M", "w": "F", "FEMALE": "F",
		"Weiblich": "F", "Frau": "F", "d": "", "": ""} {
		if got := ParseSex(text); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
	for text, want := range map[string]string{"pa": "PA", "p.a.": "PA", "Antero-Posterior": "AP", "lateral": "LATERAL",
		"AP SUPINE": "AP SUPINE", "": ""} {
		if got := ParseView(text); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
	for text, want := range map[string]string{"Train": "train", "validation": "val", "dev": "val", "TEST": "test",
		"":    "",
		"all": ""} {
		if got, ok := Split(text); got != want || !ok {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// The same class under the names of the usual collections, of both sides of the
// ocean, and of German reports.
func TestClassesUnderOtherNames(t *testing.T) {
	for want, list := range map[string]string{
		"Effusion":           "effusion;Pleural Effusion;pleural_effusion;PLEURAL-EFFUSION;Pleural effusions;Pleuraerguss;Pleuraergu\u00df;Erguss;Erg\u00fcsse;label_Effusion;has effusion;Effusion (0/1)",
		"Pneumothorax":       "PTX;pneumothoraces;Pneu",
		"Edema":              "oedema;\u00d6dem;Lungeno\u0308dem;Pulmonary Oedema;O\u0308dem",
		"Cardiomegaly":       "Kardiomegalie;Herzvergr\u00f6\u00dferung;Herzvergroesserung;enlarged heart;Cardiac enlargement",
		"Consolidation":      "Konsolidierung;consolidations",
		"Atelectasis":        "Atelektase;atelectases",
		"Infiltration":       "Infiltrate;Infiltrat;infiltrates",
		"Mass":               "masses;Raumforderung;lung mass",
		"Nodule":             "nodules;Rundherd;Lungenrundherde",
		"Pneumonia":          "Pneumonie;Lungenentz\u00fcndung",
		"Emphysema":          "Emphysem;Lungenemphysem",
		"Fibrosis":           "Fibrose;pulmonary fibrosis",
		"Pleural_Thickening": "pleural thickening;Pleuraverdickung;pleural-thickening",
		"Hernia":             "Hernie;hiatus hernia;Zwerchfellhernie",
		NoFinding:            "No Finding;no_findings;kein Befund;unauff\u00e4llig;normal;o.B.",
	} {
		for _, name := range strings.Split(list, ";") {
			if got := ClassName(name); got != want || !SameClass(name, want) {
				t.Errorf("%q is %q, want %q", name, got, want)
			}
		}
	}
	for _, name := range []string{"Pleural Other", "Lung Lesion", "Effusion left", "Tuberculosis", "COVID-19",
		"Nodule/Mass", "Enlarged Cardiomediastinum", "Massive"} {
		if got := ClassName(name); got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
	if SameClass("Nodule/Mass", "Mass") || SameClass("T+", "T-") || !SameClass("my class", "My_Class") {
		t.Error("classes of a site are taken for one another")
	}
}

func TestFindingsInOneCell(t *testing.T) {
	for cell, want := range map[string][]finding{
		"Mass|Nodule":                     {{"Mass", Positive}, {"Nodule", Positive}},
		"Pleural effusion; Raumforderung": {{"Effusion", Positive}, {"Mass", Positive}},
		"['pleural effusion', 'nodule']":  {{"Effusion", Positive}, {"Nodule", Positive}},
		"kein Befund":                     {{NoFinding, Positive}},
		"Mass and Nodule":                 {{"Mass", Positive}, {"Nodule", Positive}},
		"V.a. Pneumonie, no effusion":     {{"Pneumonia", Unknown}, {"Effusion", Negative}},
		"Mass?":                           {{"Mass", Unknown}},
		"Nodule/Mass":                     {{"Nodule/Mass", Positive}},
	} {
		if got, silent := parseFindings(cell); silent || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", cell, got, silent)
		}
	}
	for _, cell := range []string{"", "  ", "n/a", "unknown", "-1"} {
		if got, silent := parseFindings(cell); !silent {
			t.Errorf("%q says %v", cell, got)
		}
	}
	if m := meant("Cardiomegally"); m != "Cardiomegaly" {
		t.Errorf("Cardiomegally is meant for %q", m)
	}
}

func look(t *testing.T, text string) (*Survey, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Look(t.Context(), path)
}

func names(s *Survey) (out []string) {
	for _, c := range s.Classes {
		out = append(out, c.Name)
	}
	return out
}

// Columns are classes by their cells; all that is not used is named, with the
// first cell that kept a column of labels from being one.
func TestColumnsAreClassesByTheirCells(t *testing.T) {
	s,
		err := look(t,
		"Datei;Patienten-ID;Geschlecht;Alter;Erguss;Tuberkulose;Haus;Gout;KVP\na;1;w;61;ja;1;Nord;1;110\nb;2;m;62;nein;0;S\u00fcd;0;125\nc;3;m;x;;1;Nord;0;110\nd;3;m;x;;1;Nord;0;110\ne;3;m;x;;1;Nord;swollen;110\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(s); !slices.Equal(got, []string{"Effusion", "Tuberkulose"}) {
		t.Errorf("classes %q", got)
	}
	if !slices.Equal(s.Dropped, []string{"Gout", "KVP"}) || s.Heading(s.Site) != "Haus" || s.Heading(s.Path) != "Datei" ||
		s.Heading(s.Patient) != "Patienten-ID" || s.Heading(s.Sex) != "Geschlecht" {
		t.Errorf("%+v", s.Report)
	}
	all := strings.Join(s.Warnings, "\n")
	for _, want := range []string{`"Gout", "KVP"`, `row 6 holds "swollen"`, `row 4 with "x"`, `"Tuberkulose"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said: %s", want, all)
		}
	}
	for text, want := range map[string]string{
		"path,Mass\na,1\nb,large\n": `row 3, column "Mass"`, "path,findings\na,0\nb,1\n": "not of what",
		"path,finding\na," + strings.Repeat("long text ", 20) + "\n": "is a text",
	} {
		if _, err := look(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A table's Report is JSON of lists, whatever it lacks.
func TestTwoColumnsOfOneClass(t *testing.T) {
	s, err := look(t, "path,Pleural effusion,Erguss,Mass\na,1,,\nb,,0,+\nc,1,0,-\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(s); !slices.Equal(got, []string{"Effusion", "Mass"}) || len(s.Classes[0].Columns) != 2 ||
		!strings.Contains(strings.Join(s.Warnings, "\n"), `"Pleural effusion", "Erguss" are all Effusion`) {
		t.Errorf("%q, %q", got, s.Warnings)
	}
	row := func(cells ...string) Row { return Row{2, cells} }
	for _, c := range []struct {
		row   Row
		class int
		want  Label
		clash bool
	}{
		{row("a", "1", "", ""), 0, Positive, false}, {row("a", "", "0", ""), 0, Negative, false},
		{row("a", "1", "0", ""), 0, Unknown, true}, {row("a", "", "", "-"), 1, Negative, false},
	} {
		if l, clash := s.Label(c.row, c.class); l != c.want || clash != c.clash {
			t.Errorf("%v: %v, %v", c.row, l, clash)
		}
	}
}

// TestASetOfOnesOwnNamesClasses: a label of a set has the set's spelling, whatever the
// case, the signs between words or its other names there; what is a device in it is no
// finding. The fourteen stay what they are, and so does what no set knows.
func TestASetOfOnesOwnNamesClasses(t *testing.T) {
	own := findingset.Set{Name: "ours", Labels: []findingset.Label{
		{Name: "VP_Shunt", Synonyms: "shuntventil", Device: true}, {Name: "Old Scar", Synonyms: "narbe"},
		{Name: "Pleural_Effusion_Left"},
	}}
	names := Registered(own)
	for name, want := range map[string]string{
		"vp shunt": "VP_Shunt", "Shuntventil": "VP_Shunt", "NARBE": "Old Scar", " old-scar ": "Old Scar",
		"lung opacity":    "Lung Opacity",
		"support_devices": "Support Devices", "Pneumothorax": "Pneumothorax", "Erguss": "Effusion",
		"nobody knows": "nobody knows",
	} {
		if got := names.Class(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if got := ClassName("vp shunt"); got != "vp shunt" {
		t.Errorf("without the set it is %q", got)
	}
	for class, want := range map[string]bool{
		"VP shunt": false, "Old Scar": true, "Support Devices": false, "Mass": true, "Lung Opacity": true,
		"nobody knows": true,
	} {
		if got := names.IsFinding(class); got != want {
			t.Errorf("%s is a finding: %v", class, got)
		}
	}
}
