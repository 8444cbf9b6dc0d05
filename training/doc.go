// Package training is what the rooms below it share. They do the long work on a
// site's data: [hilum/training/trainer] trains networks, [hilum/training/evaluate]
// scores, calibrates and validates them, each a job with a Config, an OnStep and a
// Run(ctx) that gives a report. A job owns no window, no flag and no logger, so
// the wizard and cxr run the same one. Its core type is [Metric]. It imports
// inference/calib.
package training
