package inference

import (
	"math"
	"reflect"
	"testing"

	"hilum/inference/prep"
)

// The spellings that people use, by hand.
func TestParseNormalisation(t *testing.T) {
	grey := prep.Normalisation{Lo: 0, Hi: 1, Mean: []float64{.5}, Std: []float64{.25}}
	colour := prep.Normalisation{Lo: 0, Hi: 1, Mean: []float64{.1, .4, .7}, Std: []float64{.2, .3, .5}, Channels: 3}
	for text, want := range map[string]prep.Normalisation{
		"0.5,0.25": grey, "0.5/0.25": grey, "mean=0.5 std=0.25": grey, ".5 .25": grey,
		"0.1,0.4,0.7,0.2,0.3,0.5": colour, "0.1,0.4,0.7;0.2,0.3,0.5": colour, "[0.1,0.4,0.7],[0.2,0.3,0.5]": colour,
		"mean=0.1,0.4,0.7,std=0.2,0.3,0.5": colour, "(0.1, 0.4, 0.7) (0.2, 0.3, 0.5)": colour,
		"none": prep.UnitNormalisation(), "-1024..1024": {Lo: -1024, Hi: 1024, Mean: []float64{0}, Std: []float64{1}},
		"0..255": {Lo: 0, Hi: 255, Mean: []float64{0}, Std: []float64{1}},
		"XRV":    prep.XrvNormalisation(), "imagenet": prep.ImageNetNormalisation(),
	} {
		got, err := prep.ParseNormalisation(text)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%q gives %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{"mine", "0.5", "0.5,0", "1,2,3", "0.5,x", "1..", "nan,1", "0.5,-1"} {
		if got, err := prep.ParseNormalisation(bad); err == nil {
			t.Errorf("%q gives %+v", bad, got)
		}
	}
	if n, err := prep.ParseNormalisation(""); n != nil || err != nil {
		t.Errorf("nothing gives %v, %v", n, err)
	}
}

// Networks that normalise by themselves, by hand: what they are fed is 0..1 or
// 0..255, or cannot be told.
func TestScaleFor(t *testing.T) {
	for _, c := range []struct{ scale, shift, white float64 }{
		{1 / 255., 0, 255}, {1 / (255 * .229), -.485 / .229, 255}, {1, -123.7, 255}, {1 / 127.5, -1, 255},
		{2048 / 255., -1024, 255},
		{1 / .229, -.485 / .229, 1}, {2, -1, 1}, {1, -.5, 1}, {4, 0, 1},
		{.001, 0, 0}, {1, 1000, 0},
	} {
		white, ok := prep.ScaleFor(c.scale, c.shift)
		if ok != (c.white != 0) || ok && white != c.white {
			t.Errorf("%v x + %v: %v, %v; want %v", c.scale, c.shift, white, ok, c.white)
		}
	}
}

func TestParseContract(t *testing.T) {
	for text, want := range map[string][2]string{
		"probs:softmax": {"probs", "softmax"}, "Identity:0:logits": {"Identity:0", "logits"},
		"probabilities": {"", "probabilities"}, "out": {"out", ""}, "": {"", ""}, "p:Softmax": {"p", "softmax"},
	} {
		output, meaning, err := ParseContract(text)
		if err != nil || output != want[0] || string(meaning) != want[1] {
			t.Errorf("%q: %q, %q, %v", text, output, meaning, err)
		}
	}
	if _, _, err := ParseContract("probs:odds"); err == nil {
		t.Error("probs:odds was taken")
	}
}

// One against the rest: its sigmoid is the softmax, computed plainly.
func TestLogOddsOfSoftmax(t *testing.T) {
	l := []float32{2, -1, .5, 30}
	sum := 0.
	for _, v := range l {
		sum += math.Exp(float64(v))
	}
	got, err := linkSoftmax.logits(l, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range l {
		want := math.Exp(float64(v)) / sum
		if p := 1 / (1 + math.Exp(-float64(got[i]))); math.Abs(p-want) > 1e-7 {
			t.Errorf("class %d: %v, want %v", i, p, want)
		}
	}
	p, err := linkProbability.logits([]float32{0, 1, .25}, []string{"a", "b", "c"})
	if err != nil || math.IsInf(float64(p[0]), 0) || math.IsInf(float64(p[1]), 0) ||
		math.Abs(float64(p[2])-math.Log(1./3)) > 1e-6 {
		t.Errorf("logits of 0, 1 and a quarter: %v, %v", p, err)
	}
	if _, err := linkProbability.logits([]float32{1.2}, []string{"a"}); err == nil {
		t.Error("1.2 was taken for a probability")
	}
}

// Maps that point nowhere, by hand.
func TestDeadMaps(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		values    []float32
		dead, top bool
	}{
		{[]float32{0, 1, -1, 0}, false, true}, {[]float32{0, 0, 0, 0}, true, false},
		{[]float32{-1, -2, -3, -4}, true, true},
		{[]float32{nan, 1, 2, 3}, true, false}, {[]float32{0, float32(math.Inf(1)), 0, 0}, true, false},
		{[]float32{2, 2, 2, 2}, false, true},
	} {
		h := Heatmap{Width: 2, Height: 2, Values: c.values, X1: 1, Y1: 1}
		_, _, peak := h.Peak()
		_, _, top := h.Top()
		if (!h.Dead().IsZero()) != c.dead || peak == c.dead || top != c.top {
			t.Errorf("%v: %q, peak %v, top %v", c.values, h.Dead(), peak, top)
		}
		for _, v := range append(h.MinMax(), h.Scaled(h.Largest())...) {
			if number(v) != v {
				t.Errorf("%v is drawn as %v", c.values, v)
			}
		}
	}
}
