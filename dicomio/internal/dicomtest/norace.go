//go:build !race

package dicomtest

// RaceEnabled shortens what the race detector makes ten times slower.
const RaceEnabled = false
