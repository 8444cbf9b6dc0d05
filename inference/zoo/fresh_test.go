package zoo

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

// Parameter counts without the linear layer, from torchvision (total less the
// 1000-class layer).
func TestFreshNetworksHaveThePublishedSizes(t *testing.T) {
	for arch, want := range map[string]int64{"resnet18": 11689512 - 513000, "resnet34": 21797672 - 513000,
		"resnet50": 25557032 - 2049000} {
		r, err := Fresh(FreshOptions{Arch: arch, Classes: 14, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, x := range r.Model.Graph.Initializers {
			if !bytes.Contains([]byte(x.Name), []byte("running")) && x.Name != "fc.weight" && x.Name != "fc.bias" {
				n += x.Len()
			}
		}
		if n != want || r.Family != arch || r.Classes != 14 {
			t.Errorf("%s: %d parameters as %s with %d classes, want %d", arch, n, r.Family, r.Classes, want)
		}
	}
}

func TestFreshWeightsFollowTheSeedAndHe(t *testing.T) {
	make1 := func(seed uint64) ([]byte, []float32) {
		r, err := Fresh(FreshOptions{Arch: "resnet_small", Classes: 3, Input: 64, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Model.Encode()
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.Model.Graph.Initializer("body.4.b.0.weight").Floats()
		if err != nil {
			t.Fatal(err)
		}
		return b, v
	}
	a, v := make1(1)
	b, _ := make1(1)
	c, _ := make1(2)
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("the seed does not decide the weights")
	}
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sd, want := math.Sqrt(sum/float64(len(v))), math.Sqrt(2./(192*9)); math.Abs(sd/want-1) > .01 {
		t.Errorf("standard deviation %g, He's is %g", sd, want)
	}
	if _, err := Fresh(FreshOptions{Arch: "alexnet", Classes: 3}); !errors.Is(err, ErrRefused) {
		t.Errorf("an unknown architecture: %v", err)
	}
}
