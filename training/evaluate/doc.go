// Package evaluate judges and calibrates models: [Score] makes a table of scores,
// [Calibrate] fits probabilities and thresholds to one, [Validate] judges one with
// intervals by patient, [Localise] holds class maps against boxes, and [FitNovelty]
// learns what is usual. Each is a job with a Config, an OnStep and a Run(ctx). Its
// core type is [Validate]. It imports training/dataset, training/scores,
// training/history, training/report and training/figures, inference and dicomio.
package evaluate
