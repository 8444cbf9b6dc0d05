package findingset_test

import (
	"fmt"

	"hilum/inference/findingset"
)

// A label is explained in the words of the data set that a model speaks.
func ExampleRegistry_Spoken() {
	sets := findingset.Sets()
	for _, c := range []findingset.Clues{
		{Labels: findingset.ChestXray14()},
		{Labels: findingset.ChestXray14(), Data: "films of our hospital"},
		{Labels: []string{"Edema"}, Recorded: "chexpert"},
	} {
		fmt.Println(sets.Spoken(c).Title)
	}
	// Output:
	// NIH ChestX-ray14
	// any data set
	// CheXpert
}

// A site describes its own labels; what its file leaves out is what is generally true.
func ExampleDecode() {
	set, err := findingset.Decode([]byte(`{"name":"ward","title":"Ward 7","labels":[{"name":"Wet lung","as":"Edema","pitfalls":"Read by one person."}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	label, _, _ := set.About("Wet lung")
	fmt.Println(label.Code.Meaning, label.Code.Value)
	fmt.Println(label.Pitfalls)
	// Output:
	// Pulmonary edema 19242006
	// Read by one person.
}
