package scores

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/inference/calib"
	"hilum/training/table"
)

const smallTable = "\ufeffImage,patient_id,age,prob_Mass,logit_Edema,prob_Edema,y_Mass,y_Edema,y_Gout,prob_Hernia\n" +
	"a.png,7,41,0.25,-1.5,0.9,1,0,,0.1\n" +
	"\"b,c.png\",7,,1,2,,0.0,-1,,\n" +
	"d.png,9,,0,3,0,,1.0,1,x\n"

func TestScoreTableKeepsWhatIsLabelled(t *testing.T) {
	got, err := Read(strings.NewReader(smallTable))
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Table; len(c.Columns) != 8 || !slices.Equal(c.Dropped, []string{"y_Gout", "prob_Hernia"}) {
		t.Errorf("understood as %+v", c)
	}
	got.Table = table.Report{}
	sum := sha256.Sum256([]byte(smallTable))
	want := &Table{
		SHA256: hex.EncodeToString(sum[:]), Rows: 3, Patients: 2, Patient: []int{0, 0, 1}, Images: []string{"a.png", "b,c.png", "d.png"},
		Classes: []Class{
			{Name: "Mass", Row: []int32{0, 1}, Score: []float64{0.25, 1}, Positive: []bool{true, false}, Unknown: 1,
				OpenRow: []int32{2}, OpenScore: []float64{0}},
			{Name: "Edema", IsLogit: true, Row: []int32{0, 2}, Score: []float64{-1.5, 3}, Positive: []bool{false, true},
				Unknown: 1, OpenRow: []int32{1}, OpenScore: []float64{2}},
		},
		Unpaired: []string{"Hernia", "Gout"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Hospital, maker and year make subgroups; days in several ways of writing are one (by hand).
func TestWhereAndWhenAFilmWasMadeMakesSubgroups(t *testing.T) {
	got, err := Read(strings.NewReader("image;Patient;Klinik;Hersteller;Untersuchungsdatum;prob_Mass;y_Mass\n" +
		"a;1;Nord;Siemens;31.03.2025;0,2;0\nb;2;S\u00fcd;Siemens;2026-04-01;0,3;1\nc;3;Nord;Agfa;20260402;0,4;1\nd;4;;Agfa;soon;0,5;0\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Grouping{
		{By: "site", Names: []string{"Nord", "S\u00fcd"}, Of: []int8{0, 1, 0, -1}},
		{By: "maker", Names: []string{"Agfa", "Siemens"}, Of: []int8{1, 1, 0, 0}},
		{By: "year", Names: []string{"2025", "2026"}, Of: []int8{0, 1, 1, -1}},
	}
	if !reflect.DeepEqual(got.Groups, want) {
		t.Errorf("got  %+v\nwant %+v", got.Groups, want)
	}
	for row, day := range []string{"2025-03-31", "2026-04-01", "2026-04-02", "0001-01-01"} {
		if d := got.Dates[row].Format(time.DateOnly); d != day {
			t.Errorf("row %d is of %s, want %s", row, d, day)
		}
	}
}

func TestProbabilitiesAreLeftAsTheTableHasThem(t *testing.T) {
	c := Class{Score: []float64{0, 0.1, 0.3, 1}}
	if got := c.Probabilities(nil); !reflect.DeepEqual(got, c.Score) {
		t.Errorf("got %v", got)
	}
	for i, l := range c.Logits() {
		if math.IsInf(l, 0) || math.Abs(calib.Sigmoid(l)-c.Score[i]) > 1e-15 {
			t.Errorf("the logit of %v is %v", c.Score[i], l)
		}
	}
	c = Class{Score: []float64{0, 2}, IsLogit: true}
	if got := c.Probabilities(calib.Temperature{T: 2}); got[0] != 0.5 || math.Abs(got[1]-1/(1+math.Exp(-1))) > 1e-15 {
		t.Errorf("through a temperature: %v", got)
	}
}

func TestBadScoreTablesSayRowAndColumn(t *testing.T) {
	head := "patient_id,prob_Mass,y_Mass\n"
	for name, c := range map[string]struct{ data, want string }{
		"empty":       {"", "it is empty"},
		"header only": {head, "no rows"},
		"no patient":  {"prob_Mass,y_Mass\n0.5,1\n", `"patient_id"`},
		"no class":    {"patient_id,Mass\n1,1\n", "prob_<Class>"},
		"not paired":  {"patient_id,prob_Mass,y_Nodule\n1,0.5,1\n", "no class has both"},
		"twice":       {"patient_id,prob_Mass,y_Mass,y_Mass\n1,0.5,1,1\n", `row 1: the column "y_Mass" occurs twice`},
		"score":       {head + "1,0.5,1\n2,high,0\n", `row 3: column "prob_Mass": "high" is not a number`},
		"NaN":         {head + "1,NaN,1\n", `row 2: column "prob_Mass": "NaN"`},
		"gap":         {head + "1,,1\n", `row 2: column "prob_Mass"`},
		"over one":    {head + "1,1.01,1\n", `row 2: column "prob_Mass": the probability 1.01`},
		"label":       {head + "1,0.5,2\n", `row 2: column "y_Mass": "2" is not 0, 1`},
		"patient":     {head + " ,0.5,1\n", `row 2: column "patient_id" is empty`},
		"short":       {head + "1,0.5\n", "row 2: wrong number of fields"},
		"quote":       {head + "1,\"0.5,1\n", "row 2"},
		"no logit": {"patient_id,logit_Mass,y_Mass\n1,1e9,1\n",
			`row 2: column "logit_Mass": 1e+09 is not a logit`},
		"infinite":      {"patient_id,logit_Mass,y_Mass\n1,Inf,1\n", `row 2: column "logit_Mass"`},
		"endless row":   {head + "1,\"" + strings.Repeat("x", table.MaxRow+9000) + "\",1\n", "row 2: a row is longer"},
		"endless title": {strings.Repeat("x,", table.MaxRow), "row 1: a row is longer"},
	} {
		if _, err := Read(strings.NewReader(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	if _, err := Load("absent.csv"); err == nil || !strings.Contains(err.Error(), "absent.csv") {
		t.Errorf("absent file: %v", err)
	}
}

// An open quotation mark before a large file must fail after one row's bound,
// not after reading it all.
func TestAnOpenQuoteDoesNotFillTheMemory(t *testing.T) {
	before, after := runtime.MemStats{}, runtime.MemStats{}
	runtime.ReadMemStats(&before)
	r := io.MultiReader(strings.NewReader("patient_id,prob_Mass,y_Mass\n1,\""), io.LimitReader(zeros{}, 1<<30))
	if _, err := Read(r); err == nil || !strings.Contains(err.Error(), "quotation mark") {
		t.Errorf("error %v", err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16*table.MaxRow {
		t.Errorf("%d bytes were allocated for one row", grown)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func FuzzReadScores(f *testing.F) {
	f.Add(smallTable)
	f.Add("patient_id,prob_Mass,y_Mass\n1,0.5,1\n")
	f.Add("patient_id,prob_Mass,y_Mass\r\n\"1\",1e-400,-1\r\n2,0,1")
	f.Fuzz(func(t *testing.T, data string) {
		table, err := Read(strings.NewReader(data))
		if err != nil {
			return
		}
		if len(table.Patient) != table.Rows || table.Rows < 1 || len(table.Classes) < 1 {
			t.Fatalf("%d rows, %d patients of rows, %d classes", table.Rows, len(table.Patient), len(table.Classes))
		}
		for _, c := range table.Classes {
			if n := c.Counts(); n.Positive+n.Negative+c.Unknown != table.Rows || len(c.Row) != len(c.Score) {
				t.Fatalf("%s: %+v and %d unknown in %d rows", c.Name, n, c.Unknown, table.Rows)
			}
			for _, p := range c.Probabilities(nil) {
				if !(p >= 0 && p <= 1) {
					t.Fatalf("%s: probability %v", c.Name, p)
				}
			}
		}
	})
}

func ExampleRead() {
	t, err := Read(strings.NewReader("patient_id,prob_Mass,y_Mass\n7,0.25,1\n7,0.5,\n"))
	fmt.Println(t.Rows, t.Patients, t.Classes[0].Name, t.Classes[0].Counts(), err)
	// Output: 2 1 Mass {1 0} <nil>
}
