//go:build race

package ccodec

// underRace lifts the memory limit: the race detector's shadow memory alone
// would pass it.
const underRace = true
