package history

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

func TestTrainEventsRoundTrip(t *testing.T) {
	for _, e := range []Event{
		{Plan: &Plan{Recipe: "head", Classes: []string{"Mass"}, Positive: []int{3}, Steps: 7}},
		{Step: &Step{Epoch: 2, Step: 9, Loss: 0.25, Left: 3 * time.Second}},
		{Epoch: &Epoch{Epoch: 1, TrainLoss: 0.5, ValLoss: 0.75, AUROC: 0.625, ByClass: []ClassAUROC{{"Mass", 0.5}},
			Best: true, BestEpoch: 1}},
		{Done: &Done{BestEpoch: 1, AUROC: 0.5, Model: "model.onnx"}},
	} {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(e, back) {
			t.Errorf("%s is read as %+v, %v", data, back, err)
		}
	}
	var undefined Event
	if err := json.Unmarshal([]byte(`{"event": "epoch", "val_auroc": null}`), &undefined); err != nil ||
		!math.IsNaN(float64(undefined.Epoch.AUROC)) {
		t.Errorf("an undefined figure: %+v, %v", undefined, err)
	}
	for _, bad := range []string{`{}`, `{"event": "party"}`, `[]`, `{"event": "step", "loss": "low"}`} {
		if err := json.Unmarshal([]byte(bad), &undefined); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
