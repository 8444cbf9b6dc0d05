//go:build !openjpeg || !cgo

package ccodec

const haveOpenJPEG = false

func decodeJPEG2000(*Request) (*Frame, error) { return nil, ErrMissing }
