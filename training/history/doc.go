// Package history is what a training run says of itself: the events that it tells
// and writes to metrics.jsonl, and the curves that are drawn of them. Its core type
// is [Event]. It imports training, training/dataset and training/figures.
package history
