package dicomio

// doubts lists what a reader should know before believing a score.
func doubts(im *Image) []string {
	return nil
}
