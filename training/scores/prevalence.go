package scores

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/table"
)

// maxPrevalenceFile bounds a file of one number a class.
const maxPrevalenceFile = 1 << 20

// LoadPrevalences reads how frequent findings are where a model will be used: a
// JSON object {"Mass": 0.02}, or a table with rows Mass,0.02 (or Mass;0,02 or Mass;2%)
// with or without a header. Each
// is above 0 and below 1.
func LoadPrevalences(path string) (map[string]float64, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, message.Errorf("prevalences: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPrevalenceFile+1))
	if err == nil && len(data) > maxPrevalenceFile {
		err = message.New("the file is too large for a number a class")
	}
	var out map[string]float64
	if err == nil {
		out, err = parsePrevalences(data)
	}
	if err != nil {
		return nil, message.Errorf("prevalences %s: %w", path, err)
	}
	return out, nil
}

func parsePrevalences(data []byte) (map[string]float64, error) {
	out := map[string]float64{}
	text, err := table.Text(data)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			return nil, err
		}
	} else if err := parsePrevalenceRows(data, out); err != nil {
		return nil, err
	}
	for class, p := range out {
		if !(p > 0 && p < 1) {
			return nil, message.Errorf("the prevalence %v of %s is not between 0 and 1", p, class)
		}
	}
	if len(out) == 0 {
		return nil, message.New("it names no class")
	}
	return out, nil
}

func parsePrevalenceRows(data []byte, out map[string]float64) error {
	pairs, err := table.ReadPairs(bytes.NewReader(data))
	if errors.Is(err, table.ErrEmpty) {
		return nil // it names no class
	}
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if old, twice := out[p.Name]; twice && old != p.Value {
			return message.Errorf("row %d: %s stands there twice, with %v and %v", p.Row, p.Name, old, p.Value)
		}
		out[p.Name] = p.Value
	}
	return nil
}

// LoadPrevalencesFor refuses classes that the table does not have: a slip of the
// pen would leave the class uncorrected in silence.
func LoadPrevalencesFor(path string, t *Table) (map[string]float64, error) {
	if path == "" {
		return nil, nil
	}
	p, err := LoadPrevalences(path)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for class, v := range p {
		i := slices.IndexFunc(t.Names(), func(n string) bool { return table.SameClass(n, class) })
		if j := slices.Index(t.Names(), class); j >= 0 {
			i = j
		}
		if i < 0 {
			return nil, message.Errorf("prevalences %s: the scores have no class %q", path, class)
		}
		name := t.Names()[i]
		if old, twice := out[name]; twice && old != v {
			return nil, message.Errorf("prevalences %s: %s stands there under two names, with %v and %v", path, name,
				old, v)
		}
		out[name] = v
	}
	return out, nil
}
