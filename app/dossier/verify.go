package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// tolerance is how far, as a share, a figure may be from the stored one: another processor
// adds in another order.
const tolerance = 1e-9

// Verified says what a dossier's figures came to when computed again.
type Verified struct {
	Figures     int      `json:"figures"`     // numbers that were compared
	Differences []string `json:"differences"` // places in dossier.json that are others now, and files that were changed
}

// Verify computes every figure of a dossier anew from the scores and thresholds that lie in its folder,
// and holds the pages against their hashes.
func Verify(ctx context.Context, dir string, methods calib.Methods) (*Verified, error) {
	data, err := regular.ReadFile(filepath.Join(dir, jsonName))
	if err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	var d struct { // the figures are compared as they are written
		Schema     int               `json:"schema"`
		Site       Site              `json:"site"`
		Rounds     int               `json:"bootstrap"`
		Seed       uint64            `json:"seed"`
		Thresholds json.RawMessage   `json:"thresholds"`
		Files      map[string]string `json:"files"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, message.Errorf("dossier: %s was cut off or changed, it cannot be read: %w", jsonName, err)
	}
	if d.Schema != schema {
		return nil, message.Errorf("dossier: schema %d is not known here", d.Schema)
	}
	v := &Verified{Differences: []string{}}
	for _, name := range []string{scoresName, pdfName, htmlName} {
		if hash, err := inference.HashFile(filepath.Join(dir, name)); err != nil || hash != d.Files[name] {
			v.Differences = append(v.Differences, name)
		}
	}
	again, err := computeAgain(ctx, Config{Scores: filepath.Join(dir, scoresName), Site: d.Site, Rounds: d.Rounds,
		Seed: d.Seed, Methods: methods}, d.Thresholds)
	if err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	var stored, now map[string]any
	fresh, err := json.Marshal(again)
	if err == nil {
		err = json.Unmarshal(fresh, &now)
	}
	if err == nil {
		err = json.Unmarshal(data, &stored)
	}
	if err != nil {
		return nil, message.Errorf("dossier: %w", err)
	}
	for _, key := range []string{"flow", "groups", "report", "before", "verdicts", "accepted"} {
		v.compare(key, stored[key], now[key])
	}
	return v, nil
}

// computeAgain is Config.compute with thresholds that lie in dossier.json.
func computeAgain(ctx context.Context, c Config, thresholds json.RawMessage) (*Dossier, error) {
	if len(thresholds) > 0 && string(thresholds) != "null" {
		dir, err := os.MkdirTemp("", "hilum-dossier-*")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		c.Thresholds = filepath.Join(dir, "thresholds.json")
		if err := os.WriteFile(c.Thresholds, thresholds, 0o600); err != nil {
			return nil, err
		}
	}
	return c.compute(ctx)
}

// compare walks through two values of JSON.
func (v *Verified) compare(at string, stored, now any) {
	switch a := stored.(type) {
	case map[string]any:
		b, ok := now.(map[string]any)
		if !ok || len(a) != len(b) {
			v.differs(at)
			return
		}
		for key := range a {
			v.compare(at+"."+key, a[key], b[key])
		}
	case []any:
		b, ok := now.([]any)
		if !ok || len(a) != len(b) {
			v.differs(at)
			return
		}
		for i := range a {
			v.compare(fmt.Sprintf("%s[%d]", at, i), a[i], b[i])
		}
	case float64:
		v.Figures++
		if b, ok := now.(float64); !ok || math.Abs(a-b) > tolerance*max(1, math.Abs(a)) {
			v.differs(at)
		}
	default:
		if stored != now {
			v.differs(at)
		}
	}
}

func (v *Verified) differs(at string) {
	v.Differences = append(v.Differences, at)
	slices.Sort(v.Differences)
}
