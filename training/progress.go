package training

import "sync"

// Progress is how far a job is: Done of Total pieces of the present phase.
type Progress struct {
	Phase string // "bootstrap", "figures", "classes"
	Done  int
	Total int
}

// Track gives a function that reports steps of a phase, one at a time.
func Track(f func(Progress), phase string, total int) func(done int) {
	if f == nil {
		return func(int) {}
	}
	var lock sync.Mutex
	most := 0
	return func(done int) {
		lock.Lock()
		defer lock.Unlock()
		if done > most { // goroutines may arrive out of order
			most = done
			f(Progress{phase, done, total})
		}
	}
}

// Skipped is one that could not be scored.
type Skipped struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}
