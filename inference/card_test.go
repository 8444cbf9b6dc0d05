package inference

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Cards of former versions are read, and those of this one by former versions: what they do
// not know they pass over, and nothing that they knew has changed.
func TestCardsOfOldAndNew(t *testing.T) {
	var old Card
	if err := json.Unmarshal([]byte(`{"name":"old","pointing":{"value":0.5,"lo":0.4,"hi":0.6},"not_for_diagnosis":true}`),
		&old); err != nil || old.Maps != nil || old.Passport != nil || old.Pointing.Value != 0.5 {
		t.Errorf("%+v, %v", old, err)
	}
	card := Card{Name: "new", Pointing: &Measured{Value: 0.5, Lo: 0.4, Hi: 0.6}, NotForDiagnosis: true,
		Maps: &MapVerdict{Method: "gradcam", Images: 3, Passed: Measured{Value: 0.5, Lo: 0.1, Hi: 0.9, Positive: 2, Negative: 2},
			Checks: []CheckShare{{Name: "noise", Title: "t", Passed: Measured{Value: 1, Lo: 1, Hi: 1}}}},
		Passport: &Passport{Source: "phantoms", Images: 9, Effects: []ShortcutEffect{{Shortcut: "marker", Class: "Mass",
			Effect: Measured{Value: 3, Lo: 2, Hi: 4}, Control: &Measured{Value: -1, Lo: -2, Hi: 0}, Takes: true}}}}
	data, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	var back Card
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, card) {
		t.Errorf("%+v, want %+v, %v", back, card, err)
	}
	former := struct { // a part of what versions before read
		Name     string
		Pointing Measured
	}{}
	if err := json.Unmarshal(data, &former); err != nil || former.Name != "new" || former.Pointing != *card.Pointing {
		t.Errorf("%+v, %v", former, err)
	}
}
