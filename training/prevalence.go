package training

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hilum/internal/regular"
)

// maxPrevalenceFile bounds a file of one number a class.
const maxPrevalenceFile = 1 << 20

// LoadPrevalences reads how frequent findings are where a model will be used: a
// JSON object {"Mass": 0.02} or CSV rows Mass,0.02 with or without a header. Each
// is above 0 and below 1.
func LoadPrevalences(path string) (map[string]float64, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("prevalences: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPrevalenceFile+1))
	if err == nil && len(data) > maxPrevalenceFile {
		err = errors.New("the file is too large for a number a class")
	}
	var out map[string]float64
	if err == nil {
		out, err = parsePrevalences(data)
	}
	if err != nil {
		return nil, fmt.Errorf("prevalences %s: %w", path, err)
	}
	return out, nil
}

func parsePrevalences(data []byte) (map[string]float64, error) {
	out := map[string]float64{}
	if data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))); bytes.HasPrefix(data, []byte("{")) {
		if err := json.Unmarshal(data, &out); err != nil {
			return nil, err
		}
	} else if err := parsePrevalenceRows(data, out); err != nil {
		return nil, err
	}
	for class, p := range out {
		if !(p > 0 && p < 1) {
			return nil, fmt.Errorf("the prevalence %v of %s is not between 0 and 1", p, class)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it names no class")
	}
	return out, nil
}

func parsePrevalenceRows(data []byte, out map[string]float64) error {
	rows := csv.NewReader(bytes.NewReader(data))
	rows.FieldsPerRecord = 2
	rows.TrimLeadingSpace = true
	for n := 1; ; n++ {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", n, rowError(err))
		}
		p, err := strconv.ParseFloat(strings.TrimSpace(record[1]), 64)
		if err != nil && n == 1 {
			continue // a header
		}
		if err != nil {
			return fmt.Errorf("row %d: %.40q is not a number", n, record[1])
		}
		out[record[0]] = p
	}
}

// loadPrevalencesFor refuses classes that the table does not have: a slip of the
// pen would leave the class uncorrected in silence.
func loadPrevalencesFor(path string, t *ScoreTable) (map[string]float64, error) {
	if path == "" {
		return nil, nil
	}
	p, err := LoadPrevalences(path)
	if err != nil {
		return nil, err
	}
	for class := range p {
		if !slices.Contains(t.Names(), class) {
			return nil, fmt.Errorf("prevalences %s: the scores have no class %q", path, class)
		}
	}
	return p, nil
}
