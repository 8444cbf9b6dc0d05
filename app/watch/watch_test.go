package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/calib"
)

// Films of a month come with those first on which model and reader differ, then by falling
// probability; films that are not there are left out. By hand.
func TestFilmsOfAMonth(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("image,patient_id,date,prob_Mass,y_Mass\n")
	for month := 1; month <= 5; month++ {
		for i := range 6 {
			fmt.Fprintf(&b, "m%d_%d.png,P%d_%d,2026-%02d-10,%v,%d\n", month, i, month, i, month, []float64{0.1, 0.2, 0.6, 0.7, 0.8, 0.3}[i],
				[]int{0, 0, 1, 0, 1, 1}[i])
		}
	}
	path := filepath.Join(dir, "scores.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 5 { // m4_5 is gone
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("m4_%d.png", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v, err := FromTable(path, "", calib.Calibrators())
	if err != nil || v.Rows != 30 || len(v.Months) != 5 || !v.Months[2].Reference || v.Months[3].Reference {
		t.Fatalf("%+v, %v", v, err)
	}
	var got []string
	for _, p := range v.Films("Mass", "2026-04") {
		got = append(got, filepath.Base(p))
	}
	// at .5: m4_3 is called and absent; m4_5, missed, is not there
	if want := []string{"m4_3.png", "m4_4.png", "m4_2.png", "m4_1.png", "m4_0.png"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if v.Films("Nodule", "2026-04") != nil || v.Films("Mass", "2026-09") != nil {
		t.Error("films of a class or month that is not there")
	}
}
