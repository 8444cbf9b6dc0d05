package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hilum/internal/home"
)

// year writes a table of scores of 600 films over six months of two hospitals, one film a patient; in the
// last three months the finding is four times as frequent.
func year(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 6))
	var b strings.Builder
	b.WriteString("image,patient_id,site,date,prob_Mass,y_Mass\n")
	for i := range 600 {
		month, y := i/100, 0
		if r.Float64() < []float64{0.1, 0.4}[month/3] {
			y = 1
		}
		p := 1 / (1 + math.Exp(-(r.NormFloat64() + 3*float64(y) - 2)))
		fmt.Fprintf(&b, "%d.png,p%d,%s,2026-%02d-%02d,%.6f,%d\n", i, i, []string{"North", "South"}[i%2], month+1, i%28+1, p, y)
	}
	path := filepath.Join(t.TempDir(), "year.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAuditLabelsRanks(t *testing.T) {
	scores := year(t)
	out := filepath.Join(filepath.Dir(scores), "ranked.csv")
	code, text, errs := cxr(t, "audit-labels", "--scores", scores, "--out", out, "--json")
	var done struct {
		Classes []struct{ Labels, Suspects int }
	}
	if err := json.Unmarshal([]byte(text), &done); code != exitOK || err != nil || len(done.Classes) != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, text, errs)
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "image,class,given,suggested,rank_score" || len(rows) != 601 {
		t.Fatalf("%v, %d rows under %v", err, len(rows), rows[0])
	}
	suspects := 0
	for _, r := range rows[1:] {
		if r[2] != r[3] {
			suspects++
		}
	}
	if c := done.Classes[0]; c.Labels != 600 || c.Suspects != suspects || rows[suspects][2] == rows[suspects][3] {
		t.Errorf("%+v, %d suspects in the table, which come first", c, suspects)
	}
	if code, _, _ := cxr(t, "audit-labels", "--scores", scores, "--out", out); code != exitFailed {
		t.Errorf("a table that is there is replaced: exit %d", code)
	}
	if code, _, _ := cxr(t, "audit-labels", "--scores", scores); code != exitUsage {
		t.Errorf("without --out: exit %d", code)
	}
}

func TestMonitorSaysALineAMonth(t *testing.T) {
	scores := year(t)
	dir := filepath.Dir(scores)
	page, rows := filepath.Join(dir, "page.html"), filepath.Join(dir, "rows.csv")
	code, text, errs := cxr(t, "monitor", "--scores", scores, "--json", "--page", page, "--concordance", rows)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if code != exitOK || len(lines) != 6 {
		t.Fatalf("exit %d: %s%s", code, text, errs)
	}
	alarmed := false
	for i, line := range lines {
		var m struct {
			Class, Month, Reason string
			Films                int
			Reference, Alarm     bool
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Class != "Mass" || m.Films != 100 ||
			m.Month != fmt.Sprintf("2026-%02d", i+1) || m.Reference != (i < 3) || m.Alarm != (m.Reason != "") {
			t.Errorf("%v: %s", err, line)
		}
		alarmed = alarmed || m.Alarm
	}
	if !alarmed {
		t.Errorf("four times as many findings raise no alarm:\n%s", text)
	}
	if data, err := os.ReadFile(page); err != nil || !strings.Contains(string(data), "2026-04") {
		t.Errorf("the page: %v", err)
	}
	if data, err := os.ReadFile(rows); err != nil || strings.Count(string(data), "\n") != 601 {
		t.Errorf("the rows: %v", err)
	}
	if code, text, _ := cxr(t, "monitor", "--scores", scores, "--json", "--from", "2026-05-01", "--to",
		"2026-05-31"); code != exitOK || strings.Count(text, "\n") != 1 {
		t.Errorf("one month: exit %d, %s", code, text)
	}
	if code, _, _ := cxr(t, "monitor", "--scores", scores, "--from", "May"); code != exitUsage {
		t.Errorf("no day: exit %d", code)
	}
}

func TestDossierIsWrittenAndVerified(t *testing.T) {
	scores := year(t)
	dir := filepath.Dir(scores)
	site, out := filepath.Join(dir, "site.json"), filepath.Join(dir, "dossier")
	text := `{"name":"Klinik","criteria":[{"class":"Mass","figure":"auroc","at_least":0.9,"interval":true}]}`
	if err := os.WriteFile(site, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, said, errs := cxr(t, "dossier", "--scores", scores, "--model", "demo", "--site", site, "--out", out, "--lang", "de",
		"--bootstrap", "100", "--json")
	if code != exitOK || !strings.Contains(said, `"accepted":true`) {
		t.Fatalf("exit %d: %s%s", code, said, errs)
	}
	if page, err := os.ReadFile(filepath.Join(out, "dossier.html")); err != nil ||
		!strings.Contains(string(page), "Alle Kriterien sind erf\u00fcllt.") || !strings.Contains(string(page), "North") {
		t.Errorf("the page: %v", err)
	}
	if code, said, errs := cxr(t, "dossier", "verify", out); code != exitOK || !strings.Contains(said, "found again") {
		t.Errorf("exit %d: %s%s", code, said, errs)
	}
	copied := filepath.Join(out, "scores.csv")
	data, err := os.ReadFile(copied)
	if err == nil {
		err = os.WriteFile(copied, []byte(strings.Replace(string(data), ",0\n", ",1\n", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cxr(t, "dossier", "verify", out); code != exitFailed || !strings.Contains(errs, "report.classes.Mass.auroc") {
		t.Errorf("a changed label: exit %d, %s", code, errs)
	}
	for _, args := range [][]string{{"dossier"}, {"dossier", "verify"}, {"dossier", "--site", site, "--out", out},
		{"dossier", "--site", site, "--out", out, "--scores", scores}} {
		if code, _, _ := cxr(t, args...); code != exitUsage {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}

func TestDeploymentsAreListed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(home.Env, dir)
	if code, out, _ := cxr(t, "deployments", "--json"); code != exitOK || out != "" {
		t.Errorf("none: exit %d, %q", code, out)
	}
	if err := os.Mkdir(filepath.Join(dir, "models"), 0o755); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
	register := `{"schema":1,"deployments":[{"model":"/m","name":"first","sha256":"ab","run":"r","date":"` + day +
		`"},{"model":"","name":"demo model","sha256":"","run":"","date":"` + day + `","back":true}]}`
	if err := os.WriteFile(filepath.Join(dir, "models", "deployed.json"), []byte(register), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := cxr(t, "deployments", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitOK || len(lines) != 2 || !strings.Contains(lines[0], `"number":1,"model":"/m","name":"first"`) ||
		!strings.Contains(lines[0], `"in_use":false`) || !strings.Contains(lines[1], `"back":true,"in_use":true`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
