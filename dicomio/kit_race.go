//go:build race

package dicomio

// raceEnabled shortens what the race detector makes ten times slower.
const raceEnabled = true
