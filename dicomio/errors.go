package dicomio

import "hilum/dicomio/internal/fileio"

// FormatError says that a file is damaged, or is no picture at all. Its text
// is one sentence for a person: what, which file, what to do.
type FormatError = fileio.FormatError

// UnsupportedError says that a file is sound, as far as that can be told, but
// its encoding is not one that is read here.
type UnsupportedError = fileio.UnsupportedError
