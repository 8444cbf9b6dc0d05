// Package machine holds the commands of cxr that say what runs here and what a model is
// made of: doctor, graph.
package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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
	"hilum/internal/home"
	"hilum/internal/message"
	"hilum/internal/version"
)

// report is what cxr doctor finds.
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
	k := keeps{Preferences: dir, Runs: preferences.RunFolder}
	if path, err := settings.RecordsPath(preferences); err == nil {
		k.Records = path
	}
	if k.Runs == "" {
		if data, err := home.Data(); err == nil {
			k.Runs = data
		}
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
				r.print(cmd.OutOrStdout())
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
	r := DoctorReport{Version: version.Number, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Unread: append([]string{}, dicomio.MissingCodecs()...), Keeps: whereKept()}
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

func (r DoctorReport) print(w io.Writer) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-14s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("Hilum", "%s, %s, %s, %d processors", r.Version, r.Go, r.Platform, r.CPUs)
	if !r.EngineErr.IsZero() {
		line("engine", "%s", r.EngineErr)
	} else {
		line("engine", "%s, %d threads", r.Engine, r.Engine.Threads)
		line("library", "%s", r.Engine.Library)
	}
	switch {
	case r.EngineErr.IsZero() && r.Engine.Provider == inference.CUDA:
		line("CUDA", "in use")
	case r.CUDAWhy.IsZero():
		line("CUDA", "usable, not in use: %s", r.Engine.Reason)
	default:
		line("CUDA", "not in use: %s", r.CUDAWhy)
	}
	for _, s := range r.CUDA.Steps {
		state := s.Path
		if !s.Failed.IsZero() {
			state = "missing: " + s.Failed.String()
		}
		line("", "%-40s %s", s.Name, state)
	}
	if len(r.Unread) > 0 {
		line("DICOM", "built without the library for %s: such files cannot be read", strings.Join(r.Unread, ", "))
	}
	r.Model.print(line)
	line("keeps", "preferences in %s", orNowhere(r.Keeps.Preferences))
	line("", "records in %s", orNowhere(r.Keeps.Records))
	line("", "runs and models in %s", orNowhere(r.Keeps.Runs))
	fmt.Fprintln(w, inference.NotForDiagnosis)
}

func orNowhere(path string) string {
	if path == "" {
		return "no folder that is known (HILUM_HOME names one)"
	}
	return path
}

func (m modelReport) print(line func(name, format string, args ...any)) {
	if m.Name == "" {
		return
	}
	line("model", "%s", m.Name)
	if m.SHA256 != "" {
		line("", "SHA-256 %s", m.SHA256)
	}
	if !m.Error.IsZero() {
		line("", "%s", m.Error)
		return
	}
	line("", "%d classes, input %d x %d x %d, class maps: %v", len(m.Classes), m.Prep.Channels, m.Prep.Height, m.Prep.Width, m.Maps)
	if m.Card.Data != "" {
		line("", "trained on %s", m.Card.Data)
	}
	if a := m.Card.MacroAUC; a != nil {
		line("", "mean AUC %s", a.Text("%.3f"))
	}
	line("thresholds", "%s", m.Calibration)
	for _, w := range m.Warnings {
		line("warning", "%s", w)
	}
}
