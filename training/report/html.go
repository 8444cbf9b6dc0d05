package report

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/training"
)

//go:embed report.tmpl.html
var reportPage string

// writeHTML writes the whole report as one page that needs no other file and no
// network.
func writeHTML(w io.Writer, r *Report, pictures []picture) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		// The bytes are our own PNG, so the address is safe.
		"data": func(png []byte) template.URL {
			return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)) //nolint:gosec
		},
		"percent": func(f training.Metric) string {
			if !f.Defined() {
				return "-"
			}
			return fmt.Sprintf("%.1f%%", 100*float64(f))
		},
	}).Parse(reportPage)
	if err != nil {
		return message.Errorf("report.html: %w", err)
	}
	return page.Execute(w, struct {
		*Report
		Pictures []picture
		Notice   string
	}{r, pictures, inference.NotForDiagnosis})
}
