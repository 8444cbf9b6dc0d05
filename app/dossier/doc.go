// Package dossier makes the acceptance dossier of a model at a site: what the model is, on which
// films of the site it was judged, what came of it, whether it meets the criteria that the site set, and
// which items of the reporting guidelines the dossier answers; as PDF, HTML and JSON, with the
// scores beside them from which every figure can be computed again. Its core type is
// [Dossier]. It imports app/report, training/evaluate, training/report, training/scores, training, inference,
// inference/calib, internal/atomicfile, internal/message/reread and internal/regular.
package dossier
