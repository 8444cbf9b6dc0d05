// Package machine holds the commands of cxr that say what runs here and what a model is
// made of: doctor, graph.
package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"hilum/app/cmd/cxr/internal/cli"
	"hilum/app/models"
	"hilum/app/settings"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/inference/prep"
	"hilum/internal/message"
	"hilum/internal/version"
)

// DoctorReport is what cxr doctor finds.
type DoctorReport struct {
	Version   string               `json:"version"`
	Go        string               `json:"go"`
	Platform  string               `json:"platform"`
	CPUs      int                  `json:"cpus"`
	Engine    inference.EngineInfo `json:"engine"`
	EngineErr message.Message      `json:"engine_error,omitzero"`
	CUDA      ort.CUDAReport       `json:"cuda"`
	CUDAWhy   message.Message      `json:"cuda_not_used,omitzero"`
	Unread    []string             `json:"unreadable_compressions"` // for want of a library when this was built
	Model     modelReport          `json:"model"`
	Keeps     keeps                `json:"keeps"`
}

// keeps is where the program keeps what it keeps (HILUM_HOME moves all of it).
type keeps struct {
	Preferences string `json:"preferences"`
	Records     string `json:"records"`
	Runs        string `json:"runs_and_models"`
}

func whereKept() keeps {
	dir := settings.PreferencesDir()
	preferences := settings.Load(dir)
	k := keeps{Preferences: dir}
	if path, err := settings.RecordsPath(preferences); err == nil {
		k.Records = path
	}
	if path, err := settings.RunsPath(preferences); err == nil {
		k.Runs = path
	}
	return k
}

type modelReport struct {
	Name        string            `json:"name"`
	SHA256      string            `json:"sha256,omitempty"`
	Classes     []string          `json:"classes,omitempty"`
	Prep        prep.Prep         `json:"preprocessing"`
	PrepSHA256  string            `json:"preprocessing_sha256,omitempty"`
	Calibration message.Message   `json:"calibration,omitzero"`
	Maps        bool              `json:"class_maps"`
	Card        inference.Card    `json:"card"`
	Warnings    []message.Message `json:"warnings,omitempty"`
	Error       message.Message   `json:"error,omitzero"`
}

// NewDoctor is cxr doctor.
func NewDoctor(r cli.Registries) *cobra.Command {
	var engine cli.EngineFlags
	var model cli.ModelFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what runs here, and why CUDA does or does not",
		Args:  cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := engine.Options()
			if err != nil {
				return err
			}
			r := examine(o, model.Choice)
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				err = e.Encode(r)
			} else {
				r.print(cli.NewPrinter(cmd, false))
			}
			if err == nil && (!r.EngineErr.IsZero() || !r.Model.Error.IsZero()) {
				err = cli.ErrReported
			}
			return err
		},
	}
	engine.Register(cmd)
	model.Register(cmd, r)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func examine(o ort.Options, choice models.Choice) DoctorReport {
	r := DoctorReport{Version: version.Number, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPUs: runtime.NumCPU(), Unread: append([]string{}, dicomio.MissingCodecs()...), Keeps: whereKept()}
	library, err := ort.Find(o.Library)
	if err == nil {
		r.CUDA = ort.CheckCUDA(library)
		r.CUDAWhy = r.CUDA.Reason()
	} else {
		r.CUDAWhy = message.Sentence(err)
	}
	engine, err := ort.Open(o)
	if err != nil {
		r.EngineErr = message.Sentence(err)
		return r
	}
	defer func() { _ = engine.Close() }() // nothing to do about it at the end
	r.Engine = engine.Info()
	r.Model = examineModel(engine, choice)
	return r
}

func examineModel(engine inference.Engine, choice models.Choice) modelReport {
	src, err := choice.Source()
	if err != nil {
		return modelReport{Name: choice.Path, Error: message.Sentence(err)}
	}
	sum := sha256.Sum256(src.ONNX)
	r := modelReport{Name: src.Name, SHA256: hex.EncodeToString(sum[:])}
	m, err := inference.OpenModel(engine, src)
	if err != nil {
		r.Error = message.Sentence(err)
		return r
	}
	defer func() { _ = m.Close() }()
	r.Classes, r.Prep, r.PrepSHA256, r.Card = m.Spec.Classes, m.Spec.Prep, m.Spec.Prep.Hash(), m.Spec.Card
	r.Calibration, r.Maps, r.Warnings = models.Provenance(m.Calibration), m.HasMaps(), m.Warnings
	return r
}

// lines writes a table of two columns: a heading, or none where it goes on, and a text.
type lines struct{ p *cli.Printer }

func (l lines) add(heading, text string) { fmt.Fprintf(l.p.Out, "%-14s %s\n", heading, text) }

func (r DoctorReport) print(p *cli.Printer) {
	l, w := lines{p}, p.Words
	l.add("Hilum", w.Say("%s, %s, %s, %d processors", r.Version, r.Go, r.Platform, r.CPUs))
	if !r.EngineErr.IsZero() {
		l.add(w.Say("engine"), w.Text(r.EngineErr))
	} else {
		l.add(w.Say("engine"), w.Say("%s, %d threads", r.Engine, r.Engine.Threads))
		l.add(w.Say("library"), r.Engine.Library)
	}
	switch {
	case r.EngineErr.IsZero() && r.Engine.Provider == inference.CUDA:
		l.add("CUDA", w.Say("in use"))
	case r.CUDAWhy.IsZero():
		l.add("CUDA", w.Say("usable, not in use: %s", r.Engine.Reason))
	default:
		l.add("CUDA", w.Say("not in use: %s", r.CUDAWhy))
	}
	for _, s := range r.CUDA.Steps {
		state := s.Path
		if !s.Failed.IsZero() {
			state = w.Say("missing: %s", s.Failed)
		}
		l.add("", fmt.Sprintf("%-40s %s", s.Name, state))
	}
	if len(r.Unread) > 0 {
		l.add("DICOM", w.Say("built without the library for %s: such files cannot be read",
			strings.Join(r.Unread, ", ")))
	}
	r.Model.print(l)
	l.add(w.Say("keeps"), w.Say("preferences in %s", orNowhere(r.Keeps.Preferences)))
	l.add("", w.Say("records in %s", orNowhere(r.Keeps.Records)))
	l.add("", w.Say("runs and models in %s", orNowhere(r.Keeps.Runs)))
	p.Line(p.Out, inference.NotForDiagnosis)
}

func orNowhere(path string) message.Message {
	if path == "" {
		return message.Of("no folder that is known (HILUM_HOME names one)")
	}
	return message.Data(path)
}

func (m modelReport) print(l lines) {
	if m.Name == "" {
		return
	}
	w := l.p.Words
	l.add(w.Say("model"), m.Name)
	if m.SHA256 != "" {
		l.add("", "SHA-256 "+m.SHA256)
	}
	if !m.Error.IsZero() {
		l.add("", w.Text(m.Error))
		return
	}
	shape := w.Say("%d classes, input %d x %d x %d", len(m.Classes), m.Prep.Channels, m.Prep.Height, m.Prep.Width)
	if m.Maps {
		l.add("", w.Say("%s, class maps: true", shape))
	} else {
		l.add("", w.Say("%s, class maps: false", shape))
	}
	if m.Card.Data != "" {
		l.add("", w.Say("trained on %s", m.Card.Data))
	}
	if a := m.Card.MacroAUC; a != nil {
		l.add("", w.Say("mean AUC %s", cli.Measured(w, *a)))
	}
	l.add(w.Say("thresholds"), w.Text(m.Calibration))
	for _, warning := range m.Warnings {
		l.add(w.Say("warning"), w.Text(warning))
	}
}
