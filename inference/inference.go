// Package inference scores chest films. Its core type is [Model]: a network,
// what its card says of the preprocessing, and the calibration that turns its
// logits into findings. One forward pass gives the findings, a signed class map
// for every class and the embedding. The runtime behind it is an [Engine]; the
// package itself knows no runtime, so that everything but inference/ort builds
// and tests without one.
package inference

import (
	"hilum/inference/calib"
	"hilum/inference/findingset"
)

// Finding is what a model says of one class on one picture.
type Finding = calib.Finding

// ChestXray14 are the classes of the NIH ChestX-ray14 data set in the order
// that a checkpoint without labels of its own is taken to have.
func ChestXray14() []string { return findingset.ChestXray14() }

// NotForDiagnosis stands on every screen and in every export.
const NotForDiagnosis = "Research and education. Not for diagnosis."
