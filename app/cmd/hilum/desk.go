package main

import (
	"strconv"

	"hilum/app/models"
	"hilum/app/runs"
	"hilum/app/settings"
	"hilum/inference"
	"hilum/inference/ort"
	"hilum/internal/message"
)

// worker does the jobs of training, in a process of its own.
func (o options) worker() runs.Worker {
	return runs.Worker{OpenEngine: func() (inference.Engine, error) { return ort.Open(o.engine) }}
}

// openDesk reads the runs in the user's data folder, or in the one of the
// preferences.
func openDesk(o options, p settings.Preferences) (*runs.RunManager, error) {
	dir, err := settings.RunsPath(p)
	if err != nil {
		return nil, err
	}
	demo, err := models.Choice{}.Source()
	if err != nil {
		return nil, err
	}
	return runs.Open(runs.Config{Dir: dir, Start: runs.InProcess(o.engineArgs()...), Demo: demo, Using: o.model.Path})
}

// engineArgs are the flags by which another process finds the same engine.
func (o options) engineArgs() []string {
	args := []string{"--threads", strconv.Itoa(o.engine.Threads)}
	if o.engine.Library != "" {
		args = append(args, "--ort-lib", o.engine.Library)
	}
	if o.engine.Provider != "" {
		args = append(args, "--provider", string(o.engine.Provider))
	}
	return args
}

// source reads the model of the command line, else the one that was chosen last, else the
// deployed one. One that cannot be read any more is named and the next takes its place.
func (o options) source(chosen string, desk *runs.RunManager, notify func(message.Message)) (inference.Source, error) {
	c := o.model
	if c.Path != "" {
		return c.Source()
	}
	if chosen != "" {
		c.Path = chosen
		src, err := c.Source()
		if err == nil {
			return src, nil
		}
		notify(message.Sentence(message.Errorf("the model chosen last cannot be opened, another takes its place: %w",
			err)))
	}
	if desk == nil || desk.Deployed() == "" {
		return o.model.Source()
	}
	c.Path = desk.Deployed()
	src, err := c.Source()
	if err == nil {
		return src, nil
	}
	notify(message.Sentence(message.Errorf("the deployed model cannot be opened, the demo model takes its place: %w",
		err)))
	return o.model.Source()
}
