package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// printer writes results as tables for people or as JSON lines for programs.
// Failures go to the same stream as results in JSON, to the error stream
// otherwise. A progress line shows on a terminal while many files are scored.
type printer struct {
	out, errs   io.Writer
	words       message.Words // for people; JSON stays English
	screen      io.Writer     // the terminal of the progress line
	json        bool
	progress    bool
	done, total int
}

func newPrinter(cmd *cobra.Command, asJSON bool) printer {
	screen, ok := terminal(cmd.ErrOrStderr())
	return printer{out: cmd.OutOrStdout(), errs: cmd.ErrOrStderr(), words: wordsOf(cmd), screen: screen, json: asJSON, progress: ok}
}

// lineJSON is one line of cxr infer --json.
type lineJSON struct {
	Path     string               `json:"path"`
	Model    string               `json:"model"`
	SHA256   string               `json:"model_sha256"`
	Engine   inference.EngineInfo `json:"engine"`
	Findings []findingJSON        `json:"findings"`
	Maps     map[string]string    `json:"cams"`
	Warnings []message.Message    `json:"warnings"`
	Notice   string               `json:"notice"`

	Exclusive    bool               `json:"exclusive"`               // at most one of the classes is true
	MostProbable string             `json:"most_probable,omitempty"` // of them
	Contract     inference.Contract `json:"contract"`
}

type findingJSON struct {
	Class       string  `json:"class"`
	Logit       float64 `json:"logit"`
	Probability float64 `json:"probability"`
	Threshold   float64 `json:"threshold"`
	Positive    bool    `json:"positive"`
	AbsMargin   float64 `json:"abs_margin"`
	RelMargin   float64 `json:"rel_margin"`
}

type failureJSON struct {
	Path  string          `json:"path"`
	Error message.Message `json:"error"`
}

// begin says what scores, once.
func (p *printer) begin(m *inference.Model, files int) {
	p.total = files
	p.progress = p.progress && files > 1
	if p.json {
		return
	}
	fmt.Fprintf(p.out, "%s\n%s\n", m.Describe(), m.Engine())
	if r := m.Engine().Reason; !r.IsZero() && m.Engine().Provider == inference.CPU {
		fmt.Fprintf(p.out, "CUDA is not in use: %s\n", p.words.Text(r))
	}
	for _, w := range m.Warnings {
		fmt.Fprintf(p.out, "! %s\n", p.words.Text(w))
	}
	fmt.Fprintf(p.out, "%s\n", p.words.Say(inference.NotForDiagnosis))
}

func (p *printer) result(m *inference.Model, s inference.Scored, maps map[string]string) error {
	p.step()
	if !p.json {
		return p.table(s, maps)
	}
	line := lineJSON{
		Path: s.Path, Model: m.Name, SHA256: m.SHA256, Engine: m.Engine(), Maps: maps, Notice: inference.NotForDiagnosis,
		Warnings: append(append([]message.Message{}, m.Warnings...), s.Result.Warnings...), Exclusive: s.Result.Exclusive, Contract: m.Contract,
	}
	if s.Result.Exclusive {
		line.MostProbable = s.Result.MostProbable().Class
	}
	if maps == nil {
		line.Maps = map[string]string{}
	}
	for _, f := range s.Result.Findings {
		line.Findings = append(line.Findings, findingJSON{f.Class, f.Logit, f.Probability, f.Threshold, f.Positive, f.AbsMargin, f.RelMargin})
	}
	return p.encode(line)
}

func (p *printer) encode(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (p *printer) table(s inference.Scored, maps map[string]string) error {
	fmt.Fprintf(p.out, "\n%s\n", plain.Text(s.Path))
	for _, w := range s.Result.Warnings {
		fmt.Fprintf(p.out, "! %s\n", p.words.Text(w))
	}
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  class\tprobability\tthreshold\t\tmargin\trelative\tmap")
	for _, f := range s.Result.Findings {
		word := "NEG"
		if f.Positive {
			word = "POS"
		}
		fmt.Fprintf(t, "  %s\t%.3f\t%.3f\t%s\t%+.3f\t%+.3f\t%s\n", plain.Text(f.Class), f.Probability, f.Threshold, word, f.AbsMargin, f.RelMargin, plain.Text(maps[f.Class]))
	}
	if err := t.Flush(); err != nil || !s.Result.Exclusive {
		return err
	}
	_, err := fmt.Fprintf(p.out, "  most probable of the classes, which exclude each other: %s\n", s.Result.MostProbable().Class)
	return err
}

// failure reports one path that could not be scored.
func (p *printer) failure(path string, err error) {
	p.step()
	if p.json {
		// An error of the writer shows at the next result.
		_ = p.encode(failureJSON{path, message.Sentence(err)})
		return
	}
	fmt.Fprintln(p.errs, p.words.Sentence(err))
}

// step draws the progress line anew.
func (p *printer) step() {
	p.done++
	if p.progress {
		fmt.Fprintf(p.screen, "\r\x1b[K%d of %d", p.done, p.total)
		if !p.json {
			fmt.Fprint(p.screen, "\r\x1b[K")
		}
	}
}

func (p *printer) end() {
	if p.progress {
		fmt.Fprint(p.screen, "\r\x1b[K")
	}
}
