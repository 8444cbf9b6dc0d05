// Package lab shows why a model looks where it looks, and what fools it: a film is edited,
// scored again at once, and every effect is held against the same edit at random places. Its
// core type is [Bench], the state of one such session, which also plays lessons and has small
// models trained on biased films. The work is done in the rooms below: app/lab/edit,
// app/lab/effect, app/lab/bias and app/lab/lesson. It knows no toolkit.
package lab
