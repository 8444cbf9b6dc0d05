//go:build !charls || !cgo

package ccodec

const haveCharLS = false

func decodeJPEGLS(*Request) (*Frame, error) { return nil, ErrMissing }
