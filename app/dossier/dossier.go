package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training"
	"hilum/training/evaluate"
	"hilum/training/report"
	"hilum/training/scores"
)

// The files of a dossier.
const (
	pdfName    = "dossier.pdf"
	htmlName   = "dossier.html"
	jsonName   = "dossier.json"
	scoresName = "scores.csv"
)

const schema = 1

// Model is the model that is judged.
type Model struct {
	Name   string         `json:"name"`
	SHA256 string         `json:"sha256"` // of the .onnx file; "" where none was named
	Card   inference.Card `json:"card"`
}

// Flow counts what became of the films.
type Flow struct {
	Films    int `json:"films"`
	Patients int `json:"patients"`
}

// Group is how many films a subgroup has.
type Group struct {
	By    string `json:"by"`
	Name  string `json:"name"` // "" where it is not known
	Films int    `json:"films"`
}

// Dossier is dossier.json: all that the pages say.
type Dossier struct {
	Schema   int               `json:"schema"`
	Program  string            `json:"program"` // and its version
	Language string            `json:"language"`
	Site     Site              `json:"site"`
	Model    Model             `json:"model"`
	Flow     Flow              `json:"flow"`
	Groups   []Group           `json:"groups"`
	Rounds   int               `json:"bootstrap"`
	Seed     uint64            `json:"seed"`
	Report   *report.Report    `json:"report"` // figures with the thresholds
	Before   *report.Report    `json:"before"` // of the scores as they are, without intervals
	Verdicts []Verdict         `json:"verdicts"`
	Accepted bool              `json:"accepted"` // there are criteria, and all are met
	Files    map[string]string `json:"files"`    // SHA-256 of dossier.pdf, dossier.html and scores.csv

	// Thresholds is the file thresholds.json as it was; null where every threshold is 0.5.
	Thresholds json.RawMessage `json:"thresholds"`

	pictures [][]byte // PNG
	words    message.Words
}

// Config says what goes into a dossier.
type Config struct {
	Scores     string // CSV, see scores.Table
	Thresholds string // thresholds.json; "" takes 0.5 on the scores as they are
	Model      Model
	Site       Site
	Out        string // folder
	Overwrite  bool
	Program    string        // name and version, for the record
	Words      message.Words // the language of the pages
	Methods    calib.Methods // that the thresholds may be of
	Rounds     int           // of the bootstrap by patient
	Seed       uint64
	OnStep     func(training.Progress) // may be nil
}

// Make writes the folder: scores.csv, dossier.pdf, dossier.html and dossier.json, which is written
// last and holds the hashes of the others.
func Make(ctx context.Context, c Config) (*Dossier, error) {
	files := atomicfile.Overwriting(c.Overwrite)
	files.Protect(c.Scores, c.Thresholds)
	if err := files.Check(filepath.Join(c.Out, jsonName)); err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	d, err := c.compute(ctx)
	if err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, message.Errorf("the folder of the dossier: %w", err)
	}
	if err := d.write(files, c); err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	return d, nil
}

// compute makes all that the pages say.
func (c Config) compute(ctx context.Context) (*Dossier, error) {
	d := &Dossier{Schema: schema, Program: c.Program, Language: c.Words.Code(), Site: c.Site, Model: c.Model,
		Rounds: c.Rounds, Seed: c.Seed, Files: map[string]string{}, words: c.Words}
	if c.Thresholds != "" {
		var err error
		if d.Thresholds, err = regular.ReadFile(c.Thresholds); err != nil {
			return nil, err
		}
	}
	t, err := scores.Load(c.Scores)
	if err != nil {
		return nil, err
	}
	d.Flow, d.Groups = Flow{t.Rows, t.Patients}, groupsOf(t)
	dir, err := os.MkdirTemp("", "hilum-dossier-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	config := evaluate.ValidateConfig{Scores: c.Scores, Thresholds: c.Thresholds, Rounds: c.Rounds, Seed: c.Seed,
		Methods: c.Methods, Out: dir}
	if d.Report, err = (evaluate.Validate{Config: config, OnStep: c.OnStep}).Run(ctx); err != nil {
		return nil, err
	}
	if d.pictures, err = readPictures(dir); err != nil {
		return nil, err
	}
	config.Thresholds, config.Rounds, config.Out = "", 0, ""
	if d.Before, err = (evaluate.Validate{Config: config}).Run(ctx); err != nil {
		return nil, err
	}
	d.Report.Source, d.Before.Source = scoresName, scoresName // as they lie in the dossier, whatever they were called
	if d.Report.Thresholds != "" {
		d.Report.Thresholds = "thresholds.json"
	}
	if d.Verdicts, err = judge(d.Report, c.Site.Criteria); err != nil {
		return nil, err
	}
	d.Accepted = len(d.Verdicts) > 0
	for _, v := range d.Verdicts {
		d.Accepted = d.Accepted && v.Met
	}
	return d, nil
}

// groupsOf counts the films of each subgroup, those whose subgroup is not known too.
func groupsOf(t *scores.Table) []Group {
	out := []Group{}
	for _, g := range t.Groups {
		counts, unknown := make([]int, len(g.Names)), 0
		for _, of := range g.Of {
			if of < 0 {
				unknown++
			} else {
				counts[of]++
			}
		}
		for i, name := range g.Names {
			out = append(out, Group{g.By, name, counts[i]})
		}
		if unknown > 0 {
			out = append(out, Group{g.By, "", unknown})
		}
	}
	return out
}

// readPictures takes the figures of a report that a dossier shows, see Dossier.drawn.
func readPictures(dir string) ([][]byte, error) {
	var out [][]byte
	for _, name := range []string{"roc.png", "pr.png", "reliability.png", "decision.png", "confusion.png"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

// write writes the files; the last one says what the others were.
func (d *Dossier) write(files *atomicfile.Outputs, c Config) error {
	table, err := regular.ReadFile(c.Scores)
	if err != nil {
		return err
	}
	sections := d.sections()
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{scoresName, func(w io.Writer) error { _, err := w.Write(table); return err }},
		{pdfName, func(w io.Writer) error { return d.writePDF(w, sections) }}, // numbers the pages, which the next one shows
		{htmlName, func(w io.Writer) error { return d.writeHTML(w, sections) }},
	} {
		hash := sha256.New()
		if _, err := files.Write(filepath.Join(c.Out, f.name), func(w io.Writer) error {
			hash.Reset()
			return f.write(io.MultiWriter(w, hash))
		}); err != nil {
			return err
		}
		d.Files[f.name] = hex.EncodeToString(hash.Sum(nil))
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	_, err = files.WriteBytes(filepath.Join(c.Out, jsonName), append(data, '\n'))
	return err
}

func undefined() training.Metric { return training.Metric(math.NaN()) }
