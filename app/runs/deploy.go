package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/store"
)

// Deployment is a model that reads films, or did.
type Deployment struct {
	Model  string    `json:"model"` // path of the .onnx file, thresholds beside it; "" is the demo model
	Name   string    `json:"name"`
	SHA256 string    `json:"sha256"`         // of the model
	Run    string    `json:"run"`            // folder of the run that it comes from
	Site   string    `json:"site,omitempty"` // where it was put into use, as the site names itself
	Date   time.Time `json:"date"`

	ThresholdsSHA256 string `json:"thresholds_sha256,omitempty"` // of the file; "" where none was noted

	// Back says that the deployment put an earlier model into use again: that of the
	// deployment number Restores, from 1; 0 is the demo model.
	Back     bool `json:"back,omitempty"`
	Restores int  `json:"restores,omitempty"`
}

// deployments is deployed.json, the register: the last is in use, and entries are only added.
type deployments struct {
	Schema int          `json:"schema"`
	List   []Deployment `json:"deployments"`
}

const (
	deployedFile     = "deployed.json"
	modelsDir        = "models"
	demoDir          = "demo"
	deploymentSchema = 1
)

func (d *RunManager) modelsDir() string { return filepath.Join(d.cfg.Dir, modelsDir) }

// Register is every deployment of the programs that keep their runs and models in a folder,
// in order; the last is in use. None is there before the first.
func Register(dir string) ([]Deployment, error) {
	all, err := readRegister(filepath.Join(dir, modelsDir))
	return all.List, err
}

// readRegister reads the register in a folder of models.
func readRegister(dir string) (deployments, error) {
	var all deployments
	err := readJSON(filepath.Join(dir, deployedFile), &all)
	if errors.Is(err, os.ErrNotExist) {
		return deployments{Schema: deploymentSchema}, nil
	}
	if err == nil && all.Schema != deploymentSchema {
		err = message.Errorf("%s: schema %d is not known here; a newer Hilum wrote it", deployedFile, all.Schema)
	}
	return all, err
}

func (d *RunManager) demo() Deployment { return Deployment{Name: d.cfg.Demo.Name} }

// readDeployed gives the deployment in use and the one before it.
func (d *RunManager) readDeployed() (Deployment, *Deployment) {
	all, err := readRegister(d.modelsDir())
	if err != nil || len(all.List) == 0 {
		return d.demo(), nil
	}
	now := all.List[len(all.List)-1]
	before, _, ok := d.before(all.List)
	if !ok {
		return now, nil
	}
	return now, &before
}

// before is the deployment in front of the one in use, and its number; ok is false where the
// demo model is in use, which nothing came before. What was put into use again
// stands where it stood first.
func (d *RunManager) before(list []Deployment) (before Deployment, number int, ok bool) {
	number = len(list)
	if number > 0 && list[number-1].Back {
		number = list[number-1].Restores
	}
	switch number--; {
	case number < 0:
		return Deployment{}, 0, false
	case number == 0:
		return d.demo(), 0, true
	case list[number-1].Back:
		number = list[number-1].Restores
	}
	if number == 0 {
		return d.demo(), 0, true
	}
	return list[number-1], number, true
}

// Deployed is the path of the model to open when the program starts; "" is the
// demo model.
func (d *RunManager) Deployed() string { return d.State().Deployed.Model }

// Use tells which model reads films now.
func (d *RunManager) Use(src inference.Source) {
	d.hub.Change(func(store.Tx) { d.using = &src })
}

// InUse is the path of the model that reads films now. One that came along with the
// program is written to a file first, so that a job in another process can read it.
func (d *RunManager) InUse() (string, error) {
	var using *inference.Source
	d.hub.Look(func(store.Tx) { using = d.using })
	switch {
	case using != nil && using.Dir != "":
		return using.Path, nil
	case using != nil:
		return d.written(*using, safeName(using.Name))
	case d.cfg.Using != "":
		return d.cfg.Using, nil
	}
	if path := d.Deployed(); path != "" {
		return path, nil
	}
	return d.written(d.cfg.Demo, demoDir)
}

// written is the path of a file in the folder of models that holds a model which came
// along, written where it does not lie there yet.
func (d *RunManager) written(src inference.Source, folder string) (string, error) {
	dir := filepath.Join(d.modelsDir(), folder)
	path := filepath.Join(dir, modelName)
	sum := sha256.Sum256(src.ONNX)
	if hash, err := inference.HashFile(path); err == nil && hash == hex.EncodeToString(sum[:]) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", message.Errorf("the folder of models: %w", err)
	}
	if src.Thresholds != nil {
		if err := atomicfile.WriteBytes(filepath.Join(dir, thresholdsName), src.Thresholds); err != nil {
			return "", err
		}
	}
	return path, atomicfile.WriteBytes(path, src.ONNX)
}

// Deploy copies the calibrated model of a run to the models of the program and
// makes it the one that the program opens. The one before it is kept, see
// StepBack. It returns when all is written: the model is in use whole or not at
// all.
func (d *RunManager) Deploy(ctx context.Context, dir string) (Deployment, error) {
	r := d.State().Run(dir)
	if r == nil || r.Calibrated == nil {
		return Deployment{}, message.New("the run has no calibrated model yet; calibrate it first")
	}
	hash, err := inference.HashFile(r.CalibratedModelPath())
	if err != nil {
		return Deployment{}, err
	}
	now := d.cfg.Now().UTC().Truncate(time.Second)
	to := filepath.Join(d.modelsDir(), fmt.Sprintf("%s-%s-%s", now.Format("20060102-150405"), safeName(r.Name),
		hash[:8]))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return Deployment{}, message.Errorf("the folder of models: %w", err)
	}
	entries, err := os.ReadDir(r.Path(calibratedDir))
	if err != nil {
		return Deployment{}, message.Errorf("the calibrated model: %w", err)
	}
	for _, e := range entries {
		if err := copyFile(ctx, filepath.Join(r.Path(calibratedDir), e.Name()),
			filepath.Join(to, e.Name())); err != nil {
			return Deployment{}, err
		}
	}
	thresholds, err := inference.HashFile(filepath.Join(to, thresholdsName))
	if err != nil {
		return Deployment{}, err
	}
	p := Deployment{Model: filepath.Join(to, modelName), Name: r.Name, SHA256: hash, ThresholdsSHA256: thresholds,
		Run: dir, Date: now, Site: d.Deployments().siteName()}
	return p, d.keep(func(list []Deployment) []Deployment { return append(list, p) })
}

// StepBack puts the model of before the last Deploy into use again, as a new entry of
// the register, and gives it; a model without a path is the demo model.
func (d *RunManager) StepBack() (Deployment, error) {
	if d.State().Previous == nil {
		return Deployment{}, message.New("no model was in use before this one")
	}
	err := d.keep(func(list []Deployment) []Deployment {
		p, number, _ := d.before(list)
		return append(list, d.Deployments().again(p, number))
	})
	return d.State().Deployed, err
}

// keep changes the list of deployments on disk and shows it.
func (d *RunManager) keep(f func([]Deployment) []Deployment) error {
	all, err := readRegister(d.modelsDir())
	if err != nil {
		return err
	}
	all.List = f(all.List)
	if err := os.MkdirAll(d.modelsDir(), 0o755); err != nil {
		return message.Errorf("the folder of models: %w", err)
	}
	if err := writeJSON(filepath.Join(d.modelsDir(), deployedFile), all); err != nil {
		return err
	}
	now, before := d.readDeployed()
	d.state.Change(func(s *State) { s.Deployed, s.Previous = now, before })
	return nil
}
