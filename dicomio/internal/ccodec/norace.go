//go:build !race

package ccodec

const underRace = false
