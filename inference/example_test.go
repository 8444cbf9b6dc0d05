package inference_test

import (
	"fmt"

	"hilum/inference"
)

// What people say of a model's output: the name of the output, what it holds, or both.
func ExampleParseContract() {
	output, meaning, err := inference.ParseContract("probs:softmax")
	fmt.Println(output, meaning, err)
	_, _, err = inference.ParseContract("probs:odds")
	fmt.Println(err != nil)
	// Output:
	// probs softmax <nil>
	// true
}

// A label is written as people do.
func ExampleClassName() {
	fmt.Println(inference.ClassName("Pleural_Thickening"))
	// Output:
	// Pleural thickening
}
