package dicomio

// WithStored is a copy of the picture with other stored values (row-major,
// interleaved, len = width*height*Samples) that share everything else: bit depth,
// polarity, transforms. The copy keeps stored; neither may be written to.
func (im *Image) WithStored(width, height int, stored []int32) *Image {
	out := *im
	out.Width, out.Height, out.Stored, out.stats = width, height, stored, &stats{}
	return &out
}
