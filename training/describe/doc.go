// Package describe says what the program understands of a table of any kind, as the
// jobs read it. Its core type is [Understood]. It imports training/dataset,
// training/scores and training/table.
package describe
