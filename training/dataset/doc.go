// Package dataset reads labelled films from disk: a folder in the layout of NIH
// ChestX-ray14 or a table of a site's own, with the boxes of findings. It splits
// them by patient, finds copies of one file, and remembers the parts of the run
// that made a model. Its core type is [Dataset]. It imports training,
// training/table, inference and dicomio.
package dataset
