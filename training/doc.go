// Package training does the long work on a site's data: training,
// validation and calibration of a model, each a job with a Config, an OnStep and a
// Run(ctx) that gives a report. A job owns no window, no flag and no logger, so
// the wizard and cxr run the same one. Its core type is [ScoreTable], the scores
// and labels of films. It imports inference and what lies below it, the engine
// apart, dicomio and what lies below training.
package training
