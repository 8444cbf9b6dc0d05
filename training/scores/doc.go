// Package scores reads what a model said of films and what they showed: tables of
// scores and labels, with the subgroups of their films, and tables of prevalences.
// Its core type is [Table]. It imports training/dataset, training/table and
// inference/calib.
package scores
