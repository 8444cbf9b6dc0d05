// Package trainer trains networks on a site's films. A run is a folder that can be
// gone on with, to the same numbers: settings and films (folder.go), checkpoints,
// events (log.go) and in the end a model. A step's films come from the sampler,
// which decodes, augments and caches, through the loader, which fills batches
// beside the engine. Its core type is [Train]. It imports training and what lies
// below it, inference, inference/graph, inference/zoo and dicomio.
package trainer
