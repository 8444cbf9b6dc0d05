package calib_test

import (
	"context"
	"fmt"

	"hilum/inference/calib"
)

// A model says 0.30, and the site calls from 0.20 on: that is a quarter of half the
// way from the threshold to certainty.
func ExampleRelMargin() {
	p, threshold := 0.30, 0.20
	fmt.Printf("absolute %+.3f, relative %+.3f\n", calib.AbsMargin(p, threshold), calib.RelMargin(p, threshold))
	fmt.Printf("on the scale with its middle at the threshold: %.4f\n", calib.OperatingPoint(p, threshold))
	// Output:
	// absolute +0.100, relative +0.125
	// on the scale with its middle at the threshold: 0.5625
}

// scored are twenty films whose model is far too sure of itself.
func scored() (logits []float64, positive []bool) {
	for i := range 20 {
		logits = append(logits, float64(i)-9.5)
		// Four of them are against the score.
		positive = append(positive, i >= 10 != (i == 4 || i == 8 || i == 11 || i == 15))
	}
	return logits, positive
}

// A temperature over 1 takes certainty back and leaves the order of films alone.
func ExampleMethods_Fit() {
	logits, positive := scored()
	c, err := calib.Calibrators().Fit(calib.KindTemperature, logits, positive)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("temperature %.1f\n", c.(calib.Temperature).T)
	for _, logit := range []float64{-6, 0, 6} {
		fmt.Printf("logit %+.0f: %.3f instead of %.3f\n", logit, c.Probability(logit), calib.Sigmoid(logit))
	}
	// Output:
	// temperature 3.3
	// logit -6: 0.142 instead of 0.002
	// logit +0: 0.500 instead of 0.500
	// logit +6: 0.858 instead of 0.998
}

// One class is calibrated as a site would: a slope and an intercept, and the highest
// threshold that still finds 9 of 10.
func ExampleRecipe_Fit() {
	policy, err := calib.ParsePolicy("sensitivity=0.9")
	if err != nil {
		fmt.Println(err)
		return
	}
	logits, positive := scored()
	images := calib.Labelled{Logits: logits, Positive: positive, Patient: make([]int, len(logits))}
	for i := range images.Patient {
		images.Patient[i] = i // every film is of another person
	}
	o, err := calib.Recipe{Calibrator: calib.KindPlatt, Policy: policy}.Fit(context.Background(), "Effusion", images)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s, threshold %.2f, sensitivity %.2f\n",
		o.Class.Name, o.Class.Calibrator.Kind(), o.Class.Threshold, o.Class.Metrics.Recall)
	// Output:
	// Effusion: platt, threshold 0.39, sensitivity 0.90
}

// A rule of one's own is one value more in the list: the threshold with the most right
// calls.
func ExampleRules() {
	rules := append(calib.Policies(), calib.Rule{
		Kind: "accuracy", Form: "accuracy", Title: "the most right calls",
		Worth: func(_ calib.Policy, c calib.Confusion) float64 { return c.TP + c.TN },
	})
	policy, err := rules.Parse("accuracy")
	if err != nil {
		fmt.Println(err)
		return
	}
	ranking, err := calib.NewRanking([]float64{0.1, 0.2, 0.6, 0.7, 0.9}, []bool{false, false, true, false, true})
	if err != nil {
		fmt.Println(err)
		return
	}
	threshold, err := ranking.Tally(nil, nil).Threshold(policy)
	fmt.Printf("%.2f %v\n", threshold, err)
	// Output:
	// 0.80 <nil>
}
