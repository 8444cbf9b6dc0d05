// Package lab shows why a model looks where it looks, and what fools it: a film
// is edited (something erased, a marker laid on it, the exposure changed), scored
// again at once, and every effect is held against the same edit at random places.
// The lab also makes biased data sets, trains small models on them and plays
// lessons. Its core type is [Bench], the state of one such session. It knows no
// toolkit; it imports app, training, internal/phantom, inference, inference/calib,
// inference/saliency, dicomio, internal/raster, resources and internal/atomicfile.
package lab
