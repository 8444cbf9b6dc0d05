//go:build !linux

package process

// yieldProcessor does nothing where the system has no priority of threads that
// later ones inherit.
func yieldProcessor() {}
