// Package report is what a validation found: the figures of classes, subgroups,
// another model and class maps on boxes, as report.json has them. It writes the
// folder of a report with its tables, pictures and page, reads it back, and puts
// the figures on a model's card. Its core type is [Report]. It imports training,
// training/figures, training/table, inference, inference/calib and internal/atomicfile.
package report
