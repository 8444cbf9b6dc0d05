package training

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

func TestTrainEventsRoundTrip(t *testing.T) {
	for _, e := range []TrainEvent{
		{Plan: &TrainPlan{Recipe: "head", Classes: []string{"Mass"}, Positive: []int{3}, Steps: 7}},
		{Step: &TrainStep{Epoch: 2, Step: 9, Loss: 0.25, Left: 3 * time.Second}},
		{Epoch: &TrainEpoch{Epoch: 1, TrainLoss: 0.5, ValLoss: 0.75, AUROC: 0.625, ByClass: []ClassAUROC{{"Mass", 0.5}}, Best: true, BestEpoch: 1}},
		{Done: &TrainDone{BestEpoch: 1, AUROC: 0.5, Model: "model.onnx"}},
	} {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back TrainEvent
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(e, back) {
			t.Errorf("%s is read as %+v, %v", data, back, err)
		}
	}
	var undefined TrainEvent
	if err := json.Unmarshal([]byte(`{"event": "epoch", "val_auroc": null}`), &undefined); err != nil || !math.IsNaN(float64(undefined.Epoch.AUROC)) {
		t.Errorf("an undefined figure: %+v, %v", undefined, err)
	}
	for _, bad := range []string{`{}`, `{"event": "party"}`, `[]`, `{"event": "step", "loss": "low"}`} {
		if err := json.Unmarshal([]byte(bad), &undefined); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
