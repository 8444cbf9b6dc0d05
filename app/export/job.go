package export

// Job says how the current picture leaves the program.
type Job struct {
	Dir        string
	Forms      []string // by name
	Identified bool     // keep names, dates, UIDs and free text
}
