package app

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// ClassInfo says what a label means and what is known to go wrong with it.
type ClassInfo struct {
	What     string `json:"what"`     // is on the film
	Pitfalls string `json:"pitfalls"` // of the label, and of models trained on it
	Source   string `json:"source"`   // of both
}

//go:embed classes.json
var classFile []byte

// AboutClass describes a class of ChestX-ray14, false for any other. Counts are
// of the images that carry the label there, of 112,120.
func AboutClass(class string) (ClassInfo, bool) {
	info, ok := classInfos()[class]
	return info, ok
}

var classInfos = sync.OnceValue(func() map[string]ClassInfo {
	var list map[string]ClassInfo
	if json.Unmarshal(classFile, &list) != nil {
		return nil // TestEveryClassIsDescribed would fail
	}
	return list
})
