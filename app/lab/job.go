package lab

// JobState is how far a long job is.
type JobState struct {
	Title       string
	Phase       string
	Done, Total int
}
