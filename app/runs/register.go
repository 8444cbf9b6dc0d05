package runs

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/inference"
	"hilum/internal/message"
)

// Deployments is the register of a manager: which models were put into use.
type Deployments struct{ d *RunManager }

// Deployments is its register.
func (d *RunManager) Deployments() Deployments { return Deployments{d} }

// List is every deployment in order; the last is in use.
func (r Deployments) List() ([]Deployment, error) {
	all, err := readRegister(r.d.modelsDir())
	return all.List, err
}

// Restore puts the model of a deployment, counted from 1, into use again, as a new entry; 0 is the
// demo model. A model that is not there any more, or not the one that was deployed, is refused.
func (r Deployments) Restore(number int) (Deployment, error) {
	list, err := r.List()
	if err != nil {
		return Deployment{}, err
	}
	if number < 0 || number > len(list) {
		return Deployment{}, message.Errorf("there is no deployment %d", number)
	}
	p := r.d.demo()
	if number > 0 && list[number-1].Back { // what that one restored
		number = list[number-1].Restores
	}
	if number > 0 {
		p = list[number-1]
		if err := p.whole(); err != nil {
			return Deployment{}, err
		}
	}
	err = r.d.keep(func(list []Deployment) []Deployment { return append(list, r.again(p, number)) })
	return r.d.State().Deployed, err
}

// again is an entry that puts the model of an earlier one into use.
func (r Deployments) again(p Deployment, number int) Deployment {
	p.Back, p.Restores, p.Date, p.Site = true, number, r.d.cfg.Now().UTC().Truncate(time.Second), r.siteName()
	return p
}

// whole refuses a model or thresholds that are not what was deployed.
func (p Deployment) whole() error {
	for _, f := range []struct{ path, want string }{{p.Model, p.SHA256}, {p.thresholds(), p.ThresholdsSHA256}} {
		if f.want == "" || f.path == "" {
			continue
		}
		hash, err := inference.HashFile(f.path)
		if err != nil {
			return message.Errorf("the model %s cannot be put into use again: %w", p.Name, err)
		}
		if hash != f.want {
			return message.Errorf("%s is not the file that was deployed; deploy the run %s again", f.path, p.Name)
		}
	}
	return nil
}

func (p Deployment) thresholds() string {
	if p.Model == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(p.Model), thresholdsName)
}

// Thresholds are the thresholds that were deployed, by class; none where the file is gone.
func (p Deployment) Thresholds() map[string]float64 {
	file := optional[struct {
		Thresholds map[string]float64 `json:"thresholds"`
	}](p.thresholds())
	if file == nil {
		return nil
	}
	return file.Thresholds
}

// Change is what differs between two deployments: A is the earlier one's, "" where it has none.
type Change struct {
	What  string // "model", "weights", "thresholds" or a class
	Class bool   // What is a class, A and B its thresholds
	A, B  string
}

// Compare says what b changed against a.
func (p Deployment) Compare(b Deployment, figure func(float64) string) []Change {
	var out []Change
	differs := func(what string, class bool, x, y string) {
		if x != y {
			out = append(out, Change{what, class, x, y})
		}
	}
	const shown = 12 // of a hash
	short := func(hash string) string { return hash[:min(len(hash), shown)] }
	differs("model", false, p.Name, b.Name)
	differs("weights", false, short(p.SHA256), short(b.SHA256))
	differs("thresholds", false, short(p.ThresholdsSHA256), short(b.ThresholdsSHA256))
	was, is := p.Thresholds(), b.Thresholds()
	var classes []string
	for c := range was {
		classes = append(classes, c)
	}
	for c := range is {
		if _, twice := was[c]; !twice {
			classes = append(classes, c)
		}
	}
	slices.Sort(classes)
	text := func(m map[string]float64, c string) string {
		v, ok := m[c]
		if !ok {
			return ""
		}
		return figure(v)
	}
	for _, c := range classes {
		differs(c, true, text(was, c), text(is, c))
	}
	return out
}

// siteFile is what the site says of itself, for dossiers and the register.
const siteFile = "site.json"

// SiteFile is its path.
func (r Deployments) SiteFile() string { return filepath.Join(r.d.cfg.Dir, siteFile) }

// siteName is how the site names itself; "" where it does not.
func (r Deployments) siteName() string {
	site := optional[struct {
		Name string `json:"name"`
	}](r.SiteFile())
	if site == nil {
		return ""
	}
	return strings.TrimSpace(site.Name)
}
