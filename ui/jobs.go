package ui

import (
	"sync"

	"hilum/internal/message"
)

// jobs are what runs beside the window. A panic becomes a message.
type jobs struct {
	group  sync.WaitGroup
	notify func(message.Message)
}

func (j *jobs) background(what string, f func()) {
	j.group.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				j.notify(message.Of("Something went wrong while %s: %v.", what, r))
			}
		}()
		f()
	})
}
