package zoo_test

import (
	"fmt"

	"hilum/inference/zoo"
)

// A network with drawn weights: the same for the same seed.
func ExampleFresh() {
	r, err := zoo.Fresh(zoo.FreshOptions{Arch: "resnet_tiny", Classes: 3, Input: 64, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Family, r.Classes, "classes,", r.Channels, "channels,", r.Input, "pixels")
	_, err = zoo.Fresh(zoo.FreshOptions{Arch: "resnet_huge", Classes: 3})
	fmt.Println(err)
	// Output:
	// resnet_tiny 3 classes, 3 channels, 64 pixels
	// refused: no weights are drawn for "resnet_huge"; networks are resnet18, resnet34, resnet50, resnet_small, resnet_fine, resnet_tiny
}
