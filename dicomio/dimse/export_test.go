package dimse

// DataSetStart is where the data set of a file begins.
func DataSetStart(o *Object) int64 { return o.start }
