package export

// Job says how the current picture leaves the program.
type Job struct {
	Dir        string
	Kinds      []Form
	Identified bool // keep names, dates, UIDs and free text
}
