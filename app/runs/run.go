package runs

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hilum/inference/calib"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/evaluate"
	"hilum/training/history"
	"hilum/training/recipe"
	"hilum/training/report"
	"hilum/training/table"
	"hilum/training/trainer"
)

// The files of a run's folder that this package writes, beside those of
// trainer.Train.
const (
	settingsFile   = "run.json"
	dataFile       = "data.json"
	estimateFile   = "estimate.json"
	labelsFile     = "labels.csv" // the site's table as it is read, where a person said what its columns are
	imagesFile     = "films.csv"  // split of a run that only calibrates
	scoresDir      = "scores"
	fitScores      = "scores/fit.csv"      // thresholds are set on these
	heldOutScores  = "scores/held_out.csv" // and judged on these
	inUseScores    = "scores/held_out_in_use.csv"
	judgedFile     = "judged.json"
	reportDir      = "report"
	calibratedDir  = "calibrated" // the model with its thresholds and card, as it is deployed
	modelName      = "model.onnx"
	thresholdsName = "thresholds.json"
	metricsFile    = history.MetricsFile
)

// settingsSchema is the only value of Settings.Schema so far.
const settingsSchema = 1

// Settings are what a person chose for a run. They are kept in run.json.
type Settings struct {
	Schema        int       `json:"schema"`
	Name          string    `json:"name"`
	Created       time.Time `json:"created"`
	CalibrateOnly bool      `json:"calibrate_only"`
	Practice      int       `json:"practice_films,omitempty"` // phantoms drawn for it; 0 for films of the site

	Data string `json:"data"` // folder or table, see dataset.Open; "" until chosen
	// Columns are what a person said of the columns of the table.
	Columns table.Mapping `json:"columns,omitempty"`
	Seed    uint64        `json:"seed"` // of split, order and intervals

	Model   string        `json:"model"`   // path of the .onnx file to begin with; "" takes Arch
	Arch    string        `json:"arch"`    // family of the zoo
	Weights string        `json:"weights"` // checkpoint of Arch; "" draws weights
	Recipe  recipe.Recipe `json:"recipe"`

	Calibrator string                          `json:"calibrator"` // see training.Calibrators
	Policy     string                          `json:"policy"`     // see calib.ParsePolicy
	ByClass    map[string]evaluate.ClassChoice `json:"by_class,omitempty"`
	// at the site, above 0 and below 1; classes left out are as in the data
	Prevalence   map[string]float64 `json:"prevalence,omitempty"`
	ImagesPerDay float64            `json:"films_per_day"` // read at the site
}

// Defaults of a new run.
const (
	DefaultCalibrator   = calib.KindPlatt
	DefaultPolicy       = "youden"
	DefaultImagesPerDay = 100.0
	// Rounds is the number of draws behind every interval of a run.
	Rounds = 400
)

// Run is one run as it stands on disk. It is a value: what it points to is not
// written to after it was handed out.
type Run struct {
	Dir string
	Settings
	Data       *DataSummary       // nil until the data were looked at
	Estimate   *trainer.Estimate  // nil until measured
	Training   *Progress          // nil until training began
	Report     *report.Report     // nil until judged
	Judged     *Judged            // what the report stands on; nil with it
	Calibrated *calib.Calibration // as written; nil until then
	Job        *Job               // at work now, or the last one of this session when it failed; nil for none
}

// Judged says what a report was made with.
type Judged struct {
	ModelSHA256 string   `json:"model_sha256"`
	With        string   `json:"compared_with,omitempty"` // name of the model in use; "" when it was not compared
	Notes       []string `json:"notes,omitempty"`
}

// Stage is how far a run is.
type Stage int

// The stages of a run, in order.
const (
	Drafted     Stage = iota // settings only
	DataChecked              // the data were looked at
	Interrupted              // training began and did not end: it can go on
	Trained                  // there is a model
	Validated                // judged on films held out, with thresholds
)

// Stage says how far the run is, whether or not a job is at work.
func (r *Run) Stage() Stage {
	switch {
	case r.Report != nil && r.Calibrated != nil:
		return Validated
	case r.Training != nil && r.Training.Done != nil, r.CalibrateOnly && r.Data != nil && r.Settings.Model != "":
		return Trained
	case r.Training != nil:
		return Interrupted
	case r.Data != nil:
		return DataChecked
	}
	return Drafted
}

// Path is a file of the run.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, filepath.FromSlash(name)) }

// dataPath is what jobs read the films from.
func (r *Run) dataPath() string {
	if len(r.Columns) > 0 {
		return r.Path(labelsFile)
	}
	return r.Settings.Data
}

// ModelPath is the model that the run made, or that it calibrates.
func (r *Run) ModelPath() string {
	if r.CalibrateOnly {
		return r.Settings.Model
	}
	return r.Path(modelName)
}

// CalibratedModelPath is the model with its card and the thresholds beside it,
// as it is deployed.
func (r *Run) CalibratedModelPath() string { return r.Path(calibratedDir + "/" + modelName) }

// FitScores is the table of scores that thresholds are set on.
func (r *Run) FitScores() string { return r.Path(fitScores) }

// HeldOutScores is the table of scores that figures are from.
func (r *Run) HeldOutScores() string { return r.Path(heldOutScores) }

// ReportPage is the report for people, one HTML file.
func (r *Run) ReportPage() string { return r.Path(reportDir + "/report.html") }

// openRun reads a run's folder. Results that cannot be read are left out, so
// that a damaged one can be made again.
func openRun(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if err := readJSON(filepath.Join(dir, settingsFile), &r.Settings); err != nil {
		return nil, err
	}
	if r.Schema != settingsSchema {
		return nil, message.Errorf("run %s: schema %d is not known here; a newer Hilum wrote it", filepath.Base(dir),
			r.Schema)
	}
	r.Data = optional[DataSummary](r.Path(dataFile))
	r.Estimate = optional[trainer.Estimate](r.Path(estimateFile))
	r.Judged = optional[Judged](r.Path(judgedFile))
	r.Training = readProgress(r.Path(metricsFile))
	if report, err := report.Open(r.Path(reportDir)); err == nil && r.Judged != nil {
		r.Report = report
		r.order()
	}
	if thresholds := r.Path(calibratedDir + "/" + thresholdsName); r.Report != nil {
		// the data may speak of fewer classes than the model
		if c, err := calib.Calibrators().LoadAll(thresholds, r.reported()); err == nil {
			r.Calibrated = c
		}
	}
	return r, nil
}

// order puts the classes of the report in the order of the data.
func (r *Run) order() {
	if r.Data == nil {
		return
	}
	place := func(name string) int {
		return slices.IndexFunc(r.Data.Classes, func(c ClassCount) bool { return c.Name == name })
	}
	slices.SortStableFunc(r.Report.Classes,
		func(a, b report.Class) int { return cmp.Compare(place(a.Name), place(b.Name)) })
}

func (r *Run) reported() []string {
	var out []string
	for i := range r.Report.Classes {
		out = append(out, r.Report.Classes[i].Name)
	}
	return out
}

// maxJSON bounds a file of a run that is read whole.
const maxJSON = 64 << 20

func readJSON(path string, into any) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err == nil && len(data) > maxJSON {
		err = message.Errorf("it is larger than %d bytes", maxJSON)
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	return nil
}

// optional reads what may be absent.
func optional[T any](path string) *T {
	v := new(T)
	if readJSON(path, v) != nil {
		return nil
	}
	return v
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return message.Errorf("%s: %w", filepath.Base(path), err)
	}
	return atomicfile.WriteBytes(path, append(data, '\n'))
}

// list reads all runs of a folder, newest first. Folders that hold none are
// passed over.
func list(dir string) ([]*Run, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, message.Errorf("runs: %w", err)
	}
	var out []*Run
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		_ = recoverVerdict(filepath.Join(dir, e.Name())) // what it cannot do now, the next job of the run says
		if r, err := openRun(filepath.Join(dir, e.Name())); err == nil {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Run) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Dir, a.Dir)) })
	return out, nil
}
