package checkpoint

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"hilum/internal/message"
	"hilum/internal/regular"
)

// Config is what config.json and preprocessor_config.json beside a weight file say, as
// transformers and timm write them. Its zero value says nothing.
type Config struct {
	Heads      int               `json:"num_attention_heads"`
	Eps        float64           `json:"layer_norm_eps"`
	Activation string            `json:"hidden_act"`
	Image      edge              `json:"image_size"`
	Labels     map[string]string `json:"id2label"`
	Arch       string            `json:"architecture"` // timm's name of the network
	Groups     int64             `json:"groups_width"` // RegNet: channels of a group
	Window     int64             `json:"window_size"`  // Swin: edge of a window, in patches

	Vision *Config `json:"vision_config"` // CLIP and SigLIP: of the tower that sees

	mean, std []float64
}

// edge is one number for both sides, or both.
type edge int

// UnmarshalJSON takes 224 and [224, 224].
func (s *edge) UnmarshalJSON(b []byte) error {
	var list []int
	if json.Unmarshal(b, &list) == nil && len(list) > 0 {
		*s = edge(list[0])
		return nil
	}
	return json.Unmarshal(b, (*int)(s))
}

// maxConfig bounds the files beside the weights.
const maxConfig = 16 << 20

// ReadConfig reads what lies beside a weight file; no file there is no error.
func ReadConfig(path string) (c Config, err error) {
	b, err := readBeside(path, "config.json")
	if err != nil || b == nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, message.Errorf("%w: config.json beside it: %w", ErrDamaged, err)
	}
	if c.Vision != nil {
		labels := c.Labels
		c = *c.Vision
		if labels != nil {
			c.Labels = labels
		}
	}
	return c, c.readStatistics(path)
}

// readStatistics takes mean and deviation of preprocessor_config.json.
func (c *Config) readStatistics(path string) error {
	b, err := readBeside(path, "preprocessor_config.json")
	if err != nil || b == nil {
		return err
	}
	var p struct {
		Mean []float64 `json:"image_mean"`
		Std  []float64 `json:"image_std"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return message.Errorf("%w: preprocessor_config.json beside it: %w", ErrDamaged, err)
	}
	c.mean, c.std = p.Mean, p.Std
	return nil
}

// readBeside reads a file in the folder of another; nil where there is none.
func readBeside(path, name string) ([]byte, error) {
	beside := filepath.Join(filepath.Dir(path), name)
	f, err := regular.Open(beside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil || info.Size() > maxConfig {
		return nil, errors.Join(err, message.Errorf("%w: %s beside it is too large", ErrDamaged, name))
	}
	return regular.ReadFile(beside)
}

// Normalise writes the statistics as prep.ParseNormalisation reads them; "" for none.
func (c Config) Normalise() string {
	if len(c.mean) == 0 || len(c.mean) != len(c.std) {
		return ""
	}
	var parts []string
	for _, v := range append(append([]float64{}, c.mean...), c.std...) {
		parts = append(parts, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return strings.Join(parts, ",")
}

// ClassNames lists the names of n classes; nil where they have none, or those that
// transformers gives to classes without a name.
func (c Config) ClassNames(n int) []string {
	if len(c.Labels) != n {
		return nil
	}
	out := make([]string, n)
	for key, name := range c.Labels {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= n || name == "LABEL_"+key {
			return nil
		}
		out[i] = name
	}
	return out
}

// Epsilon is the number that a normalisation adds to a variance, or what it is otherwise.
func (c Config) Epsilon(otherwise float64) float32 {
	if c.Eps > 0 && !math.IsInf(c.Eps, 0) {
		return float32(c.Eps)
	}
	return float32(otherwise)
}
