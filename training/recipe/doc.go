// Package recipe says how a network is trained: the recipes that come with the
// program, those in files of JSON, and values that are set by name. Its core type
// is [Recipe]. It imports training/augment and inference.
package recipe
