package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"

	"github.com/spf13/cobra"
)

// Printer writes results as tables for people or as JSON lines for programs.
// Failures go to the same stream as results in JSON, to the error stream
// otherwise. A progress line shows on a terminal while many files are scored.
type Printer struct {
	Out, Errs   io.Writer
	Words       message.Words // for people; JSON stays English
	Screen      io.Writer     // the terminal of the progress line
	JSON        bool
	Progress    bool
	done, total int
}

// NewPrinter writes to where a command writes.
func NewPrinter(cmd *cobra.Command, asJSON bool) *Printer {
	screen, ok := terminal(cmd.ErrOrStderr())
	return &Printer{Out: cmd.OutOrStdout(), Errs: cmd.ErrOrStderr(), Words: wordsOf(cmd), Screen: screen, JSON: asJSON,
		Progress: ok}
}

// Line is Print where a later line tells of the writer's error.
func (p *Printer) Line(to io.Writer, key string, args ...any) { _ = p.Print(to, key, args...) }

// Print writes a line for people, in their language. White space around the key is no part
// of what is looked up.
func (p *Printer) Print(to io.Writer, key string, args ...any) error {
	text := strings.Trim(key, " \n")
	before, after, _ := strings.Cut(key, text)
	_, err := fmt.Fprintf(to, "%s%s%s\n", before, p.Words.Say(text, args...), after)
	return err
}

// Warn says on the error stream what a person should know of a file, in JSON too: it is no
// result.
func (p *Printer) Warn(path string, m message.Message) {
	p.Line(p.Errs, "! %s: %s", plain.Text(path), p.Words.Text(m))
}

// ShowProgress puts a line of progress in place of the one on the terminal.
func (p *Printer) ShowProgress(key string, args ...any) {
	fmt.Fprintf(p.Screen, "\r\x1b[K%s", p.Words.Say(key, args...))
}

// Measured writes a figure of a card with its interval where it has one.
func Measured(w message.Words, m inference.Measured) string {
	figure := func(v float64) string { return w.Figure(fmt.Sprintf("%.3f", v)) }
	if lo, hi, ok := m.Interval(); ok {
		return figure(m.Value) + " (" + figure(lo) + "-" + figure(hi) + ")"
	}
	return figure(m.Value)
}

// lineJSON is one line of cxr infer --json.
type lineJSON struct {
	Path     string               `json:"path"`
	Model    string               `json:"model"`
	SHA256   string               `json:"model_sha256"`
	Engine   inference.EngineInfo `json:"engine"`
	Findings []FindingJSON        `json:"findings"`
	Maps     map[string]string    `json:"cams"`
	Withheld []message.Message    `json:"withheld,omitempty"` // why the findings are not to be believed
	Warnings []message.Message    `json:"warnings"`
	Notice   string               `json:"notice"`

	Exclusive    bool               `json:"exclusive"`               // at most one of the classes is true
	MostProbable string             `json:"most_probable,omitempty"` // of them
	Contract     inference.Contract `json:"contract"`
}

// FindingJSON is one finding of a line.
type FindingJSON struct {
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

// Begin says what scores, once.
func (p *Printer) Begin(m *inference.Model, files int) {
	p.total = files
	p.Progress = p.Progress && files > 1
	if p.JSON {
		return
	}
	p.Line(p.Out, "%s\n%s", m.Describe(), m.Engine())
	if r := m.Engine().Reason; !r.IsZero() && m.Engine().Provider == inference.CPU {
		p.Line(p.Out, "CUDA is not in use: %s", p.Words.Text(r))
	}
	for _, w := range m.Warnings {
		p.Line(p.Out, "! %s", p.Words.Text(w))
	}
	p.Line(p.Out, "%s", p.Words.Say(inference.NotForDiagnosis))
}

// Result writes the findings of one picture, with the files of its maps by class.
func (p *Printer) Result(m *inference.Model, s inference.Scored, maps map[string]string) error {
	p.Step()
	if !p.JSON {
		return p.table(s, maps)
	}
	line := lineJSON{
		Path: s.Path, Model: m.Name, SHA256: m.SHA256, Engine: m.Engine(), Maps: maps,
		Notice:    inference.NotForDiagnosis,
		Withheld:  s.Result.Withheld,
		Warnings:  append(append([]message.Message{}, m.Warnings...), s.Result.Warnings...),
		Exclusive: s.Result.Exclusive,
		Contract:  m.Contract,
	}
	if s.Result.Exclusive {
		line.MostProbable = s.Result.MostProbable().Class
	}
	if maps == nil {
		line.Maps = map[string]string{}
	}
	for _, f := range s.Result.Findings {
		line.Findings = append(line.Findings,
			FindingJSON{f.Class, f.Logit, f.Probability, f.Threshold, f.Positive, f.AbsMargin, f.RelMargin})
	}
	return p.Encode(line)
}

// Encode writes a value as a line of JSON.
func (p *Printer) Encode(v any) error {
	e := json.NewEncoder(p.Out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (p *Printer) table(s inference.Scored, maps map[string]string) error {
	p.Line(p.Out, "\n%s", plain.Text(s.Path))
	if held := inference.Withholding(s.Result.Withheld, false); !held.IsZero() {
		p.Line(p.Out, "! %s", p.Words.Text(held))
	}
	for _, w := range s.Result.Warnings {
		if !slices.ContainsFunc(s.Result.Withheld, func(m message.Message) bool { return m.String() == w.String() }) {
			p.Line(p.Out, "! %s", p.Words.Text(w))
		}
	}
	t := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	p.Line(t, "  class\tprobability\tthreshold\t\tmargin\trelative\tmap")
	for _, f := range s.Result.Findings {
		word := p.Words.Say("NEG")
		if f.Positive {
			word = p.Words.Say("POS")
		}
		p.Line(t, "  %s\t%.3f\t%.3f\t%s\t%+.3f\t%+.3f\t%s", plain.Text(f.Class), f.Probability, f.Threshold, word,
			f.AbsMargin, f.RelMargin, plain.Text(maps[f.Class]))
	}
	if err := t.Flush(); err != nil || !s.Result.Exclusive {
		return err
	}
	err := p.Print(p.Out, "  most probable of the classes, which exclude each other: %s", s.Result.MostProbable().Class)
	return err
}

// Failure reports one path that could not be scored.
func (p *Printer) Failure(path string, err error) {
	p.Step()
	if p.JSON {
		// An error of the writer shows at the next result.
		_ = p.Encode(failureJSON{path, message.Sentence(err)})
		return
	}
	fmt.Fprintln(p.Errs, p.Words.Sentence(err))
}

// Step draws the progress line anew.
func (p *Printer) Step() {
	p.done++
	if p.Progress {
		p.ShowProgress("%d of %d", p.done, p.total)
		if !p.JSON {
			fmt.Fprint(p.Screen, "\r\x1b[K")
		}
	}
}

// End takes the progress line away.
func (p *Printer) End() {
	if p.Progress {
		fmt.Fprint(p.Screen, "\r\x1b[K")
	}
}
