//go:build !race

package dicomio

const raceEnabled = false
