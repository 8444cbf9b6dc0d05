package dossier

import (
	_ "embed"
	"encoding/json"

	"hilum/internal/message"
)

// items.json are the items of CLAIM 2024 (Tejani and others), TRIPOD+AI (Collins and others 2024, by main
// number), FUTURE-AI (Lekadir and others 2025) and the ACR's ARCH-AI, in short, each with the section
// that answers it; "" is not done.
//
//go:embed items.json
var itemFile []byte

// item is one item of a guideline.
type item struct {
	Guideline string `json:"guideline"`
	Number    string `json:"item"`
	English   string `json:"en"`
	German    string `json:"de"`
	Section   string `json:"section"`
}

// text is the item in a language.
func (i item) text(language string) string {
	if language == "de" {
		return i.German
	}
	return i.English
}

func items() ([]item, error) {
	var out []item
	if err := json.Unmarshal(itemFile, &out); err != nil {
		return nil, message.Errorf("the list of items: %w", err)
	}
	return out, nil
}
