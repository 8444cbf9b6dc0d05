//go:build !linux

package ccodec

import "io"

// Elsewhere only the parent's clock limits a child.
func limitProcess(int)   {}
func limitTime(*Request) {}
func widen(io.Closer)    {}
